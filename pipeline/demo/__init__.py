"""Everything on one machine: a broker, workers, sample intents, and what became of them."""
