"""Changes for many people at once: planned, tried without effect, approved, then made slowly."""
