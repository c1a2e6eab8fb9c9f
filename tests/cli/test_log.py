"""The log: one line an entry, whatever strangers say."""

import logging
from pathlib import Path

import pytest

from phonetui.cli.log import log_to_file

FORGED = "2026-11-21 12:00:00,000 ERROR phonetui.monitor lobby: the password is hunter2"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x85", "\u2028"])
def test_words_of_a_phone_never_make_a_line_of_their_own(end: str, tmp_path: Path) -> None:
    file = tmp_path / "log"
    with log_to_file(str(file), "info"):
        logging.getLogger("phonetui.x").info("lobby: %s", f"hello{end}{FORGED}\x1b[2J\x9b31m")
        try:
            int("odd")
        except ValueError as error:
            error.args = (f"odd{end}{FORGED}\x1b[2J",)
            logging.getLogger("phonetui.x").exception("lobby: fault")
    lines = file.read_bytes().decode("utf-8").split("\n")
    assert lines.pop() == ""
    entries = [line for line in lines if not line.startswith("  | ")]
    assert len(entries) == 2
    assert all(" phonetui.x lobby: " in line for line in entries)
    assert not any(char in line for line in lines for char in "\x1b\x9b\r\x0b\x85\u2028")
