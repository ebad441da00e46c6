"""Which ids are one person: an append-only log of what was said, and the map that follows from it."""
