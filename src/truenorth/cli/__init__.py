"""The command line: flags in, questions to the front door, text out. No rule of its own."""
