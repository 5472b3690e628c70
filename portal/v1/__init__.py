"""Version 1 of the JSON: what each room offers to programs, under one roof."""
