"""The control port: inbox, clock, trouble and scene, for people and for tests."""
