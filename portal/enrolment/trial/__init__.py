"""Trying a method: a real sign-in that opens nothing."""
