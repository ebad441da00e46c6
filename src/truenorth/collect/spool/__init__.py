"""What was acknowledged and not yet loaded: append-only segments of frames on disk."""
