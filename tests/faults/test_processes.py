"""Several programs of one user on one state directory: nothing that one of them learnt is lost, however they end."""

import asyncio
import json
import os
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from phonetui.config.settings import Config
from phonetui.monitor.fleet import LiveFleet
from phonetui.phone.state import PhoneId
from phonetui.simulator.server import ServedOffice
from phonetui.storage.writer import WRITER
from phonetui.transport.trust import PinStore, pin_key
from tests.deadlines import EVENTUALLY_S
from tests.faults.table import fault
from tests.live import PASSWORD, served, settings, until
from tests.terminal import Terminal

ROOT = Path(__file__).parents[2]
PHONETUI = [sys.executable, "-m", "phonetui"]
TOGETHER_S = float(os.environ.get("PHONETUI_PROGRAMS_S", "45"))
"""For which many programs run at once; 120 is what is held to."""
CALLS = max(int((TOGETHER_S - 40) // 10), 1)
"""Meanwhile, of 8 s each; the dashboards watch after 30 s, on a busy machine, too."""


# Killed at any moment


@dataclass(frozen=True)
class Stores:
    """What the files of a folder hold, as any program would find it."""

    folder: Path

    @property
    def unfinished(self) -> int:
        return len(list(self.folder.glob(".*.new")))

    def knows(self, store: str, word: str) -> bool:
        if store == "calls":
            with closing(sqlite3.connect(self.folder / "calls.sqlite3")) as rows:
                return rows.execute("SELECT 1 FROM calls WHERE phone = ?", (word,)).fetchone() is not None
        if store == "audit":
            return f'"{word}"' in "".join(file.read_text() for file in self.folder.glob("audit.jsonl*"))
        found = json.loads((self.folder / f"{store}.json").read_text())
        return f"{word} 1" in found if store == "scales" else word in found


@pytest.mark.parametrize("rounds", [12, pytest.param(200, marks=pytest.mark.slow)])
@fault(
    "kill -9 at any moment of writing",
    holds="every file is readable, and holds all that was said to be written",
    seconds=200,
)
async def test_killed_while_they_write(rounds: int, tmp_path: Path) -> None:
    writers = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.killed_writers", str(tmp_path), str(rounds), "7", cwd=ROOT, stdout=PIPE
    )
    out, _ = await writers.communicate()
    said = json.loads(out)
    assert writers.returncode == 0
    assert said["broken"] == []
    assert len(said["told"]) >= rounds * 3 // 4
    stores = Stores(tmp_path)
    newest_dialled = [word for store, word in said["told"] if store == "dialled"][-20:]  # fifty are kept
    lost = [
        (store, word)
        for store, word in said["told"]
        if not stores.knows(store, word) and (store != "dialled" or word in newest_dialled)
    ]
    assert lost == []
    assert stores.unfinished <= 9  # of each store the last one's, at most


# The whole programs


@dataclass(frozen=True)
class Programs:
    """`phonetui`, run as one user's programs over one state directory."""

    folder: Path
    office: ServedOffice

    @property
    def environment(self) -> dict[str, str]:
        own = {"HOME": str(self.folder), "PHONETUI_PASSWORD": PASSWORD, "PYTHONPATH": str(ROOT)}
        return {name: value for name, value in os.environ.items() if not name.startswith("XDG_")} | own

    @property
    def phones(self) -> list[str]:
        """By their number, so that every program knows them by the same pin."""
        return [phone.url.replace("https://", "https://xapi@") for phone in self.office.phones]

    @property
    def state(self) -> Path:
        return self.folder / ".local" / "state" / "phonetui"

    @property
    def wanted(self) -> dict[str, str]:
        return {phone.url.removeprefix("https://"): phone.fingerprint for phone in self.office.phones}

    def pins(self) -> dict[str, str]:
        """What is kept now."""
        file = self.state / "pins.json"
        kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        return kept

    async def start(self, *words: str) -> Process:
        return await asyncio.create_subprocess_exec(
            *PHONETUI, *words, cwd=self.folder, env=self.environment, stdout=PIPE, stderr=PIPE
        )

    async def watch(self, seconds: float) -> str:
        """What it said on standard error."""
        process = await self.start("watch", *self.phones, "--for", str(seconds))
        _, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()

    async def watch_until_all_are_pinned(self) -> str:
        """The same, however long that takes; ended once it was done, by whichever program."""
        process = await self.start("watch", *self.phones, "--for", str(EVENTUALLY_S))
        assert process.stdout is not None
        first = await process.stdout.readline()  # from here on a signal ends it in good order
        await until(lambda: self.pins() == self.wanted, EVENTUALLY_S, f"all phones are pinned, after {first!r}")
        process.terminate()
        _, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()

    async def status(self, number: int, seconds: float) -> str:
        """One after the other for so long, each of another phone."""
        end, said = asyncio.get_running_loop().time() + seconds, ""
        while asyncio.get_running_loop().time() < end:
            process = await self.start("status", self.phones[number % len(self.phones)], "Standby")
            _, words = await process.communicate()
            assert process.returncode in (0, 3), words.decode()  # twenty programs on few processors may time out
            said += words.decode()
            number += 1
        return said

    async def dashboard(self, seconds: float) -> str:
        words = [*PHONETUI, *(word for phone in self.phones for word in ("--phone", phone))]
        return await asyncio.to_thread(self._dashboard, words, seconds)

    def _dashboard(self, words: list[str], seconds: float) -> str:
        terminal = Terminal(words, environment=self.environment, folder=self.folder)
        terminal.pump(seconds)
        terminal.close("q")
        return terminal.output.decode("utf-8", "replace")

    def check(self, said: list[str]) -> None:
        """Compares what each was told with what is kept."""
        assert self.pins() == self.wanted
        everything = "".join(said)
        accepted = [line for line in everything.splitlines() if "accepted on first use" in line]
        assert accepted
        for trouble in ("cannot be kept", "fault in phonetui", "Traceback", "the certificate changed", "damaged"):
            assert trouble not in everything
        slots = self.state / "slots.json"
        assert not slots.exists() or json.loads(slots.read_text()) == {}  # all were given back


@fault(
    "several programs start at once on one state directory",
    holds="each phone's certificate is pinned, and every slot is given back",
    seconds=120,
)
async def test_programs_side_by_side(tmp_path: Path) -> None:
    async with served(6) as office:
        programs = Programs(tmp_path, office)
        said = await asyncio.gather(
            *(programs.watch_until_all_are_pinned() for _ in range(2)),
            *(programs.status(3 * number, 1.0) for number in range(2)),
        )
        programs.check(list(said))


@pytest.mark.slow
@fault(
    "two dashboards, three watch, ten status at once",
    holds="nothing that any of them learnt is lost",
    seconds=600,
)
async def test_many_programs_at_once(tmp_path: Path) -> None:
    async with served(12) as office:
        programs = Programs(tmp_path, office)
        calls = asyncio.create_task(_calls(office))
        said = await asyncio.gather(
            *(programs.dashboard(TOGETHER_S) for _ in range(2)),
            *(programs.watch(TOGETHER_S - 5) for _ in range(3)),
            *(programs.status(number, TOGETHER_S - 5) for number in range(10)),
        )
        calls.cancel()
        await asyncio.gather(calls, return_exceptions=True)
        programs.check(list(said))
    archive = programs.folder / ".local" / "share" / "phonetui" / "calls.sqlite3"
    with closing(sqlite3.connect(archive)) as rows:
        assert rows.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        by_phone = dict(rows.execute("SELECT phone, count(*) FROM calls GROUP BY phone").fetchall())
    assert len(by_phone) == 2
    assert min(by_phone.values()) >= CALLS


async def _calls(office: ServedOffice) -> None:
    await asyncio.sleep(30)
    for _ in range(CALLS):
        office.start_call("sim-1", "sim-2")
        await asyncio.sleep(4)
        office.hang_up("sim-1")
        await asyncio.sleep(4)


# What another program accepts


@asynccontextmanager
async def running(fleet: LiveFleet) -> AsyncIterator[None]:
    task = asyncio.create_task(fleet.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@fault(
    "a phone's certificate changed, and `phonetui trust` accepts it beside a dashboard",
    holds="the dashboard believes it at its next try",
    seconds=60,
)
async def test_trust_beside_a_running_dashboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phonetui.monitor.schedule.retry_s", lambda *_: 0.1)
    async with served(1) as office:
        programs = Programs(tmp_path, office)
        phone = settings(office.phones[0], fingerprint=None)
        key = pin_key(phone.host, phone.effective_port)
        pins = PinStore(programs.state / "pins.json")
        pins.put(key, "sha256:another")
        await asyncio.to_thread(WRITER.flush, 30.0)
        fleet = LiveFleet(Config(phones=(phone,)), pins=pins)

        def state() -> str:
            return fleet.phones[PhoneId("sim-1")].connection.state.value

        async with running(fleet):
            await until(lambda: state() == "refused")
            trust = await programs.start("trust", programs.phones[0], "--yes")
            out, said = await trust.communicate()
            assert (trust.returncode, b"accepted" in out) == (0, True), said.decode()
            await until(lambda: state() == "live")
            pins.accept_first("192.0.2.1:443", "sha256:elsewhere")
        await asyncio.to_thread(WRITER.flush, 30.0)
        kept = json.loads(await asyncio.to_thread((programs.state / "pins.json").read_text))
    assert kept == {key: office.phones[0].fingerprint, "192.0.2.1:443": "sha256:elsewhere"}
