"""From answers to decisions: the scorecard, its targets and its paces."""
