"""Metrics as code: YAML in, a frozen and checked model out."""
