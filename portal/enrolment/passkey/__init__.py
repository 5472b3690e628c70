"""Passkeys: see them, add, name and delete one, and let one stand for the code."""
