"""HTTP endpoints of the network's interfaces."""
