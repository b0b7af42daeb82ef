"""Light use cases that the command line calls."""
