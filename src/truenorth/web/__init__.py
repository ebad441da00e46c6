"""Pages: what a person sees in the browser. The address is the state, the server draws everything."""
