"""A file of experiments: its rows, their runs, and the table of what came out."""
