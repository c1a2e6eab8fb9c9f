"""What terminals answer, as they do, and what it comes down to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.ui.graphics.capabilities import (
    QUESTION,
    CellSize,
    GraphicsMode,
    ImageProtocol,
    TerminalCapabilities,
    graphics_mode,
    is_complete,
    read_capabilities,
)

KITTY = b"\x1b_Gi=31;OK\x1b\\\x1b[6;18;8t\x1b[4;648;960t\x1b[?62;52;c"
XTERM = b"\x1b[6;13;6t\x1b[4;468;720t\x1b[?64;1;2;4;6;9;15;16;17;18;21;22;28c"
XTERM_PLAIN = b"\x1b[4;468;720t\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c"
FOOT = b"\x1b[6;20;10t\x1b[4;720;1200t\x1b[?62;4;22;28;29c"
WEZTERM = b"\x1b_Gi=31;OK\x1b\\\x1b[6;21;9t\x1b[4;756;1080t\x1b[?65;4;6;18;22;52c"
REFUSING = b"\x1b_Gi=31;EINVAL:unsupported\x1b\\\x1b[?62;22c"
TMUX = b"\x1b[?1;2c"
TMUX_WITH_SIXELS = b"\x1b[6;16;8t\x1b[4;576;960t\x1b[?1;2;4c"
SCREEN = b"\x1b[?1;2c"
CONSOLE = b"\x1b[?6c"
FOUR_IS_ITS_CLASS = b"\x1b[?4;6c"
TYPED_MEANWHILE = b"sd\x1b[6;20;10t\x1b[A\x1b[?62;4c"

SIXEL_CELL = CellSize(10, 20)


@pytest.mark.parametrize(
    ("answer", "kitty", "sixel", "cell"),
    [
        (KITTY, True, False, (8, 18)),
        (XTERM, False, True, (6, 13)),
        (XTERM_PLAIN, False, False, (6, 13)),
        (FOOT, False, True, (10, 20)),
        (WEZTERM, True, True, (9, 21)),
        (REFUSING, False, False, None),
        (TMUX, False, False, None),
        (TMUX_WITH_SIXELS, False, True, (8, 16)),
        (SCREEN, False, False, None),
        (CONSOLE, False, False, None),
        (FOUR_IS_ITS_CLASS, False, False, None),
        (TYPED_MEANWHILE, False, True, (10, 20)),
        (b"\x1b[6;0;0t\x1b[4;720;1200t\x1b[?62;4c", False, True, (10, 20)),
        (b"\x1b[6;9999;9999t\x1b[?62;4c", False, True, None),
    ],
)
def test_answers_are_read(answer: bytes, kitty: bool, sixel: bool, cell: tuple[int, int] | None) -> None:
    assert is_complete(answer)
    assert read_capabilities(answer, 120, 36) == TerminalCapabilities(
        True, kitty, sixel, CellSize(*cell) if cell else None
    )


@pytest.mark.parametrize("answer", [b"", b"\x1b[?62;4", b"\x1b_Gi=31;O", b"c", b"garbage \x00\xff\x1b[c", QUESTION])
def test_what_is_no_answer_shows_no_ability(answer: bytes) -> None:
    assert not is_complete(answer)
    assert read_capabilities(answer, 120, 36) == TerminalCapabilities()


@given(st.binary(max_size=200))
def test_no_answer_is_too_odd(answer: bytes) -> None:
    found = read_capabilities(answer, 0, 0)
    assert found.answered is is_complete(answer)


def test_the_system_knows_the_window_where_the_terminal_does_not_say() -> None:
    assert read_capabilities(b"\x1b[?62;4c", 120, 36, (1200, 720)).cell == SIXEL_CELL
    assert read_capabilities(FOOT, 120, 36, (960, 576)).cell == SIXEL_CELL


BOTH = TerminalCapabilities(True, True, True, SIXEL_CELL)


@pytest.mark.parametrize(
    ("wanted", "able", "chosen"),
    [
        ("blocks", BOTH, GraphicsMode()),
        ("auto", BOTH, GraphicsMode(ImageProtocol.KITTY, SIXEL_CELL)),
        ("kitty", BOTH, GraphicsMode(ImageProtocol.KITTY, SIXEL_CELL)),
        ("sixel", BOTH, GraphicsMode(ImageProtocol.SIXEL, SIXEL_CELL)),
        (
            "auto",
            TerminalCapabilities(True, sixel=True, cell=SIXEL_CELL),
            GraphicsMode(ImageProtocol.SIXEL, SIXEL_CELL),
        ),
        ("kitty", TerminalCapabilities(True, kitty=True), GraphicsMode(ImageProtocol.KITTY)),
        ("kitty", TerminalCapabilities(True), GraphicsMode(why="no kitty graphics here")),
        ("sixel", TerminalCapabilities(True), GraphicsMode(why="no sixels here")),
        ("auto", TerminalCapabilities(True), GraphicsMode(why="no graphics here")),
        ("auto", TerminalCapabilities(), GraphicsMode(why="no answer from the terminal")),
        ("sixel", TerminalCapabilities(True, sixel=True), GraphicsMode(why="cells of unknown size")),
    ],
)
def test_the_wish_comes_down_to_what_the_terminal_can(
    wanted: str, able: TerminalCapabilities, chosen: GraphicsMode
) -> None:
    assert graphics_mode(wanted, able) == chosen
