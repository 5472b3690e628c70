"""How fast things are, beside others on the same machine. No test run waits for it."""
