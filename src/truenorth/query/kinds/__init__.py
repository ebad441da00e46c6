"""One file per kind of metric: what it needs from the data, and how its value is put together."""
