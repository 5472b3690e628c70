"""Commands of the documents that need servers, tools or minutes: `make test-commands`
and `make test-measures`."""
