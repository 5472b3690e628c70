"""What the JSON of every room shares: who may enter, one form of answer, keys, limits."""
