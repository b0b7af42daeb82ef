"""``python -m musicai`` is the command line."""

from musicai.cli import main

main()
