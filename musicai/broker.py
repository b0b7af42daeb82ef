"""The private broker: a Redis-compatible server of this user alone."""
