"""Use cases on data sets: look at a source, divide it, make and measure pictures, look for leaks."""

from musicai.services.dataset.check import CheckReport, check_source
from musicai.services.dataset.leaks import find_leaks_of
from musicai.services.dataset.pictures import draw_pictures, measure_pictures, transform_pictures
from musicai.services.dataset.split import SplitOptions, make_splits

__all__ = [
    "CheckReport",
    "SplitOptions",
    "check_source",
    "draw_pictures",
    "find_leaks_of",
    "make_splits",
    "measure_pictures",
    "transform_pictures",
]
