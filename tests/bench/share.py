"""How much is measured: all of it, or the share that BENCH_SHARE says, to see that it runs."""

import os

SHARE = float(os.environ.get("BENCH_SHARE", "1"))


def share(whole: int, *, least: int = 1) -> int:
    return max(least, round(whole * SHARE))


def lasting(seconds: float) -> float:
    """For how long something is asked again and again; so that each contestant has answered."""
    return max(0.1, seconds * SHARE)
