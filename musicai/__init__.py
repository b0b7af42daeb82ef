"""MusicAI: a folder of music in, a genre catalogue out."""

__version__ = "0.1.0"
