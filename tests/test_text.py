"""The one door for strangers' words."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.text import REPLACEMENT, printable

HOSTILE = {
    "escape": "\x1b[31mred",
    "clipboard": "\x1b]52;c;AAAA\x07",
    "C1": "\x9b2J",
    "bidi": "abc\u202edef",
    "isolates": "\u2066x\u2069",
    "zero width": "a\u200bb",
    "surrogate": "half \ud800 pair",
    "tag": "\U000e0041",
    "private": "\ue000",
    "variation": "\u26a0\ufe0f",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_harm_becomes_visible(raw: str) -> None:
    cleaned = printable(raw)
    assert REPLACEMENT in cleaned
    assert cleaned.encode("utf-8")
    assert len(cleaned) == len(raw)


def test_tabs_and_line_ends_become_one_blank() -> None:
    assert printable("a\r\n\tb") == "a b"


@pytest.mark.parametrize("name", ["Front Desk", "Zoë", "山田", "نام\u200cخانوادگی", "a\u00a0b", "[/red]", "🙂"])
def test_names_stay_as_they_are(name: str) -> None:
    assert printable(name) == name


@given(st.text(alphabet=st.characters(), max_size=200))
def test_nothing_harmful_passes(raw: str) -> None:
    cleaned = printable(raw)
    assert not [char for char in cleaned if unicodedata.category(char) in ("Cc", "Cs", "Co", "Zl", "Zp")]
    assert printable(cleaned) == cleaned
