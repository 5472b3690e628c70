"""The report at the end of a run: which requirements no test names."""

from pathlib import Path

from tests.requirements import ID, every_id, named_in, report

TESTS = Path(__file__).parents[1]


def test_every_requirement_is_listed_once():
    """QA-01."""
    ids = every_id()
    assert len(ids) == len(set(ids)) >= 150
    assert all(ID.fullmatch(each) for each in ids)


def test_a_test_names_what_it_covers_in_its_docstring(tmp_path: Path):
    """QA-01: neither a helper nor a file that is no test counts."""
    (tmp_path / "unit").mkdir()
    (tmp_path / "unit" / "test_x.py").write_text(
        '"""AAA-01"""\n'
        'def test_one():\n    """BBB-01, BBB-02: both."""\n'
        'def helper():\n    """CCC-01"""\n'
        'class TestTwo:\n    async def test_three(self):\n        """BBB-01"""\n'
    )
    (tmp_path / "helper.py").write_text('def test_four():\n    """DDD-01"""\n')
    assert named_in(tmp_path) == {
        "BBB-01": {"unit/test_x.py::test_one", "unit/test_x.py::test_three"},
        "BBB-02": {"unit/test_x.py::test_one"},
    }


def test_the_report_is_a_count_and_what_is_missing():
    """QA-01."""
    assert report(["AAA-01", "AAA-02"], {"AAA-01", "AAA-02"}) == [
        "Requirements named by a test: 2 of 2."
    ]
    assert report(["AAA-01", "AAA-02", "AAA-03"], {"AAA-02"}) == [
        "Requirements named by a test: 1 of 3.",
        "Without one: AAA-01 AAA-03",
    ]


def test_no_test_names_a_requirement_that_does_not_exist():
    """QA-01: a slip of the pen would hide a gap."""
    named = named_in(TESTS)
    unknown = {each: named[each] for each in named.keys() - set(every_id())}
    assert unknown == {}
