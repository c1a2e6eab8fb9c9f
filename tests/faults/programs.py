"""The program as processes: with files of its own, in front of simulated phones that count what they are asked."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path as File
from typing import Any

from phonetui.cli.simulate import serve_in_thread
from phonetui.simulator.phone import SimulatedPhone
from phonetui.simulator.server import Settings
from tests.deadlines import SLOWER
from tests.live import PASSWORD
from tests.terminal import Terminal

PHONETUI = [sys.executable, "-m", "phonetui"]
SLOW_S = 60.0
"""The longest that a busy machine may take to start the program."""
ALLOWED = float(SLOWER)
"""Times the target: machines are shared."""
END_S = 2.0
"""Within which it ends after a signal."""


def environment(folder: File, **more: str) -> dict[str, str]:
    """Nothing of the developer's own files is read or written."""
    places = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "STATE", "DATA", "CACHE")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PHONETUI_", "XDG_"))}
    return {**kept, **places, "HOME": str(folder), "PHONETUI_PASSWORD": PASSWORD, "PYTHONPATH": os.getcwd(), **more}  # noqa: PTH109 - where the tests are


@contextmanager
def office(phones: int = 1, **fields: Any) -> Iterator[list[SimulatedPhone]]:
    """Phones that do nothing by themselves, served by a thread beside the test."""
    with serve_in_thread(
        lambda: Settings(phones=phones, seed=7, scenario="quiet", password=PASSWORD, **fields)
    ) as serving:
        yield list(serving.phones())


def urls(phones: list[SimulatedPhone]) -> list[str]:
    return [phone.url.replace("https://", f"https://{phone.username}@") for phone in phones]


def configured(folder: File, phones: list[SimulatedPhone]) -> File:
    """A configuration with these phones, read twice a second and with the certificates that they have."""
    lines = ["[defaults]", "poll = { call = 0.5, idle = 0.5, slow = 1.0 }", 'transport = "http"']
    for phone in phones:
        lines += ["[[phone]]", f'name = "{phone.name}"', f'url = "{phone.url}"', f'fingerprint = "{phone.fingerprint}"']
    file = folder / "config.toml"
    file.write_text("\n".join(lines))
    return file


def slots(phone: SimulatedPhone) -> list[str]:
    """The feedback URLs that a phone holds."""
    return [text for path, text in phone.tree.items() if path[0] == "HttpFeedback" and path[-1] == "URL" and text]


def registered(phone: SimulatedPhone) -> None:
    """Waits until the program has a feedback slot of the phone and knows that it has it: it goes on reading."""
    wait(lambda: slots(phone), what="no feedback slot was taken")
    before = len(phone.requests)
    wait(lambda: len(phone.requests) > before + 1, what="the phone is not read")


def wait(holds: Callable[[], object], seconds: float = SLOW_S, what: str = "") -> float:
    """Waits for something to hold, in a thread; the seconds that it took. Fails after `seconds`."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds:g} s: {what or holds}"
        time.sleep(0.02)
    return time.monotonic() - began


@contextmanager
def dashboard(folder: File, phones: list[SimulatedPhone], **more: str) -> Iterator[Terminal]:
    """In a terminal, its phones live and pushing."""
    words = [*PHONETUI, "--config", str(configured(folder, phones))]
    terminal = Terminal(words, environment=environment(folder, **more))
    try:
        terminal.until("quit", SLOW_S)
        terminal.pump(SLOW_S, lambda: all(map(slots, phones)))
        terminal.settle()
        for phone in phones:
            registered(phone)
        yield terminal
    finally:
        if terminal.status is None:
            terminal.close("q")


@contextmanager
def started(folder: File, *words: str, **streams: object) -> Iterator[subprocess.Popen[bytes]]:
    """A command as a process; ended by its id at the latest when the block ends."""
    process = subprocess.Popen([*PHONETUI, *words], env=environment(folder), **streams)  # type: ignore[call-overload]  # streams alone
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def lines_of(output: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.splitlines()]
