"""Sounds that are no music, to learn from: noise, tones, clicks, silence, synthesised and real voices."""
