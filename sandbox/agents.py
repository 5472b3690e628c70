"""What a user agent says of the device it runs on. Source: contract 8.7."""

from __future__ import annotations

# The first that fits names it: browsers also claim to be the ones they descend from.
PROGRAMS = {
    "aws-cli/": "AWS CLI",
    "Boto3/": "Boto3",
    "Edg/": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "iPhone": "iOS",
    "iPad": "iPadOS",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "macos": "macOS",
    "Linux": "Linux",
    "linux": "Linux",
}


def device_type(agent: str) -> str:
    """What a user agent says of system and program, or `unknown`."""
    found = (
        next((name for mark, name in known.items() if mark in agent), None)
        for known in (SYSTEMS, PROGRAMS)
    )
    return ", ".join(name for name in found if name) or "unknown"
