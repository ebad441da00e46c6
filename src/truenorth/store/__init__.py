"""Where rows live and who can run SQL over them."""
