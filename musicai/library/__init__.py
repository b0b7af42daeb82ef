"""What is on disk: scanning, content sniffing, tags, change detection."""
