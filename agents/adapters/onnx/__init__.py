"""The on-board embedder: an ONNX sentence encoder that needs no server and no network once it is fetched."""
