"""Links from other applications to one task, and the way back to them."""
