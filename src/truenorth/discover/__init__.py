"""Looks at data nobody has described yet, and writes the definitions a person would have written over it."""
