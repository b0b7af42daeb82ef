"""Fixtures of tests with servers."""

from tests.services.places import bucket, fresh_connections, place, s3_place, sftp_place, web_place

__all__ = ["bucket", "fresh_connections", "place", "s3_place", "sftp_place", "web_place"]
