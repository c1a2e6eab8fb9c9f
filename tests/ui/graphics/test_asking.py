"""Asking a terminal, over a pseudo-terminal that plays it."""

import os
import pty
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from phonetui.ui.graphics import capabilities
from phonetui.ui.graphics.capabilities import QUESTION, CellSize, GraphicsMode, ImageProtocol


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """The terminal's side and the program's."""
    ours, theirs = pty.openpty()
    try:
        yield ours, theirs
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("pieces", [[b"\x1b[?62;4;22c"], [b"\x1b_Gi=31;O", b"K\x1b\\\x1b[?6", b"2;22c"]])
def test_it_waits_for_the_last_answer_and_leaves_the_terminal_as_it_was(pieces: list[bytes]) -> None:
    with terminal() as (ours, theirs):

        def answer() -> None:
            asked = b""
            while not asked.endswith(QUESTION[-3:]):
                asked += os.read(ours, 100)
            for piece in pieces:
                os.write(ours, piece)
                time.sleep(0.01)

        before = termios.tcgetattr(theirs)
        playing = threading.Thread(target=answer)
        playing.start()
        assert capabilities._answer(theirs, theirs) == b"".join(pieces)
        playing.join()
        assert termios.tcgetattr(theirs) == before


def test_a_terminal_that_answers_nothing_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capabilities, "DEADLINE_S", 0.03)
    with terminal() as (ours, theirs):
        os.write(ours, b"typed")
        assert capabilities._answer(theirs, theirs) == b"typed"


def test_blocks_ask_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(capabilities, "_asked", ask)
    assert capabilities.detect_graphics("blocks").why == ""


@pytest.mark.parametrize(("window", "cell"), [((120, 36, 1200, 720), (10, 20)), ((120, 36, 0, 0), (8, 16))])
def test_cells_grow_with_their_letters_where_the_system_is_told(
    window: tuple[int, ...], cell: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capabilities, "_window", lambda: window)
    assert capabilities.with_cell_size(GraphicsMode(ImageProtocol.SIXEL, CellSize(8, 16))) == GraphicsMode(
        ImageProtocol.SIXEL, CellSize(*cell)
    )
