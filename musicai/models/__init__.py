"""Networks, checkpoints, the model store, inference. No librosa here."""
