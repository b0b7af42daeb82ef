"""The sides of a split."""

SIDES = ("train", "valid", "test")
"""Learnt from; looked at to choose and to calibrate; looked at once."""
