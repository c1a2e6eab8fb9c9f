"""NO_COLOR is kept to the letter: not one colour reaches the terminal, and everything can still be told apart."""

import re
import sys
from pathlib import Path

import pytest

from phonetui.ui.text.rows import Role
from phonetui.ui.theme import COLOURLESS, role_style, themes
from tests.terminal import Terminal

_STYLED = re.compile(rb"\x1b\[([0-9;]*)m")
_COLOURS = {*range(30, 39), *range(40, 49), *range(90, 98), *range(100, 108)}
"""SGR parameters that set a colour (ECMA-48 8.3.117); 39 and 49 give the terminal's own back."""


def colours(written: bytes) -> set[bytes]:
    """The colour settings among what was written."""
    return {
        sequence[0]
        for sequence in _STYLED.finditer(written)
        if any(int(parameter or 0) in _COLOURS for parameter in sequence[1].split(b";"))
    }


@pytest.mark.slow
@pytest.mark.parametrize("keys", ["", "?", "\x10", "d", "x"])
def test_not_one_colour_is_written(tmp_path: Path, keys: str) -> None:
    command = [sys.executable, "-m", "phonetui", "demo", "--phones", "3"]
    terminal = Terminal(command, environment={"HOME": str(tmp_path), "NO_COLOR": "1"})
    try:
        terminal.until("3.6.1")
        if keys:
            terminal.press(keys)
        assert not colours(bytes(terminal.output))
        assert re.search(rb"\x1b\[[17];", terminal.output), "told apart by bold or reverse"
    finally:
        terminal.close("\x11")


def test_what_asks_for_attention_differs_without_colour() -> None:
    theme = themes()[COLOURLESS]
    looks = [
        (style.bold, style.underline, style.reverse)
        for style in (role_style(theme, role) for role in (Role.GOOD, Role.FAIR, Role.POOR, Role.CRITICAL))
    ]
    assert len(set(looks)) == len(looks)
