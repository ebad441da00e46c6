"""How the state database came to look as it does: one file a change, the newest last."""
