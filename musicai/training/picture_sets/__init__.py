"""Folders of pictures by class: drawn from audio, trimmed and resized, and measured. Heavy."""
