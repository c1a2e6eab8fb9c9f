"""The session of the dashboard: what one run is given, and what it remembers while it runs."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import NamedTuple, Protocol

from msgspec import Struct, field

from phonetui.actions import ACTIONS, toolkit_keys
from phonetui.boot_time import elapsed
from phonetui.config.settings import Config, Secret
from phonetui.errors import ConfigError
from phonetui.fleet.extensions import ReplayControl
from phonetui.fleet.protocol import AdoptingFleet, Cloud, CloudFleet, Fleet, NotifyingFleet, RemoteFleet, TreeFleet
from phonetui.phone.state import PhoneId
from phonetui.ui.graphics.capabilities import GraphicsMode
from phonetui.ui.screen_state import Arrangement, BatchProgress, OngoingTestCalls, TranscriptEntry

Keep = Callable[[str, Mapping[str, object]], None]
"""Takes a screen's name and what the operator prefers there, as values of JSON."""


KeepAccount = Callable[[Sequence[PhoneId], str, Secret], Path]
"""Writes a user and a password of phones into the configuration, and returns its file; blocks, raises ConfigError."""


class RecorderStatus(Protocol):
    """What the dashboard is recorded with, as far as it is shown."""

    @property
    def folder(self) -> Path | None:
        """The folder of the recording; None where it is for memory alone."""

    @property
    def failure(self) -> str:
        """Why nothing is recorded any more; empty while it is."""

    def replay(self) -> "RecordedFleet":
        """What was recorded so far, to go back in. Raises PhonetuiError."""


class RecordedFleet(Fleet, ReplayControl, Protocol):
    """A fleet out of a recording."""


def _loop_time() -> float:
    """The running loop's own clock, which times the fleet; before one runs, the clock that it will have."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return elapsed()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Clock(Struct, frozen=True, kw_only=True):
    """Replaced in tests by one that is moved by hand."""

    now: Callable[[], datetime] = _utc_now
    """Aware UTC."""
    steady: Callable[[], float] = _loop_time
    """Monotonic seconds, the fleet's own scale."""


class _HiddenState(Struct, frozen=True):
    """What the privacy mask puts away until it is gone."""

    fleet: Fleet
    dialled: list[str]
    commanded: list[str]
    exchanges: list[TranscriptEntry]


class FleetParts(NamedTuple):
    """A fleet as each of the protocols that it may fulfil; asking whether it does takes 30 µs each time."""

    fleet: Fleet
    timeline: ReplayControl | None
    trees: TreeFleet | None
    organization: CloudFleet | None
    adopting: AdoptingFleet | None
    notifying: NotifyingFleet | None
    remote: RemoteFleet | None

    @classmethod
    def of(cls, fleet: Fleet) -> "FleetParts":
        return cls(
            fleet,
            fleet if isinstance(fleet, ReplayControl) else None,
            fleet if isinstance(fleet, TreeFleet) else None,
            fleet if isinstance(fleet, CloudFleet) else None,
            fleet if isinstance(fleet, AdoptingFleet) else None,
            fleet if isinstance(fleet, NotifyingFleet) else None,
            fleet if isinstance(fleet, RemoteFleet) else None,
        )


