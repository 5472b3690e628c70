"""How the portal is watched: probes, metrics, traces. Nothing here tells who anybody is."""
