"""Binding a phone that receives text messages."""
