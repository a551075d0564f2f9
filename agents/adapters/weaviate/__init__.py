"""The knowledge base in Weaviate."""
