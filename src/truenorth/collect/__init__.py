"""The outside world into the store: files now, without losing a row."""
