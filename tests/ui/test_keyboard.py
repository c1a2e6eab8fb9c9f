"""Which of a phone's keys each key of the keyboard is."""

import pytest
from textual._xterm_parser import XTermParser

from phonetui.phone.models import canonical_key
from phonetui.ui.keyboard import KEY_OF, PHONE_KEYS, named, shown


def test_every_key_is_one_that_phones_know() -> None:
    assert all(canonical_key(key) == key for key in PHONE_KEYS.values())


@pytest.mark.parametrize("number", range(1, 10))
@pytest.mark.parametrize("sequence", ["\x1b{number}", "\x1b[{code};3u"], ids=["escape and digit", "kitty protocol"])
def test_alt_and_a_digit_is_a_line_key_on_every_terminal(number: int, sequence: str) -> None:
    typed = sequence.format(number=number, code=ord(str(number)))
    keys = [getattr(event, "key", None) for event in XTermParser().feed(typed)]
    assert [PHONE_KEYS.get(str(key)) for key in keys] == [f"Line{number}"]


def test_the_table_shows_the_key_that_is_printed_on_the_keyboard() -> None:
    assert KEY_OF["Line2"] == "alt+2"
    assert KEY_OF["KeyPadStar"] == "asterisk"


def test_keys_are_written_as_people_write_them() -> None:
    keys = ("slash", "ctrl+p", "f1", "alt+1", "left_square_bracket", "plus", "A")
    assert [shown(key) for key in keys] == ["/", "ctrl+p", "F1", "alt+1", "[", "+", "A"]
    assert named("/,ctrl+d,f5") == "slash,ctrl+d,f5"
