"""Which factors are activated and preferred."""
