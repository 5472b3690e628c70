"""How the portal is started: the demo on a laptop."""
