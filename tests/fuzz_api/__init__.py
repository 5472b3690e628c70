"""Thousands of requests from the OpenAPI document against a running portal: `make fuzz-api`."""
