"""What lies behind URLs: listings, and ranges of bytes. Clients of servers are imported when one is met."""
