"""Spectrograms that were made before: optional, bounded, and never the truth about anything."""
