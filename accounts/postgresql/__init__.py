"""Django's PostgreSQL, with a health check that asks the server only where it may be gone."""
