"""The changes in their order; Alembic reads them from here, and each is named by its number."""
