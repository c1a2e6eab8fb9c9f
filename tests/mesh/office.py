"""A fleet over a simulated office without a socket, on the loop's own clock: hours of test calls in seconds."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from phonetui.errors import CommandRefused, TimedOut, Unreachable
from phonetui.fleet.protocol import Permission
from phonetui.mesh.plan import MeshPhone, MeshPlan
from phonetui.phone.observe import observe
from phonetui.phone.state import Call, Connection, Phone, PhoneId, State
from phonetui.simulator import keys
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.exchange import CallRefused
from phonetui.simulator.office import Office
from phonetui.simulator.scenario import Scenario
from phonetui.simulator.tree import Notice, TreeChange
from phonetui.text import NOTHING, Printable, printable
from phonetui.xapi.command import CommandResult
from phonetui.xapi.document import EMPTY, Document, Update
from phonetui.xapi.path import Path

BEGAN = datetime(2026, 11, 2, 8, 0, 0, 123_987, tzinfo=UTC)
SITES = ("HQ", "Branch", "Warehouse")


class OfficeFleet:
    """A `MeshFleet` whose phones push every change at once."""

    def __init__(self, scenario: Scenario, phones: int, *, seed: int = 3) -> None:
        self.office = Office(scenario, phones=phones, seed=seed, epoch=BEGAN, listener=self._take)
        self._known: dict[PhoneId, Phone] = {}
        self._documents: dict[PhoneId, Document] = {}
        self.devices = {PhoneId(device.name): device for device in self.office.devices}
        for id_ in self.devices:
            self._documents[id_] = EMPTY
            self._known[id_] = Phone(id=id_, name=printable(id_), address=NOTHING)
        self._now = 0.0
        self._began = asyncio.get_running_loop().time()
        self.sent: list[tuple[float, PhoneId, str]] = []
        """Every number and key: when, to whom."""
        self.lost: set[PhoneId] = set()
        """Phones that cannot be reached."""
        self.denied: set[PhoneId] = set()
        self.before_key: Callable[[PhoneId, str], None] = lambda _, __: None
        self.loses_dial_answers = False
        self.lag_s = 0.0
        """By how much what is known of the phones is late; questions are answered at once."""
        self._shown_before: list[tuple[float, dict[PhoneId, Phone]]] = []
        self.office.open()

    @property
    def now(self) -> float:
        """Seconds since the office opened, as of the last look where no loop runs any more."""
        with suppress(RuntimeError):
            self._now = asyncio.get_running_loop().time() - self._began
        return self._now

    def wall(self) -> datetime:
        return BEGAN + timedelta(seconds=self.now)

    def advance(self) -> None:
        self.office.advance(self.now)
        self.office.flush()

    def _take(self, device: SimulatedDevice, notices: Sequence[Notice]) -> None:
        id_, at = PhoneId(device.name), 0.0
        updates = [
            Update(one.path, None if one.value is None else Printable(one.value), at)
            for one in notices
            if isinstance(one, TreeChange)
        ]
        self._documents[id_] = self._documents[id_].merge(updates)
        self._known[id_] = observe(self._known[id_], self._documents[id_], updates, at)

    @property
    def phones(self) -> Mapping[PhoneId, Phone]:
        self.advance()
        self._shown_before.append((self.now, dict(self._known)))
        while len(self._shown_before) > 1 and self._shown_before[1][0] <= self.now - self.lag_s:
            del self._shown_before[0]
        return {id_: self._shown(id_, phone) for id_, phone in self._shown_before[0][1].items()}

    def _shown(self, id_: PhoneId, phone: Phone) -> Phone:
        state = State.LIVE
        if id_ in self.lost:
            state = State.UNREACHABLE
        elif not self.devices[id_].live:
            state = State.REBOOTING
        return replace(phone, connection=Connection(state=state, fresh_at=asyncio.get_running_loop().time()))

    def permission(self, phone: PhoneId) -> Permission:
        return Permission.DENIED if phone in self.denied else Permission.GRANTED

    async def dial(self, phone: PhoneId, number: str, *, confirmed: bool = False) -> CommandResult:
        assert confirmed
        self.sent.append((self.now, phone, number))
        await self._reach(phone)
        try:
            leg = self.office.dial(self.devices[phone], number, self.now)
        except CallRefused as error:
            raise CommandRefused(str(error)) from error
        self.office.flush()
        if self.loses_dial_answers:
            raise TimedOut("putxml", 4.0)
        leaves: dict[Any, Any] = {Path.of("CallId"): str(leg.call_id), Path.of("LineId"): str(leg.line)}
        return CommandResult(printable("CallDialResult"), Document(leaves))

    async def press(self, phone: PhoneId, key: str, *, confirmed: bool = False) -> CommandResult:
        assert confirmed
        self.before_key(phone, key)
        self.sent.append((self.now, phone, key))
        await self._reach(phone)
        keys.press(self.office, self.devices[phone], key, self.now)
        self.office.flush()
        return CommandResult(printable("UiSendKeyResult"), EMPTY)

    async def calls_now(self, phone: PhoneId) -> tuple[Call, ...]:
        await self._reach(phone)
        return tuple(self._known[phone].calls)

    def numbers(self, phone: PhoneId) -> tuple[Printable, ...]:
        return tuple(map(printable, self.devices[phone].extensions))

    def read_calls(self, phone: PhoneId) -> None:
        pass

    async def _reach(self, phone: PhoneId) -> None:
        await asyncio.sleep(0.05)
        self.advance()
        if phone in self.lost or not self.devices[phone].live:
            raise Unreachable("no route")

    @property
    def calls_up(self) -> list[str]:
        """Ends that have a call, as of the last look."""
        return [f"{device.name} {leg.state}" for device in self.office.devices for leg in device.legs]


def plan_of(fleet: OfficeFleet, **fields: Any) -> MeshPlan:
    """A mesh of all phones of an office, over three sites."""
    count = len(fleet.devices)
    phones = tuple(
        MeshPhone(id_, printable(device.extensions[0]), printable(SITES[place * len(SITES) // count]))
        for place, (id_, device) in enumerate(fleet.devices.items())
    )
    return MeshPlan(name=printable("office"), phones=phones, **{"talk_s": 20.0, **fields})
