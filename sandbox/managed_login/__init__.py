"""What a pool's domain serves: the pages of managed login and the OAuth and OpenID endpoints."""
