"""A phone that says terrible things, over real sockets, and the bytes that the real program then writes to a terminal."""

import asyncio
import re
import sys
from base64 import b64decode
from pathlib import Path as File

import pytest

from phonetui.simulator.server import ServedOffice
from tests.live import PASSWORD, served, until
from tests.terminal import Terminal

pytestmark = pytest.mark.slow

MARK = "HARM"
"""Part of every hostile word, so that it can be found among what is painted."""
WORDS = {
    "escape": f"\x1b[5;5H\x1b[31m{MARK}",
    "clipboard": f"\x1b]52;c;SEFSTQ==\x07{MARK}",
    "title": f"\x1b]2;{MARK}\x1b\\",
    "C1": f"\x9b31m\x9d52;c;QQ==\x9c{MARK}",
    "bidi": f"{MARK}\u202egnorw\u2066",
    "markup": f"[/red]{MARK}",
    "action": f"[@click=app.quit]{MARK}[/]",
    "surrogate": f"{MARK}\ud800",
    "long": MARK + "x" * 10_000,
    "nul": f"{MARK}\x00\x08\x7f",
}
LEAVES = (
    "SystemUnit HostName",
    "SystemUnit Software Version",
    "ExtStatus 1 RegistrationState",
    "LEDStatus Line 1 LEDColor",
    "LEDStatus MuteLEDCadence",
    "PhoneStatus SWPort",
    "PhoneStatus OperationalVLANID",
    "Network IPv4 Address",
    "Network Statistics Port 1 CdpNeighborDeviceId",
    "Standby Level",
)

_KNOWN = re.compile(
    rb"\x1b\[[0-9;:<=>?]*[A-Za-z@`~]|\x1b\[[?!>=][0-9;]*\$?[a-z]|\x1b[()][A-Z0-9]|\x1b[=>78cDEHMNOZ]"
    rb"|\x1b_G[^\x1b]*\x1b\\|\x1b\]22;[a-z-]*\x07"
)
"""What a screen is made of: CSI sequences, character sets, single-shift escapes, the kitty query, the pointer's shape."""
_COPIED = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")
"""What the operator sent to the clipboard."""
_MOVES = re.compile(rb"\x1b\[5;5H\x1b\[31m")


def harm(output: bytes) -> list[str]:
    """Whatever of a stranger's control characters arrived at the terminal."""
    found = []
    copied = [b64decode(words).decode() for words in _COPIED.findall(output)]
    output = _COPIED.sub(b"", output)
    if b"\x1b]52" in output or b"\x1b]2;" in output or {"HARM", "A"} & set(copied):
        found.append("operating system command")
    for words in copied:
        found += [f"copied {char}" for char in controls(words.replace("\n", ""))]
    if _MOVES.search(output):
        found.append("cursor moved and coloured by a name")
    rest = _KNOWN.sub(b"", output)
    painted = str.maketrans("", "", "\r\n\t\x0f\x0e\x07\x08")
    return found + controls(rest.decode("utf-8", "replace").translate(painted))


def controls(text: str) -> list[str]:
    """Control and direction characters."""
    return sorted(
        {
            repr(char)
            for char in text
            if char < " " or "\x7f" <= char <= "\x9f" or char in "\u202a\u202b\u202d\u202e\u2066\u2067"
        }
    )


def configuration(office: ServedOffice, folder: File, *, control: str = "on", prefix: str = "", more: str = "") -> File:
    """`prefix` begins every phone's name, `more` is added to each."""
    file = folder / "config.toml"
    lines = [f'[defaults]\npassword = {{ env = "OFFICE" }}\ncontrol = "{control}"']
    lines += [
        f'[[phone]]\nname = "{prefix}{phone.name}"\nurl = "{phone.url}"\nfingerprint = "{phone.fingerprint}"\n{more}'
        for phone in office.phones
    ]
    file.write_text("\n".join(lines))
    return file


@pytest.mark.long
@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_every_hostile_word_in_every_leaf_is_text(tmp_path: File, size: tuple[int, int]) -> None:
    async with served(2) as office:
        config = configuration(office, tmp_path)
        terminal = Terminal(
            [sys.executable, "-m", "phonetui", "--config", str(config)],
            columns=size[0],
            rows=size[1],
            environment={"HOME": str(tmp_path), "OFFICE": PASSWORD},
        )
        try:
            await followed(office, terminal)
            office.start_call("sim-2", "sim-1", answer_after_s=0.2)
            for number, plain in enumerate(WORDS.values()):
                mark = f"{MARK}{number}"
                word = plain.replace(MARK, mark)
                office.set_name("sim-2", word)
                for leaf in LEAVES:
                    office.set_value("sim-1", leaf, word)
                for phone in office.phones:
                    office.hang_up(phone.name)
                await until(lambda: not any(phone.device.legs for phone in office.phones), what="the call has ended")
                office.start_call("sim-2", "sim-1", answer_after_s=0.2)
                await asyncio.to_thread(terminal.until, mark)
                await asyncio.to_thread(terminal.press, "3", "z", "z", "?", "\x1b", "d", "9\r", "\x1b")
            assert "Traceback" not in terminal.text
        finally:
            status = await asyncio.to_thread(terminal.close, "q")
    assert status == 0
    assert harm(bytes(terminal.output)) == []


