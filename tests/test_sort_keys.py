"""The order in which people count."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.text import address_key, natural_key


@pytest.mark.parametrize(
    "words",
    [
        ("phone-2", "phone-10", "phone-010x"),
        ("3.6.1", "3.6.10", "3.10.1"),
        ("Gi1/0/2", "Gi1/0/10", "Gi2/0/1"),
        ("9", "20", "110", "voice"),
        ("a", "B", "c"),
    ],
)
def test_runs_of_digits_are_numbers(words: tuple[str, ...]) -> None:
    mixed = random.Random(7).sample(words, len(words))
    assert tuple(sorted(mixed, key=lambda each: natural_key(each) or ())) == words


def test_addresses_are_numbers_and_names_come_behind() -> None:
    words = [
        "10.0.0.9",
        "10.0.0.9:80",
        "10.0.0.10",
        "192.0.2.1",
        "2001:db8::a",
        "[2001:db8::a]:80",
        "pc-2.lab",
        "pc-10.lab:80",
    ]
    mixed = random.Random(7).sample(words, len(words))
    assert sorted(mixed, key=lambda each: address_key(each) or (0, 0, ())) == words


@pytest.mark.parametrize("words", [None, ""])
def test_nothing_is_not_known(words: str | None) -> None:
    assert natural_key(words) is None
    assert address_key(words) is None


@given(st.lists(st.text() | st.from_regex(r"[0-9.:\\[\\]a-f]{1,500}", fullmatch=True)))
def test_whatever_a_phone_says_can_be_compared(words: list[str]) -> None:
    assert len(sorted(words, key=lambda each: natural_key(each) or ())) == len(words)
    assert len(sorted(words, key=lambda each: address_key(each) or (0, 0, ()))) == len(words)
