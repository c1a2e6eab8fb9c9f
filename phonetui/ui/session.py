"""What one run of the dashboard is given, and what it remembers while it runs."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from msgspec import Struct, field

from phonetui.actions import ACTIONS, toolkit_keys
from phonetui.boot_time import elapsed
from phonetui.config.settings import Config
from phonetui.errors import ConfigError
from phonetui.fleet.protocol import Cloud, CloudFleet, Fleet, TreeFleet
from phonetui.fleet.replay_control import ReplayControl
from phonetui.ui.graphics.capabilities import GraphicsMode

if TYPE_CHECKING:
    from phonetui.ui.fleet.rows import Arrangement
    from phonetui.ui.status.command_dispatch import BatchProgress
    from phonetui.ui.status.command_line import TranscriptEntry


_Part = TypeVar("_Part")
Keep = Callable[[str, Mapping[str, object]], None]
"""Takes a screen's name and what the operator prefers there, as values of JSON."""


class RecorderStatus(Protocol):
    """What the dashboard is recorded with, as far as it is shown."""

    folder: Path

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
    exchanges: "list[TranscriptEntry]"


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
    exchanges: "list[TranscriptEntry]" = field(default_factory=list)
    """What they brought back, newest last."""

    preferences: Mapping[str, object] = field(default_factory=dict)
    """Of an earlier run, by screen, as they were found: anything may stand there."""
    keep: Keep | None = None
    """Told of what the operator changes, for the next run."""
    arrangement: "Arrangement | None" = None
    """Of the fleet's table; None until the operator has changed it."""
    recorder: RecorderStatus | None = None
    """None where nothing is recorded."""
    sending: "BatchProgress | None" = None
    """How far the last command for many phones is."""

    _behind: "_HiddenState | None" = None
    _fulfilled: dict[type, tuple[Fleet, bool]] = field(default_factory=dict)
    """By protocol, the fleet that was asked whether it is one, and what it is: asking takes the toolkit 30 µs."""
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

    def settle(self, exchange: "TranscriptEntry", settled: "TranscriptEntry") -> None:
        """Writes down what became of a command; the mask may have come or gone since it was sent."""
        for kept in (self.exchanges, self._behind.exchanges if self._behind else []):
            kept[:] = [settled if one is exchange else one for one in kept]

    @property
    def unmasked(self) -> Fleet:
        """The fleet as it is, for what compares and shows no words of it."""
        return self._behind.fleet if self._behind else self.fleet

    def part(self, fleet: Fleet, protocol: type[_Part]) -> _Part | None:
        """`fleet` as one that fulfils a protocol of `fleet.protocol`; None where it doesn't."""
        known = self._fulfilled.get(protocol)
        if known is None or known[0] is not fleet:
            known = self._fulfilled[protocol] = (fleet, isinstance(fleet, protocol))
        return cast(_Part, fleet) if known[1] else None

    @property
    def timeline(self) -> ReplayControl | None:
        """Where the fleet is a recording, its time."""
        return self.part(self.unmasked, ReplayControl)

    @property
    def trees(self) -> TreeFleet | None:
        return self.part(self.fleet, TreeFleet)

    @property
    def cloud(self) -> Cloud | None:
        """None where no organization is configured."""
        found = self.part(self.fleet, CloudFleet)
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
        """For times of day; None is the operator's own."""
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
