"""Binding a mailbox that receives codes."""
