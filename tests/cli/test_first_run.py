"""The first run, as somebody at a terminal meets it."""

import stat
import tomllib
from pathlib import Path

import pytest

from phonetui.cli.simulate import SimulatorThread
from tests.cli.conftest import PASSWORD
from tests.terminal import Terminal
from tests.test_two_processes import PHONETUI

pytestmark = pytest.mark.slow  # a real terminal


@pytest.fixture
def terminal(home: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.delenv("PHONETUI_PASSWORD")
    return Terminal(PHONETUI)


def answer(terminal: Terminal, question: str, words: str) -> None:
    terminal.wait_for(lambda: question.encode() in terminal.output, question)
    del terminal.output[: terminal.output.index(question.encode()) + len(question)]
    terminal.send(f"{words}\r")


def config_of(home: Path) -> Path:
    return home / "config" / "phonetui" / "config.toml"


def test_one_screen_says_what_a_phone_needs_and_leaves_nothing_behind(terminal: Terminal, home: Path) -> None:
    terminal.until("Which?", 20.0)
    for words in ("PhoneOS 3.5", "web access", "xAPI account", "Control Hub", "simulated phones"):
        assert words in terminal.text
    assert terminal.close("q\r") == 0
    assert not config_of(home).exists()


@pytest.mark.parametrize("with_password", [True, False])
def test_a_first_phone_is_tried_kept_and_shown(
    terminal: Terminal, office: SimulatorThread, home: Path, with_password: bool
) -> None:
    phone = office.phones()[0]
    answer(terminal, "Which?", "a")
    answer(terminal, "Address", phone.url)
    answer(terminal, "User", phone.username)
    answer(terminal, "Password", PASSWORD)
    answer(terminal, "Keep it in", "")
    answer(terminal, "Keep its password", "y" if with_password else "")
    terminal.until("1 phone", 20.0)
    assert terminal.close("q") == 0
    file = config_of(home)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (kept,) = tomllib.loads(file.read_text())["phone"]
    assert kept.get("password") == (PASSWORD if with_password else None)
    assert kept["username"] == phone.username
    assert PASSWORD not in terminal.text
    assert PASSWORD.encode() not in terminal.output

    again = Terminal(PHONETUI)
    if not with_password:
        answer(again, "Password of", PASSWORD)
    again.until("live", 20.0)
    assert again.close("q") == 0


def test_what_failed_is_said_with_what_to_change_and_asked_again(
    terminal: Terminal, office: SimulatorThread, home: Path
) -> None:
    phone = office.phones()[0]
    answer(terminal, "Which?", "a")
    answer(terminal, "Address", "https://a b")
    answer(terminal, "Address", phone.url)
    answer(terminal, "User", phone.username)
    answer(terminal, "Password", "planted-wrong")
    terminal.until("password is refused", 20.0)
    assert "Control Hub" in terminal.text
    answer(terminal, "Ask again?", "")
    answer(terminal, "User", "")  # the address was right
    answer(terminal, "Password", "planted-wrong")
    answer(terminal, "Ask again?", "n")
    assert terminal.close() == 0
    assert not config_of(home).exists()
    assert b"planted-wrong" not in terminal.output


def test_the_demo_is_a_letter_away(terminal: Terminal) -> None:
    answer(terminal, "Which?", "d")
    terminal.until("DEMO", 20.0)
    assert terminal.close("q") == 0
