"""What the documents say to type, typed: the table of who runs what, and the tests that run it."""
