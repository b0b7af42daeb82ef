"""Taking a classifier that somebody else trained, as ONNX, into the model store."""
