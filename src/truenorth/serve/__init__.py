"""The pages on this machine: one ASGI app behind strict headers, served in this process."""
