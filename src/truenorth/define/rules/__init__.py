"""What must hold between definitions, a file for each kind of thing."""
