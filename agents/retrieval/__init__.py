"""The knowledge base: passages of documents, found by their words, by their meaning, or by both."""
