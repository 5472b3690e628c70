"""Tags that every template knows (settings: `builtins`)."""
