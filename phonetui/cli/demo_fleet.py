"""The demo's fleet: on screen at once, its simulated phones started once the first frame stands.

An office of simulated phones that runs in a thread beside the dashboard.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from phonetui.config.settings import Config, ControlMode, Poll
from phonetui.errors import Unreachable
from phonetui.fleet.protocol import Permission
from phonetui.phone.state import CallKey, Phone, PhoneId
from phonetui.text import Printable, printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from phonetui.fleet.protocol import KeptCalls, Trust
    from phonetui.monitor.fleet import LiveFleet
    from phonetui.phone.alerts.alert import Alert, AlertKey
    from phonetui.phone.calls.call_legs import Ambiguous, Partner
    from phonetui.phone.calls.call_record import CallRecord
    from phonetui.phone.diagnosis import Diagnosis
    from phonetui.phone.history import CallHistory, PortHistory
    from phonetui.phone.journal import JournalEntry
    from phonetui.simulator.server import Settings, SimulatedPhone
    from phonetui.xapi.command import Command, CommandResult
    from phonetui.xapi.control_commands import KeyArgument
    from phonetui.xapi.document import Document
    from phonetui.xapi.path import Path
    from phonetui.xapi.schema import CommandSchema

Place = tuple[Printable, ...]


class DemoFleet:
    """Phones that are connecting until the office serves them; from then on everything is the real fleet's.

    The libraries that serve phones take as long to load as the screen: loaded first, they would double the wait.
    """

    def __init__(
        self,
        groups: Mapping[PhoneId, Place],
        config: Config,
        settings: "Callable[[], Settings]",
        connect: "Callable[[Sequence[SimulatedPhone]], Config]",
    ) -> None:
        """`settings` and `connect` (served phones → configuration) are called when the office is started."""
        self._waiting = {
            phone: Phone(id=phone, name=printable(phone), address=Printable(""), group=group)
            for phone, group in groups.items()
        }
        self._is_denied = config.read_only or config.defaults.control is ControlMode.OFF
        self._settings = settings
        self._connect = connect
        self._fleet: LiveFleet | None = None

    @property
    def version(self) -> int:
        return self._fleet.version + 1 if self._fleet else 0

    @property
    def phones(self) -> Mapping[PhoneId, Phone]:
        return self._fleet.phones if self._fleet else self._waiting

    @property
    def entries(self) -> "Sequence[JournalEntry]":
        return self._fleet.entries if self._fleet else ()

    def history(self, phone: PhoneId) -> "Mapping[CallKey, CallHistory]":
        return self._fleet.history(phone) if self._fleet else {}

    def port_history(self, phone: PhoneId) -> "Mapping[int, PortHistory]":
        return self._fleet.port_history(phone) if self._fleet else {}

    @property
    def alerts(self) -> "Sequence[Alert]":
        return self._fleet.alerts if self._fleet else ()

    @property
    def hints(self) -> "Sequence[Diagnosis]":
        return self._fleet.hints if self._fleet else ()

    @property
    def records(self) -> "Sequence[CallRecord]":
        return self._fleet.records if self._fleet else ()

    @property
    def unkept(self) -> str:
        return self._fleet.unkept if self._fleet else ""

    @property
    def older_calls(self) -> "KeptCalls | None":
        return self._fleet.older_calls if self._fleet else None

    @property
    def answers_s(self) -> Sequence[float]:
        return self._fleet.answers_s if self._fleet else ()

    def partner(self, phone: PhoneId, call: CallKey) -> "Partner | Ambiguous | None":
        return self._fleet.partner(phone, call) if self._fleet else None

    def causes(self, phone: PhoneId, call: CallKey) -> "Sequence[Diagnosis]":
        return self._fleet.causes(phone, call) if self._fleet else ()

    def mute(self, alert: "AlertKey", *, muted: bool) -> None:
        if self._fleet:
            self._fleet.mute(alert, muted=muted)

    def pace(self, phone: PhoneId, by: float) -> Poll:
        return self._fleet.pace(phone, by) if self._fleet else Poll()

    def permission(self, phone: PhoneId) -> Permission:
        if self._fleet:
            return self._fleet.permission(phone)
        return Permission.DENIED if self._is_denied else Permission.ASK

    def grant(self, phone: PhoneId) -> None:
        if self._fleet:
            self._fleet.grant(phone)

    def revoke(self, phone: PhoneId) -> None:
        if self._fleet:
            self._fleet.revoke(phone)

    @property
    def granted(self) -> frozenset[PhoneId]:
        return self._fleet.granted if self._fleet else frozenset()

    async def dial(self, phone: PhoneId, number: str) -> "CommandResult":
        return await self._started.dial(phone, number)

    async def press(self, phone: PhoneId, key: str) -> "CommandResult":
        return await self._started.press(phone, key)

    def document(self, phone: PhoneId) -> "Document":
        from phonetui.xapi.document import EMPTY

        return self._fleet.document(phone) if self._fleet else EMPTY

    def changed_at(self, phone: PhoneId) -> "Mapping[Path, float]":
        return self._fleet.changed_at(phone) if self._fleet else {}

    def trust(self, phone: PhoneId) -> "Trust":
        from phonetui.fleet.protocol import Trust, TrustReason

        return self._fleet.trust(phone) if self._fleet else Trust(TrustReason.PIN, Printable(""))

    def key_argument(self, phone: PhoneId) -> "KeyArgument":
        from phonetui.xapi.control_commands import ASSUMED, KeyArgument, KeyArgumentOrigin

        return self._fleet.key_argument(phone) if self._fleet else KeyArgument(ASSUMED, KeyArgumentOrigin.ASSUMPTION)

    async def commands(self, phone: PhoneId) -> "CommandSchema":
        from phonetui.xapi.schema import published

        return await self._fleet.commands(phone) if self._fleet else published()

    async def command(self, phone: PhoneId, command: "Command", *, confirmed: bool = False) -> "CommandResult":
        return await self._started.command(phone, command, confirmed=confirmed)

    async def run(self) -> None:
        """Serves and follows the phones until cancelled. Raises what kept the office from starting."""

        with beside(self._settings) as office:
            served = await asyncio.to_thread(office.phones)
            from phonetui.monitor.fleet import LiveFleet
            from phonetui.transport.trust import PinStore

            self._fleet = LiveFleet(self._connect(served), pins=PinStore(None))
            await self._fleet.run()

    @property
    def _started(self) -> "LiveFleet":
        if self._fleet is None:
            raise Unreachable("the simulated phones are still starting", "Try again in a second")
        return self._fleet


_log = logging.getLogger(__name__)

START_S = 30.0
"""A hundred certificates on a slow machine; usually a fifth of a second."""
END_S = 5.0


@dataclass(slots=True)
class OfficeThread:
    """Simulated phones that are being started."""

    _phones: "Future[tuple[SimulatedPhone, ...]]"

    def phones(self) -> "Sequence[SimulatedPhone]":
        """Waits until they answer. Raises what kept them from starting."""
        return self._phones.result(START_S)


@contextmanager
def beside(settings: "Callable[[], Settings]") -> Iterator[OfficeThread]:
    """Serves while the block runs, in a thread with a loop of its own; `settings` is called in it."""
    phones: Future[tuple[SimulatedPhone, ...]] = Future()
    ended = threading.Event()
    wake: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve_until_ended() -> None:
        stop = asyncio.Event()
        wake.append((asyncio.get_running_loop(), stop))
        from phonetui.simulator.server import serve

        try:
            async with serve(settings()) as office:
                phones.set_result(tuple(office.phones))
                if not ended.is_set():
                    await stop.wait()
        except Exception as error:  # noqa: BLE001 - the thread's entry: whatever it is, the dashboard must hear of it
            if phones.done():  # on standard error it would be in the middle of the screen
                _log.exception("the simulated office broke off")
            else:
                phones.set_exception(error)

    thread = threading.Thread(target=lambda: asyncio.run(serve_until_ended()), name="office", daemon=True)
    thread.start()
    try:
        yield OfficeThread(phones)
    finally:
        ended.set()
        for loop, stop in wake:
            with suppress(RuntimeError):  # it has ended by itself
                loop.call_soon_threadsafe(stop.set)
        thread.join(END_S)
