"""Word to other systems: what happened to an account, signed, at least once, and without a name."""
