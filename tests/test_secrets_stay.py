"""What a whole session leaves behind: in no file, on no screen and in no complaint is there a credential."""

import asyncio
import base64
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path as File

import pytest

from phonetui.simulator.server import Settings, SimulatedPhone, serve
from phonetui.webex.devices import code_groups
from tests.deadlines import EVENTUALLY_S
from tests.terminal import Terminal
from tests.webex.fake.devices import CODE
from tests.webex.fake.site import EVERYTHING, Fake, Trouble
from tests.webex.fake.site import serve as serve_webex
from tests.webex.fake.world import device, ident
from tests.webex.malformed import setting

pytestmark = pytest.mark.slow

PASSWORD, TOKEN, PASSPHRASE, WRONG = "Pw-planted-7Qx", "Tk-planted-8Ry", "Pp-planted-9Sz", "Wr-planted-3Tv"
SIP, BEFORE = "Sip-planted-5Uw", "Bf-planted-6Va"
"""What is typed as a phone's SIP password in Webex, and what it was before."""
PLANTED = {
    "password": PASSWORD,
    "password in Basic": base64.b64encode(f"xapi:{PASSWORD}".encode()).decode(),
    "password as a protocol": base64.urlsafe_b64encode(f"xapi:{PASSWORD}".encode()).decode().rstrip("="),
    "token": TOKEN,
    "passphrase": PASSPHRASE,
    "wrong password": WRONG,
    "SIP password": SIP,
    "SIP password of before": BEFORE,
    "activation code": CODE,
    "activation code in groups": " ".join(code_groups(CODE)),
    "wrong password in Basic": base64.b64encode(f"xapi:{WRONG}".encode()).decode(),
}


def configuration(folder: File, phones: dict[str, SimulatedPhone], webex: str) -> File:
    """The passwords are where they may be: in files outside of the home. That of the last phone is wrong."""
    vault = folder / "vault"
    vault.mkdir()
    for name, word in (("right", PASSWORD), ("wrong", WRONG)):
        (vault / name).write_text(word)
    tables = [
        f"[defaults]\n{_printed(vault / 'right')}",
        f'[webex]\nbase_url = "{webex}"\ntoken = {{ env = "WEBEX_TOKEN" }}',
        *(f'[[phone]]\nname = "{name}"\nurl = "{phone.url}"' for name, phone in phones.items()),
        _printed(vault / "wrong"),
    ]
    file = folder / "config.toml"
    file.write_text("\n".join(tables))
    return file


@asynccontextmanager
async def organization(phone: SimulatedPhone) -> AsyncIterator[Fake]:
    """A Webex that lists the phone, and repeats its SIP password where it refuses the second one."""
    fake, ready, stop = Fake(), asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(serve_webex(fake, ready.set, stop))
    await ready.wait()
    fake.tokens = {TOKEN: EVERYTHING}
    fake.code_expires = "2999-12-31T00:00:00.000Z"  # the program is run by the calendar here
    fake.world.devices[ident("DEVICE", 1)] = device(1, mac=phone.device.identity.mac)
    is_editable = {"isEditable": True}
    fake.world.configurations[ident("DEVICE", 1)] = {
        "Sip.Line[1].Password": setting(BEFORE, {"type": "string"}, default="", editability=is_editable)
    }
    try:
        yield fake
    finally:
        stop.set()
        await serving


KEYS = (
    *("d", "y", "5999\r"),
    *(":", f"User Set Passphrase={PASSPHRASE}\r", "\x1b"),
    *("x", "\x1b", "?", "\x1b"),
    *("c", "E", "\r", "E", "2", "E", "3", "\r", "E", "2", "\x1b", "\x1b"),
    *("a", "\x1b", "f", "\x1b"),
)
"""Dialling, a command, and every screen that writes something down."""
CHANGED = ("\r", f"{SIP}\r", "d", "a", "y")
"""The password under the cursor in Webex's configuration of the phone; the screen before that is `TO_CONFIGURATION`."""
TO_CONFIGURATION = ("w", "c")
FROM_CONFIGURATION = (
    *("y", "\x1b", "\x1b", "y"),
    *("o", "y", "\x1b", "m", "\x1b", "l", "\x1b", "t", "lobby\r", "\x1b", "n", "\r", "\r", "y"),
)
"""Webex refused the second change; through its other screens, and at last an activation code stands there."""


def office(phones: int, dialect: str) -> Settings:
    return Settings(phones=phones, seed=7, scenario="quiet", dialect=dialect, password=PASSWORD)


