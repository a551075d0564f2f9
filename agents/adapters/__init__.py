"""How the ports reach the world: one file or folder for each technology, and the doubles beside them."""
