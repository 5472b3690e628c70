"""Report which share of the branches of portal/ and accounts/ the tests walk; fail under 90 %."""

import json
import subprocess
import sys

LEAST_PERCENT = 90


def main() -> None:
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.run([*coverage, "combine", "--quiet"], check=False)
    report = subprocess.run(
        [*coverage, "json", "--quiet", "--fail-under=0", "-o", "-"],
        check=True,
        capture_output=True,
        text=True,
    )
    totals = json.loads(report.stdout)["totals"]
    covered, all_of_them = totals["covered_branches"], totals["num_branches"]
    percent = 100 * covered / all_of_them
    print(f"Branches walked in portal/ and accounts/: {covered} of {all_of_them} ({percent:.1f} %)")
    print(f"Lines: {totals['percent_statements_covered']:.1f} %. What is missing: make coverage")
    if percent < LEAST_PERCENT:
        sys.exit(f"At least {LEAST_PERCENT} % of the branches must be walked.")


if __name__ == "__main__":
    main()
