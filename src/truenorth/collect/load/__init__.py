"""From the spool into the canonical tables: many requests in one transaction, each exactly once."""
