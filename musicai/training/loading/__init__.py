"""Reading what sources list: files to rows of a data set, and leaks between them. Heavy."""

from musicai.training.loading.leaks import look_for_leaks
from musicai.training.loading.load import Loaded, LoadOptions, Unreadable, load, load_sides

__all__ = ["LoadOptions", "Loaded", "Unreadable", "load", "load_sides", "look_for_leaks"]
