"""Other people's clients against a running sandbox: only the endpoint is changed."""
