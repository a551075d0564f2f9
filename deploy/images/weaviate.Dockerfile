# Weaviate as it comes runs as root: here its data folder belongs to a user of its own.
FROM semitechnologies/weaviate:1.35.2
RUN mkdir -p /var/lib/weaviate && chown 10001:10001 /var/lib/weaviate
USER 10001
