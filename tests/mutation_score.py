"""What `make mutation` found: how much of it a test noticed, and whether that is enough."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

# Requirement QA-03.
AT_LEAST = 85
NOTICED = ("killed", "timeout", "segfault")


def score(stats: dict[str, Any]) -> float:
    """Percent of all changes that were noticed; one that no test meets was not."""
    return 100 * sum(stats[outcome] for outcome in NOTICED) / stats["total"]


def main(path: str) -> None:
    stats = json.loads(Path(path).read_text())
    reached = score(stats)
    sys.stdout.write(f"{reached:.1f} % of {stats['total']} changes were noticed.\n")
    if reached < AT_LEAST:
        raise SystemExit(f"At least {AT_LEAST} % must be: see `mutmut results`.")


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("stats", help="what `mutmut export-cicd-stats` wrote")
    main(asked.parse_args().stats)
