"""Heavy use cases that tasks call."""
