"""Apache Kafka: records, topics, clients, and a broker of one's own."""
