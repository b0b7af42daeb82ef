"""The catalogue: tables, sessions, the ledger, queries. SQLAlchemy only."""
