"""Looking from outside whether things are up: what is asked, what came back, and what that makes of time."""
