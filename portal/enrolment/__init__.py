"""Adding and replacing an authenticator: each ends with a proof from it."""
