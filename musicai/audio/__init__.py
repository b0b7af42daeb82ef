"""File to waveform to excerpts to spectrogram. No torch here."""
