"""The bell and OSC sequences: which terminal takes which, and that no name ends one or begins another."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from phonetui.notify.terminal import LONGEST, OscForm, detect_osc, terminal_bytes
from phonetui.text import printable
from tests.faults.programs import SLOW_S, environment
from tests.notify.test_channels import HOSTILE, notification
from tests.terminal import Terminal


@pytest.mark.parametrize(
    ("environ", "form"),
    [
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, OscForm.ITERM),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, OscForm.ITERM),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, OscForm.ITERM),
        ({"TERM": "xterm-kitty"}, OscForm.KITTY),
        ({"TERM": "foot"}, OscForm.URXVT),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, OscForm.URXVT),
        ({"TERM": "xterm-256color"}, OscForm.OFF),
        ({"TERM": "linux"}, OscForm.OFF),
        ({}, OscForm.OFF),
    ],
)
def test_which_form_a_terminal_takes(environ: dict[str, str], form: OscForm) -> None:
    assert detect_osc(environ) is form


def test_the_bytes_of_each_form() -> None:
    assert terminal_bytes(notification(), OscForm.OFF, bell=True, in_tmux=False) == "\a"
    assert terminal_bytes(notification(), OscForm.OFF, bell=False, in_tmux=False) == ""
    assert (
        terminal_bytes(notification(), OscForm.ITERM, bell=False, in_tmux=False) == "\x1b]9;lobby: loss: loss 7.2 %\a"
    )
    assert (
        terminal_bytes(notification(), OscForm.URXVT, bell=True, in_tmux=False)
        == "\a\x1b]777;notify;lobby: loss;loss 7.2 %\a"
    )
    kitty = terminal_bytes(notification(), OscForm.KITTY, bell=False, in_tmux=False)
    assert re.fullmatch(
        r"\x1b\]99;i=phonetui:d=0:e=1;[\w+/=]+\x1b\\\x1b\]99;i=phonetui:d=1:p=body:e=1;[\w+/=]+\x1b\\", kitty
    )


def test_tmux_passes_a_doubled_escape_on() -> None:
    words = terminal_bytes(notification(), OscForm.ITERM, bell=True, in_tmux=True)
    assert words == "\a\x1bPtmux;\x1b\x1b]9;lobby: loss: loss 7.2 %\a\x1b\\"


@pytest.mark.parametrize("form", list(OscForm))
def test_no_name_ends_a_sequence(form: OscForm) -> None:
    hostile = notification(text=HOSTILE * 50, title=printable("a;b\x07\x1b\\\x9c" + HOSTILE))
    words = terminal_bytes(hostile, form, bell=False, in_tmux=False)
    inside = re.sub(r"^\x1b\](9|777|99);|(\a|\x1b\\)$", "", words).replace("\x1b\\\x1b]99;", "")
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", inside)
    assert len(words) < 4 * LONGEST


@pytest.mark.slow
def test_the_dashboard_rings_and_notifies_once_something_is_wrong(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "phonetui", "demo", "--phones", "3"]
    terminal = Terminal(words, environment=environment(tmp_path, TERM="xterm-kitty"), folder=tmp_path)
    try:
        terminal.wait_for(lambda: b"\x1b]99;" in terminal.output, "no notification came", SLOW_S)
        assert b"\a" in terminal.output
    finally:
        assert terminal.close("q") == 0


_OSC = re.compile(rb"\x1b\][^\a\x1b]*(?:\a|\x1b\\)")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@pytest.mark.parametrize("passthrough", ["on", "off"])
def test_in_a_real_tmux_it_arrives_where_tmux_passes_it_on(tmp_path: Path, passthrough: str) -> None:
    """Outside of tmux: the bell in any case, the notification where allow-passthrough is on, and never its wrapping."""
    configuration = tmp_path / "tmux.conf"
    configuration.write_text(
        f"set -g allow-passthrough {passthrough}\nset -g bell-action any\nset -g visual-bell off\n"
    )
    with tempfile.TemporaryDirectory(prefix="t") as sockets:  # a socket's path is short
        places = environment(tmp_path, TERM="xterm-256color", LC_TERMINAL="iTerm2", TMUX_TMPDIR=sockets)
        places.pop("TMUX", None)
        program = f"{sys.executable} -m phonetui demo --phones 3"
        words = ["tmux", "-f", str(configuration), "new-session", "-x", "120", "-y", "36", program]
        terminal = Terminal(words, environment=places, folder=tmp_path)
        try:
            rung = "no bell came"
            terminal.wait_for(lambda: b"\a" in _OSC.sub(b"", bytes(terminal.output)), rung, SLOW_S)
            if passthrough == "on":
                terminal.wait_for(lambda: b"\x1b]9;" in terminal.output, "no notification came", SLOW_S)
            else:
                terminal.pump(1.0)
                assert b"\x1b]9;" not in terminal.output
            assert b"Ptmux" not in terminal.output
        finally:
            terminal.close("q")
            subprocess.run(["tmux", "kill-server"], env={**places}, capture_output=True, check=False)
