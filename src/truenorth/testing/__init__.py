"""Contract tests for what others may add to TrueNorth: engines first."""
