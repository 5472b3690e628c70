"""The same, as JSON."""
