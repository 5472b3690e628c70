"""What the benches make of their samples: ratios, targets, and the parts of the document."""

import pytest

from tests.bench import pages_report, soak_report
from tests.bench.browsers import hidden
from tests.bench.pages_report import ALLAUTH, FLOOR, PORTAL, TWO_FACTOR, Figure, Page

PAGE = Page(5_000, 20_000, 4, 0, {"performance": 99, "accessibility": 100, "best-practices": 100})


def test_a_ratio_is_the_median_of_each_rounds_own():
    """A round in which everything was slow says as much as any other."""
    samples = {("cpu", PORTAL): [2.0, 30.0, 2.0], ("cpu", FLOOR): [1.0, 10.0, 2.0]}
    assert pages_report.ratio(samples, "cpu", PORTAL, FLOOR) == 2.0


def test_a_round_that_one_of_them_missed_is_no_ratio():
    with pytest.raises(ValueError, match="zip"):
        pages_report.ratio({("cpu", PORTAL): [1.0], ("cpu", FLOOR): []}, "cpu", PORTAL, FLOOR)


def test_the_best_peer_is_the_one_that_does_most():
    samples = {("flows", ALLAUTH): [5.0, 1.0, 5.0], ("flows", TWO_FACTOR): [4.0, 9.0, 4.0]}
    assert pages_report.best_peer(samples, "flows") == ALLAUTH


@pytest.mark.parametrize(
    ("value", "more_is_better", "verdict"),
    [
        (1.254, False, "reaches the aim"),
        (1.5, False, "met"),
        (1.51, False, "**missed**"),
        (1.51, True, "reaches the aim"),
        (1.3, True, "met"),
        (1.2, True, "**missed**"),
    ],
)
def test_a_verdict(value: float, more_is_better: bool, verdict: str):
    must, aim = (1.25, 1.5) if more_is_better else (1.5, 1.25)
    figure = Figure("overview", value, must, aim, more_is_better=more_is_better)
    assert figure.verdict == verdict
    assert figure.is_met == (verdict != "**missed**")


def test_every_target_has_its_figure():
    names = (PORTAL, FLOOR, "bare", ALLAUTH, TWO_FACTOR)
    kinds = ("overview", "form", "flows", "above", "many", "start", "first")
    samples = {(kind, name): [1.0] for kind in kinds for name in names}
    counted = dict.fromkeys(("overview", "form", "code", "preference saved"), (1, 1))
    found = pages_report.figures(samples, counted, PAGE)
    assert len(found) == 5 + 7 + 4 + 3 + 3
    assert "| overview: requests | 6 | 3 | 4 | met |\n" in pages_report.table(found)


def test_one_part_of_the_document_leaves_the_other_alone():
    first = pages_report.replaced("# Title\n", "bench", "of the bench")
    both = pages_report.replaced(first, "soak", "of the soak")
    again = pages_report.replaced(both, "bench", "a later one")
    assert again == both.replace("of the bench", "a later one")
    assert "of the soak" in again
    assert again.startswith("# Title\n")


def test_the_versions_of_the_peers_are_the_locked_ones():
    assert pages_report.pinned("django-allauth").count(".") == 2


ROWS = [
    {
        "Name": name,
        "Request Count": "90000",
        "Failure Count": failed,
        "Requests/s": "51.9",
        "50%": "40",
        "95%": "120",
        "99%": "200",
    }
    for name, failed in (("overview", "1"), ("Aggregated", "1"))
]


def test_a_soak_tells_of_all_requests_together():
    shown = {each.name: each.verdict for each in soak_report.figures(ROWS, [100.0] * 20)}
    assert shown["requests a second"] == "reaches the aim"
    assert shown["p95"] == "met"
    assert shown["failed requests"] == "**missed**"
    assert "| all | 90,000 | 1 | 40 | 120 | 200 |\n" in soak_report.soak([], ROWS, [1.0], 60)


def test_memory_that_grows_is_seen_and_warming_up_is_not():
    warm = [50.0, 60.0, 70.0, 80.0, 90.0] + [100.0] * 15
    assert soak_report.growth(warm) == 1.0
    assert soak_report.growth([*warm[:15], 110.0, 115.0, 118.0, 119.0, 120.0]) == 1.2


def test_the_hidden_fields_of_a_page():
    page = (
        '<input type="hidden" name="a" value="x&amp;y"><input name="b"><INPUT TYPE="hidden" name=c>'
    )
    assert hidden(page) == {"a": "x&y"}
