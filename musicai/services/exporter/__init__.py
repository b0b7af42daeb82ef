"""MusicAI's metrics for Prometheus, with Flower's: one endpoint."""
