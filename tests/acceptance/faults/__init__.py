"""Faults that happen to whoever runs it for years: docs/faults.md lists them with their tests."""
