"""The kitty graphics protocol, read back by a reader of the test's own."""

import re
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.ui.graphics import encoders

_COMMAND = re.compile(r"\x1b_G([^;]*);([A-Za-z0-9+/=]*)\x1b\\")


def read(sequence: str) -> tuple[dict[str, str], list[str]]:
    """The keys of the first command, and the pieces."""
    commands = list(_COMMAND.finditer(sequence))
    assert "".join(command[0] for command in commands) == sequence
    keys = [dict(pair.split("=") for pair in command[1].split(",")) for command in commands]
    assert [key["m"] for key in keys] == ["1"] * (len(keys) - 1) + ["0"]
    assert all(key["q"] == "2" for key in keys)
    return keys[0], [command[2] for command in commands]


@pytest.mark.parametrize("size", [1, 3071, 3072, 3073, 3 * 3072])
def test_the_pieces_are_full_but_for_the_last(size: int) -> None:
    picture = bytes(place % 251 for place in range(size))
    _, pieces = read(encoders.show(picture, 8, 4))
    assert b64decode("".join(pieces)) == picture
    assert {len(piece) for piece in pieces[:-1]} <= {encoders.PIECE}


@given(st.binary(min_size=1, max_size=20_000), st.integers(1, 300), st.integers(1, 100))
def test_the_same_picture_comes_out(picture: bytes, columns: int, rows: int) -> None:
    keys, pieces = read(encoders.show(picture, columns, rows))
    assert b64decode("".join(pieces)) == picture
    assert (keys["a"], keys["f"], keys["c"], keys["r"]) == ("T", "100", str(columns), str(rows))


def test_what_is_taken_away_is_what_was_shown() -> None:
    keys, _ = read(encoders.show(b"x", 1, 1))
    assert f"i={keys['i']}," in encoders.REMOVE
    assert "a=d,d=I" in encoders.REMOVE
