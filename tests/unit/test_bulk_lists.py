"""A pasted list of people, line by line."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.helpdesk.bulk import lists

BOM = "\ufeff"


def test_one_name_a_line_and_empty_lines_count():
    assert lists.read("nora\n\n  tom@example.com \r\n+447400123456\n").names == {
        1: "nora",
        3: "tom@example.com",
        4: "+447400123456",
    }


@pytest.mark.parametrize("title", ["email", "E-Mail", f"{BOM}Username", "SUB"])
def test_a_table_is_read_by_its_heading(title: str):
    text = f'{title},name\n"nora@example.com","Nora, the first"\ntom@example.com,Tom\n'
    assert lists.read(text).names == {2: "nora@example.com", 3: "tom@example.com"}


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_table_is_read_as_a_spreadsheet_of_any_country_writes_it(sign: str):
    lines = [
        ["Name", "E-Mail"],
        ["Nora, the first", "nora@example.com"],
        ["Tom", "tom@example.com"],
    ]
    text = "\n".join(sign.join(f'"{cell}"' for cell in line) for line in lines)
    assert lists.read(text).names == {2: "nora@example.com", 3: "tom@example.com"}


def test_a_name_may_hold_what_parts_columns():
    assert lists.read("nora;smith\n").names == {1: "nora;smith"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nora\ntom,ella\n", "Line 2: more than one column"),
        ("nora\nNORA\n", "Line 2: the same as line 1"),
        ("name,email\nNora,\n", "Line 2: no name in that column"),
        (f"{'x' * 129}\n", "Line 1: longer than 128"),
        ("no\x07ra\n", "Line 1: signs that no name has"),
        ("no\u202era\n", "Line 1: signs that no name has"),
        ('nora\n"tom\n', "A quotation mark is not closed"),
        (",nora\n", "Line 1: no name in the first column"),
    ],
)
def test_a_bad_line_is_named_by_its_number(text: str, problem: str):
    (said,) = lists.read(text).problems
    assert said.startswith(problem)


def test_a_list_is_bounded():
    """(INP-04) and a long one is read quickly."""
    text = "".join(f"person-{number}@example.com\n" for number in range(1001))
    began = time.perf_counter()
    assert "At most 1000" in lists.read(text).problems[0]
    assert time.perf_counter() - began < 1


@given(st.text())
def test_no_text_breaks_it_and_no_line_is_lost(text: str):
    """(INP-06) each line is empty, named, a heading or said to be wrong."""
    found = lists.read(text)
    assert all(name.strip() == name and name for name in found.names.values())
    assert len(found.names) == len({name.casefold() for name in found.names.values()})
