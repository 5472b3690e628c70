"""The sandbox's fidelity: every test speaks to a real process over HTTP."""
