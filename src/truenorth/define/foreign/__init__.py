"""Definitions of other tools, read into our own and written out again."""
