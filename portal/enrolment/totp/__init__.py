"""Binding an authenticator app: scan, prove, done."""
