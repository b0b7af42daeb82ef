"""Schedules: when they are due, what each kind asks for, and what people do with them."""
