"""QR codes are, square by square, what their library draws."""

import pytest
import qrcode
from hypothesis import given
from hypothesis import strategies as st

from accounts import qr


def of_library(text: str) -> list[bytes]:
    code = qrcode.QRCode(error_correction=qr.REPAIR, mask_pattern=qr.MASK)
    code.add_data(text)
    code.make()
    return [b"".join(b"1" if square else b"0" for square in row) for row in code.modules]


@given(st.text(max_size=300))
def test_any_text_is_drawn_as_the_library_draws_it(text: str):
    assert qr.rows(text) == of_library(text)


# Sizes with one block, with several, with blocks of two lengths, with longer fields, and the last;
# the longest text of a size leaves no room for the four bits that end it.
@pytest.mark.parametrize("length", [0, 1, 17, 18, 134, 135, 230, 231, 271, 272, 1465, 2953])
@pytest.mark.parametrize("letter", ["a", "é", "A", "7"])
def test_every_size_is_drawn_as_the_library_draws_it(length: int, letter: str):
    text = letter * (length // len(letter.encode()))
    assert qr.rows(text) == of_library(text)


def test_a_text_that_no_picture_holds_is_refused():
    with pytest.raises(ValueError, match="large enough"):
        qr.rows("a" * 2954)
