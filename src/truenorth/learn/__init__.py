"""What a metric teaches: its formula with the reader's own numbers, how to read it, and how it misleads."""