def _printed(file: File) -> str:
    return f"password = {{ command = 'cat \"{file}\"' }}"


def found(where: str, raw: bytes) -> list[str]:
    return [f"{name} in {where}" for name, word in PLANTED.items() if word.encode() in raw]


async def test_nothing_that_a_session_leaves_holds_a_credential(tmp_path: File) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = {"HOME": str(home), "WEBEX_TOKEN": TOKEN}
    environment |= {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "STATE", "DATA", "CACHE")}
    leaks: list[str] = []

    def run(*words: str) -> int:
        """A command of the program, in debug as far as it goes; what it printed is looked through."""
        line = [sys.executable, "-m", "phonetui", "--config", str(config), "--log-level", "debug", *words]
        ended = subprocess.run(
            line, env={**os.environ, **environment}, cwd=home, capture_output=True, check=False, timeout=EVENTUALLY_S
        )
        leaks.extend(found(" ".join(words[:1]), ended.stdout + ended.stderr))
        return ended.returncode

    async with (
        serve(office(1, "websocket")) as modern,
        serve(office(2, "plain")) as plain,
        organization(plain.phones[0]) as webex,
    ):
        phones = {"one": plain.phones[0], "modern": modern.phones[0], "refused": plain.phones[1]}
        config = configuration(tmp_path, phones, webex.base_url)
        terminal = Terminal(
            [sys.executable, "-m", "phonetui", "--config", str(config), "--log-level", "debug"],
            environment=environment,
            folder=home,
        )
        await asyncio.to_thread(terminal.until, "refused (credentials)")
        await asyncio.to_thread(terminal.press, "\x1b[B")  # from the worst phone to the next one, which answers
        plain.start_call("sim-1", "sim-2", answer_after_s=0.2)
        await asyncio.to_thread(terminal.until, "Connected")
        await asyncio.to_thread(terminal.settle)
        plain.hang_up("sim-1")
        await asyncio.to_thread(terminal.press, *KEYS, *TO_CONFIGURATION)
        await asyncio.to_thread(terminal.until, "Line[1].Password")
        await asyncio.to_thread(terminal.press, "\x1b[B", *CHANGED)
        await asyncio.to_thread(terminal.wait_for, lambda: len(webex.writes) == 1, "the first change is sent")
        await asyncio.to_thread(terminal.settle)
        said = json.dumps({"message": f"{SIP} is too weak"}).encode()
        webex.trouble.append(Trouble(400, "/deviceConfigurations", body=said))
        await asyncio.to_thread(terminal.press, *CHANGED, *FROM_CONFIGURATION)
        await asyncio.to_thread(terminal.until, " ".join(code_groups(CODE)))
        await asyncio.to_thread(terminal.press, "\x1b", "\x1b")
        assert [each.status for each in webex.writes] == [201, 400, 200, 200], webex.writes
        told = terminal.text
        status = await asyncio.to_thread(terminal.close, "q")
        assert status == 0, told
        assert PASSWORD not in told
        assert PASSPHRASE not in told
        assert [each for each in (SIP, BEFORE, TOKEN) if each.encode() in terminal.output] == []
        codes = {
            words[0]: await asyncio.to_thread(run, *words)
            for words in (
                ("status", "one", "Standby", "--json"),
                ("command", "one", "User", "Set", f"Passphrase={PASSPHRASE}"),
                ("keys", "one", "Release"),
                ("screenshot", "one"),
                ("probe", "one", "--keys", "--screenshot"),
                ("trust", "one", "--yes"),
                ("watch", "--for", "3"),
                ("config", "show"),
                ("dial", "refused", "5999"),
            )
        }
    assert codes == {
        "status": 0, "command": 1, "keys": 0, "screenshot": 0, "probe": 0, "trust": 0, "watch": 0, "config": 0, "dial": 4,
    }  # fmt: skip
    files = [file for file in home.rglob("*") if file.is_file()]
    names = {file.name for file in files}
    assert {"pins.json", "dialled.json", "phonetui.log", "audit.jsonl"} <= names, names
    assert {".sqlite3", ".md", ".csv", ".jsonl"} <= {file.suffix for file in files}, names
    assert any(file.suffix == ".json" and file.parent == home for file in files)  # the probe's bundle
    for file in files:
        leaks += found(str(file.relative_to(home)), file.read_bytes())
    assert leaks == []
    assert {file.stat().st_mode & 0o077 for file in files if file.parent != home} == {0}
