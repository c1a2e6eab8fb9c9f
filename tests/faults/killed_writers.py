"""Programs that write every store of one state directory and are killed at any moment: `python -m … FOLDER ROUNDS SEED`.

Prints one JSON object: what each of them had been told to be written (`told`), and what cannot be read (`broken`).
"""

import json
import os
import random
import select
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from phonetui.archive.store import CallStore
from phonetui.cli.audit_log import AuditFile
from phonetui.cli.dashboard import DialHistory, Preferences
from phonetui.monitor.control_policy import OK, AuditEntry
from phonetui.monitor.firmware_profile import LossRateUnitStore
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.quality.loss import LossRateUnit
from phonetui.phone.state import Call, PhoneId
from phonetui.text import printable
from phonetui.transport.subscription import SlotStore
from phonetui.transport.trust import PinStore
from phonetui.transport.websocket_support import WebSocketSupport
from phonetui.webex.tokens import Token, TokenStore
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path as Place

NOW = datetime(2026, 11, 30, tzinfo=UTC)
PROGRAMS = 2
"""At once."""
LONGEST_S = 0.06
"""Before a program is killed."""


def _settle(scales: LossRateUnitStore, word: str) -> None:
    for _ in range(3):
        scales.cast((word, "1"), LossRateUnit.PERCENT)


def _call(word: str) -> CallRecord:
    return CallRecord(phone=PhoneId(word), call=Call(line=1, id=0), began_at=NOW, seen_at=NOW)


def _writers(folder: Path) -> dict[str, Callable[[str], object]]:
    """What writes a word into each store before it returns."""
    pins, slots = PinStore(folder / "pins.json"), SlotStore(folder / "slots.json")
    offers, scales = WebSocketSupport(folder / "offers.json"), LossRateUnitStore(folder / "scales.json")
    window, dialled = Preferences(folder / "window.json"), DialHistory(folder / "dialled.json")
    tokens, audit = TokenStore(folder / "webex.json"), AuditFile(folder / "audit.jsonl")
    archive = CallStore(folder / "calls.sqlite3")

    def deed(word: str) -> AuditEntry:
        command = Command(Place.of("Call", "Dial"), (("Number", word),))
        return AuditEntry(NOW, PhoneId("lobby"), printable("192.0.2.1"), command, OK)

    return {
        "pins": lambda word: pins.accept_first(word, "sha256:aa"),
        "slots": lambda word: slots.add(word, f"http://192.0.2.9/{word}"),
        "offers": lambda word: offers.put(word, offered=True),
        "scales": lambda word: _settle(scales, word),
        "window": lambda word: window.keep(word, {"order": word}),
        "dialled": dialled.remember,
        "webex": lambda word: tokens.put(word, Token(access=word)),
        "audit": lambda word: audit.write(deed(word)),
        "calls": lambda word: archive.write([_call(word)]),
    }


def _write(folder: Path, name: str, told: int) -> None:
    """Until it is killed; tells of each word once its store has taken it."""
    writers = _writers(folder)
    number = 0
    while True:
        for store, put in writers.items():
            word = f"{name}-{number}"
            put(word)
            os.write(told, f"{store} {word}\n".encode())
        number += 1


def _round(folder: Path, number: int, rng: random.Random) -> str:
    reading, writing = os.pipe()
    programs = []
    for program in range(PROGRAMS):
        process = os.fork()
        if process == 0:
            os.close(reading)
            _write(folder, f"{number}-{program}", writing)
        programs.append(process)
    os.close(writing)
    if number % 4:  # else they may be killed before they have made their files
        select.select([reading], [], [], 30.0)
    for process in programs:
        time.sleep(rng.uniform(0, LONGEST_S))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    with os.fdopen(reading) as lines:
        return lines.read()


def _unreadable(folder: Path) -> list[str]:
    found = [file.name for file in folder.glob("*.damaged")]
    for file in folder.glob("*.json"):
        try:
            json.loads(file.read_text())
        except ValueError as error:
            found.append(f"{file.name}: {error}")
    return found


def main() -> None:
    folder, rounds, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(seed)
    told, broken = [], []
    for number in range(rounds):
        told += [line.split(" ", 1) for line in _round(folder, number, rng).splitlines()]
        broken += _unreadable(folder)
    with closing(sqlite3.connect(folder / "calls.sqlite3")) as rows:
        broken += [row[0] for row in rows.execute("PRAGMA integrity_check").fetchall() if row[0] != "ok"]
    print(json.dumps({"told": told, "broken": broken}))


if __name__ == "__main__":
    main()
