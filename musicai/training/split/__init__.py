"""Which example is learnt from, which decides, which is the test; and what leaks between them. Light."""

from musicai.training.sources.sides import SIDES
from musicai.training.split.groups import fold_splits, group_split
from musicai.training.split.leaks import LeakReport, find_leaks
from musicai.training.split.lists import list_split, manifest_split
from musicai.training.split.ratios import ratio_split
from musicai.training.split.split import Split, read_split_file

__all__ = [
    "SIDES",
    "LeakReport",
    "Split",
    "find_leaks",
    "fold_splits",
    "group_split",
    "list_split",
    "manifest_split",
    "ratio_split",
    "read_split_file",
]
