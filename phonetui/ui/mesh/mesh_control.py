"""The mesh of a dashboard's run: plan, test calls under way whatever screen is open, and earlier results.

Plans are the TOML files of one folder (`phonetui config path` names it), or phones that the operator picks. A demo
keeps no results, and no file of begun calls: its phones end with it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from msgspec.structs import replace

from phonetui.archive.meshes import MeshArchive
from phonetui.config import places
from phonetui.config.settings import Config, PhoneSettings
from phonetui.errors import PhonetuiError
from phonetui.fleet.protocol import MeshFleet
from phonetui.mesh.begun_calls import BegunCalls
from phonetui.mesh.mesh_run import MeshRun
from phonetui.mesh.patterns import MeshPattern, patterns
from phonetui.mesh.plan import MeshPlan
from phonetui.mesh.plan_file import plan_of_names, read_plan
from phonetui.mesh.result import MeshComparison, MeshResult, compare
from phonetui.mesh.result_file import parse, text
from phonetui.phone.state import PhoneId
from phonetui.ui.session import Session

MOST_LISTED = 100
"""Earlier results that are offered."""
LEAVE_S = 12.0
"""Time limit for calls to be ended when the program ends."""
_log = logging.getLogger(__name__)


class MeshControl:
    """The mesh of a dashboard's run."""

    def __init__(self, session: Session) -> None:
        self.plan: MeshPlan | None = None
        self.kept: MeshResult | None = None
        """An earlier result, shown as long as none of this run is."""
        self.baseline: MeshResult | None = None
        self.version = 0
        """Moves whenever there is more to see."""
        self.note = ""
        """What happened last, in words."""
        self.failed: Callable[[str], None] = lambda _: None
        """Told why a mesh ended by itself."""
        self._session = session
        self._run: MeshRun | None = None
        self._task: asyncio.Task[None] | None = None
        self._patterns: tuple[MeshResult | None, tuple[MeshPattern, ...]] = (None, ())

    @property
    def fleet(self) -> MeshFleet | None:
        """The fleet that makes test calls; None where none can be made: of a recording."""
        fleet = self._session.unmasked
        return fleet if isinstance(fleet, MeshFleet) else None

    @cached_property
    def archive(self) -> MeshArchive | None:
        return None if self._session.demo else MeshArchive(places.meshes())

    @property
    def is_running(self) -> bool:
        return self._task is not None and not self._task.done()

    @property
    def run(self) -> MeshRun | None:
        """The run of this program's mesh, running or over; None before the first."""
        return self._run

    @property
    def result(self) -> MeshResult | None:
        return self._run.result if self._run is not None else self.kept

    @property
    def patterns(self) -> tuple[MeshPattern, ...]:
        """The patterns of the result; computed once for each state of it."""
        if self._patterns[0] is not self.result:
            self._patterns = (self.result, patterns(self.result) if self.result is not None else ())
        return self._patterns[1]

    @property
    def comparison(self) -> MeshComparison | None:
        if self.baseline is None or self.result is None or self.result.ended_at is None:
            return None
        return compare(self.baseline, self.result)

    def plans(self) -> list[Path]:
        """The files of the folder. Blocks."""
        with suppress(OSError):
            return sorted(places.mesh_plans().glob("*.toml"))
        return []

    def choose_file(self, file: Path) -> None:
        """Takes the plan in a file. Blocks while the disk does. Raises ConfigError."""
        self._choose(read_plan(file, self._config()))

    def choose_phones(self, names: Sequence[PhoneId]) -> None:
        """Makes a plan of these phones. Raises ConfigError."""
        self._choose(plan_of_names(names, self._config()))

    def _choose(self, plan: MeshPlan) -> None:
        self.plan, self._run, self.kept = plan, None, None
        self.touch()

    def _config(self) -> Config:
        """The configuration with the phones that are watched, as far as a plan needs them."""
        fleet, config = self.fleet, self._session.config
        if fleet is None:
            return config
        phones = tuple(
            PhoneSettings(id=phone.id, host=str(phone.address), numbers=fleet.numbers(phone.id), group=phone.place)
            for phone in fleet.phones.values()
        )
        return replace(config, phones=phones)

    def begin(self) -> None:
        """The operator said yes. Nothing happens while one runs, or without a plan."""
        if self.is_running or self.plan is None or self.fleet is None:
            return
        begun = BegunCalls(None if self._session.demo else places.begun_calls())
        now = self._session.clock.now
        self._run = MeshRun(
            self.fleet, self.plan, begun, now=now, changed=lambda _: self.touch(), note=self._note
        )  # fmt: skip
        self._task = asyncio.create_task(self._follow(self._run, begun), name="mesh")
        self.touch()

    async def _follow(self, run: MeshRun, begun: BegunCalls) -> None:
        try:
            result = await run.run()
            if self.archive is not None:
                await asyncio.to_thread(self.archive.keep, result.name, result.began_at, text(result))
            self.note = ""
        except PhonetuiError as error:
            self._note(str(error))
            self.failed(str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the dashboard goes on
            _log.exception("mesh: fault in the program")
            self._note(f"a mistake in phonetui itself: {type(error).__name__}")
            self.failed(self.note)
        finally:
            begun.close()
            self.touch()

    def stop(self) -> None:
        if self._run is not None and self.is_running:
            self._run.stop("stopped by the operator")

    async def close(self) -> None:
        """Ends the calls that are up; returns once they are over, at the latest after LEAVE_S."""
        if self._task is None or self._task.done():
            return
        self.stop()
        await asyncio.wait({self._task}, timeout=LEAVE_S)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def earlier(self) -> list[Path]:
        """Files of earlier results, the newest first. Blocks."""
        return self.archive.files()[:MOST_LISTED] if self.archive is not None else []

    def show_kept(self, file: Path) -> None:
        """Shows an earlier result. Blocks while the disk does. Raises PhonetuiError."""
        self.kept, self._run = self._read(file), None
        self.touch()

    def compare_with(self, file: Path | None) -> None:
        """Compares with an earlier result, or (None) with nothing. Blocks while the disk does. Raises PhonetuiError."""
        self.baseline = None if file is None else self._read(file)
        self.touch()

    def _read(self, file: Path) -> MeshResult:
        return parse(MeshArchive.read(file), file.name)

    def _note(self, words: str) -> None:
        self.note = words
        self.touch()

    def touch(self) -> None:
        self.version += 1
