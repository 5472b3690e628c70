"""How fast the sandbox is, beside moto and cognito-local on the same machine."""