class Session(Struct, kw_only=True, eq=False):
    fleet: Fleet
    config: Config
    clock: Clock = field(default_factory=Clock)
    title: str = ""
    demo: bool = False
    dialled: list[str] = field(default_factory=list)
    """Numbers dialled before, newest last."""
    remember: Callable[[str], None] | None = None
    """Told of every number that a phone accepted."""
    graphics_mode: GraphicsMode = field(default_factory=GraphicsMode)
    """What pictures are drawn with."""
    commanded: list[str] = field(default_factory=list)
    """Lines typed on the command screen, newest last."""
    exchanges: list[TranscriptEntry] = field(default_factory=list)
    """What they brought back, newest last."""

    preferences: Mapping[str, object] = field(default_factory=dict)
    """Of an earlier run, by screen, as they were found: anything may stand there."""
    keep: Keep | None = None
    """Told of what the operator changes, for the next run."""
    keep_account: KeepAccount | None = None
    """None where there is no configuration to keep one in."""
    arrangement: Arrangement | None = None
    """Of the fleet's table; None until the operator has changed it."""
    recorder: RecorderStatus | None = None
    """None where there is no way back."""
    sending: BatchProgress | None = None
    """How far the last command for many phones is."""

    test_calls: OngoingTestCalls | None = None
    """Test calls of this run; None until its screen was opened."""

    _behind: "_HiddenState | None" = None
    _parts: tuple["FleetParts", ...] = ()
    """Of the fleets that were asked for theirs last."""
    _keys: tuple[Mapping[str, str], dict[str, str]] | None = None
    """What the configuration says of keys, and what that comes to."""

    @property
    def is_private(self) -> bool:
        return self._behind is not None

    def toggle_privacy(self) -> None:
        """Puts the mask over everything that a screen can ask for, or takes it away."""
        from phonetui.fleet.masked import mask_fleet  # noqa: PLC0415 - brings the catalogue along: not before it is wanted

        if self._behind is None:
            self._behind = _HiddenState(self.fleet, self.dialled, self.commanded, self.exchanges)
            self.fleet, self.dialled, self.commanded, self.exchanges = mask_fleet(self.fleet), [], [], []
        else:
            before, self._behind = self._behind, None
            self.fleet = before.fleet
            self.dialled = before.dialled + self.dialled
            self.commanded = before.commanded + self.commanded
            self.exchanges = before.exchanges + self.exchanges

    def settle(self, exchange: TranscriptEntry, settled: TranscriptEntry) -> None:
        """Records what happened to a command; the mask may have come or gone since it was sent."""
        for kept in (self.exchanges, self._behind.exchanges if self._behind else []):
            kept[:] = [settled if one is exchange else one for one in kept]

    @property
    def unmasked(self) -> Fleet:
        """The fleet as it is, for what compares and shows no words of it."""
        return self._behind.fleet if self._behind else self.fleet

    def parts(self, fleet: Fleet) -> "FleetParts":
        """`fleet` as each of the protocols that it may fulfil."""
        for known in self._parts:
            if known.fleet is fleet:
                return known
        found = FleetParts.of(fleet)
        self._parts = (found, *self._parts[:1])  # with and without the mask
        return found

    @property
    def timeline(self) -> ReplayControl | None:
        """The time of a recording; None where the fleet is none."""
        return self.parts(self.unmasked).timeline

    @property
    def is_attached(self) -> bool:
        """Whether others watch the phones for this dashboard."""
        remote = self.parts(self.unmasked).remote
        return remote is not None and remote.is_attached

    @property
    def cut_off_at(self) -> datetime | None:
        """Since when nothing comes from those who watch the phones for this dashboard; None where all is well."""
        remote = self.parts(self.unmasked).remote
        return remote.cut_off_at if remote is not None else None

    @property
    def trees(self) -> TreeFleet | None:
        return self.parts(self.fleet).trees

    @property
    def cloud(self) -> Cloud | None:
        """The organization in Webex; None where none is configured."""
        found = self.parts(self.fleet).organization
        return found.cloud if found is not None else None

    @property
    def keys(self) -> dict[str, str]:
        """The keys in force by action id, in the toolkit's names; not to be changed."""
        given = self.config.keys
        if self._keys is None or self._keys[0] is not given:
            names = {action.id: ",".join(toolkit_keys(given.get(action.id, action.keys))) for action in ACTIONS}
            self._keys = (given, names)
        return self._keys[1]

    @property
    def zone(self) -> tzinfo | None:
        """The time zone of times of day; None is the operator's own."""
        return zone_of(self.config.ui.timezone)


def zone_of(name: str | None) -> tzinfo | None:
    """The time zone of `[ui] timezone`; None is the operator's own. Raises ConfigError for an unknown one."""
    if name is None:
        return None
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - 7 ms that few configurations need

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # the last for the name of a directory
        raise ConfigError(f"ui.timezone: no time zone {name!r}", "Try Europe/Oslo.") from error
