"""Journeys: a person's browser against the portal and a real sandbox."""
