"""The sheet that shows one track: spectrogram, timeline, scores."""