async def followed(office: ServedOffice, terminal: Terminal) -> None:
    """Once the program has read every phone, has asked each for pushes, and shows what it knows."""

    def asked() -> bool:
        return all(any(request.path == "/putxml" for request in phone.requests) for phone in office.phones)

    await asyncio.to_thread(terminal.wait_for, asked, "every phone is asked for pushes")
    await asyncio.to_thread(terminal.settle)


CONFIGURED = 'group = "\\u001b]2;HARM\\u0007/\\u009b31mHARM"\ntags = ["\\u202eHARM\\u001b[5;5H\\u001b[31m"]'
"""Words of a configuration that somebody else wrote."""

WALK: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("filter", ("/", MARK, "\r", "/", "\x1b")),
    ("panes, each in full", ("1z", "2", "3", "4", "5", "z")),
    ("help", ("?", "\x1b[6~", "\x1b")),
    ("palette", ("\x10", MARK, "\x1b", "\x1b")),
    ("status", ("x", "/", MARK, "\r", "\x1b", "c", "c", "y", "\x1b", "\t", "\x1b[6~", "\x1b")),
    ("taking control", ("H", "n", "i", "y", "5", " ", "\x1b")),
    ("alerts", ("a", "\x1b[B", "m", "m", "\r", "a", "\x1b")),
    ("calls", ("c", "/", MARK, "\r", "y", "E", "\r", "E", "2", "E", "3", "\x1b", "\x1b")),
    ("a call's card", ("c", "\r", "\x1b[6~", "y", "E", "\r", "\x1b", "\x1b")),
    ("fleet", ("f", "<", ">", "r", "b", "b", "b", "b", " ", "/", MARK, "\r", "\x1b", "\x1b", "\x1b")),
    ("the fleet's columns", ("f", "o", " ", "+", "\x1b", "\x1b")),
    ("one command for many", ("f", "u", " ", ":", "Standby Deactivate\r", "y", "u", "\x1b", "\x1b")),
    ("dial", ("d", "y", "9\x1b", "I")),
    ("command", (":", "Call Dial Number=5999\r", "y", "Ui SendKey Key=Nothing\r", "No Such Thing\r", "\x1b[5~")),
    ("naming", ("SystemUnit Boot\r", MARK, "\r", "\x1b", "\x1b")),
    ("freeze and themes", ("p", "]", "[", "p", "t", "t")),
)
"""Every screen that there is, by its keys."""


@pytest.mark.parametrize(
    "size", [(120, 36), *(pytest.param(size, marks=pytest.mark.long) for size in ((80, 24), (160, 50)))]
)
async def test_every_screen_over_hostile_phones_writes_nothing_but_text(tmp_path: File, size: tuple[int, int]) -> None:
    words = list(WORDS.values())
    async with served(2) as office:
        config = configuration(office, tmp_path, control="confirm", prefix="\\u001b]2;HARM\\u0007", more=CONFIGURED)
        office.set_name("sim-2", words[0])
        for number, leaf in enumerate(LEAVES):
            office.set_value("sim-1", leaf, words[number % len(words)])
        office.start_call("sim-2", "sim-1", answer_after_s=None)
        terminal = Terminal(
            [sys.executable, "-m", "phonetui", "--config", str(config)],
            columns=size[0],
            rows=size[1],
            environment={"HOME": str(tmp_path), "OFFICE": PASSWORD},
            folder=tmp_path,
        )
        unseen = []
        try:
            await asyncio.to_thread(terminal.until, MARK)
            await followed(office, terminal)
            for screen, keys in WALK:
                shown = False
                for key in keys:
                    await asyncio.to_thread(terminal.press, key)
                    shown = shown or MARK in terminal.text
                if not shown:
                    unseen.append(screen)
                assert "Traceback" not in terminal.text, screen
            assert unseen == []
        finally:
            status = await asyncio.to_thread(terminal.close, "q")
    assert status == 0
    assert harm(bytes(terminal.output)) == []
    left_alone(tmp_path)


def left_alone(folder: File) -> None:
    """What was exported and written down holds the words, and nothing that acts."""
    exports = [*folder.glob("call*")]
    assert {file.suffix for file in exports} == {".md", ".csv", ".jsonl"}
    for file in (*exports, *folder.rglob("*.log"), *folder.rglob("audit.jsonl")):
        words = file.read_bytes().decode()
        assert MARK in words, file
        assert controls(words.replace("\r\n", "").replace("\n", "")) == [], file
