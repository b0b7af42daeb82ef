"""The only place that sends messages."""
