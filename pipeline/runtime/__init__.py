"""How records pass through a stage: readers, lanes, offsets, and the runner above them."""
