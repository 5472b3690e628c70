"""Who is asking, and what Cognito says. Knows nothing of the pages."""
