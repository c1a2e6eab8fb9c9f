"""Serves a simulated office over HTTPS: one port and one certificate per phone, one clock for all.

timeline ─► office ─► a phone's tree ─► notices ─► presentation ─┬─► change log (--log)
              ▲                                                  ├─► feedback slots ─► POST
              │                                                  └─► WebSocket subscriptions
getxml, putxml┘ (each lets the office catch up with the clock first)
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path as File
from typing import Any, TextIO, TypeVar

import aiohttp

from phonetui.errors import ConfigError
from phonetui.simulator import dialect, scenario
from phonetui.simulator.call import CallPlan
from phonetui.simulator.commands import CommandTarget
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.dialect import Dialect, dialects
from phonetui.simulator.documents import DocHeader
from phonetui.simulator.feedback import Switches
from phonetui.simulator.media import PROFILES, Profile, create_media
from phonetui.simulator.office import Office
from phonetui.simulator.phone import SimulatedPhone
from phonetui.simulator.presentation import Presentation
from phonetui.simulator.scenario import scenarios
from phonetui.simulator.server_behaviour import FAULTS, ServerBehaviour
from phonetui.simulator.tree import Notice, PhoneCondition, TreeChange, TreeEvent
from phonetui.simulator.voice_report import VoiceReportSender
from phonetui.simulator.web_server import LoggedRequest, PhoneWebServer
from phonetui.tls import limit_read_buffers
from phonetui.xapi.path import Path

__all__ = [
    "FAULTS",
    "LoggedRequest",
    "ServedOffice",
    "Settings",
    "SimulatedPhone",
    "Switches",
    "dialects",
    "scenarios",
    "serve",
]

T = TypeVar("T")
_POST_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to serve."""

    phones: int = 5
    first: int = 1
    """The number of the first phone: several processes can serve one numbering between them."""
    seed: int = 1
    scenario: str = "office"
    host: str = "127.0.0.1"
    port: int | None = None
    """The first phone's; the others follow. None: free ones."""
    password: str = field(default="phonetui", repr=False)
    log: File | None = None
    speed: float = 1.0
    """Simulated seconds in a real one."""
    dialect: str = "plain"
    """How the phones word their answers, and whether they take WebSocket connections."""
    plain: bool = False
    """Each phone has a second port without encryption."""
    media: str = "model"
    """Where call figures come from: `model`, `rtp` for real packets over loopback, `sip` for real SIP calls."""
    vq_report: str | None = None
    """Where phones send a voice quality report when a call ends: `udp://HOST:PORT` or `tcp://…`; None: nowhere."""


class ChangeLog:
    """A file of all changes on the phones: JSON Lines as `watch` writes them, ASCII only, each batch flushed."""

    def __init__(self, file: TextIO | None) -> None:
        """Without a file it writes nowhere."""
        self._file = file

    def write(self, phone: str, notices: Iterable[Notice]) -> None:
        if self._file is None:
            return
        now = datetime.now(UTC)
        at = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z"
        for fields in filter(None, map(_log_fields, notices)):
            self._file.write(json.dumps({"type": fields.pop("type"), "phone": phone, **fields, "at": at}) + "\n")
        self._file.flush()


def _log_fields(notice: Notice) -> dict[str, object] | None:
    """None for what `watch` doesn't follow."""
    match notice:
        case TreeChange(path, None):
            return {"type": "status", "path": str(path), "ghost": True}
        case TreeChange(path, value):
            return {"type": "status", "path": str(path), "value": value}
        case TreeEvent(name, fields):
            return {"type": "event", "event": name, "fields": dict(fields)}
        case PhoneCondition(state):
            return {"type": "phone", "state": state, "reason": ""}
        case _:
            return None


class ServedOffice:
    """Phones behind sockets, and the office that moves them."""

    def __init__(self, settings: Settings, log: ChangeLog, session: aiohttp.ClientSession) -> None:
        """Raises ConfigError for an unknown scenario, dialect or media, a report address that is none, and no phone."""
        if settings.phones < 1:
            raise ConfigError(f"cannot simulate {settings.phones} phones", "Give at least --phones 1")
        self._settings = settings
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._began: float | None = None
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        words = dialect.read(settings.dialect)
        self.voice_reports = VoiceReportSender(settings.vq_report) if settings.vq_report else None
        self.media = create_media(settings.media, speed=settings.speed)
        self._office = Office(
            scenario.find(settings.scenario),
            phones=settings.phones,
            first=settings.first,
            seed=settings.seed,
            epoch=datetime.now().astimezone(),
            listener=self._publish,
            media=self.media,
        )
        self._served = {device: self._serve(device, words, session) for device in self._office.devices}
        self.phones: tuple[SimulatedPhone, ...] = tuple(self._served.values())
        self.by_name: Mapping[str, SimulatedPhone] = {phone.name: phone for phone in self.phones}

    def start_call(
        self, a: str, b: str, *, profile: str = "clean", codec: str = "G722", answer_after_s: float | None = 0.5
    ) -> None:
        """`a` calls `b`, both by name; with None `b` rings until a key is pressed. Raises CallRefused."""
        caller, callee = self._device(a), self._device(b)
        plan = CallPlan(profile=profile, codec=codec, answer_after_s=answer_after_s)
        self._act(lambda t: self._office.call(caller, callee, plan, t))

    def hang_up(self, name: str) -> None:
        """Ends all calls of a phone."""
        for leg in tuple(self._device(name).legs):
            self._act(partial(self._office.exchange.hang_up, leg))

    def hold(self, name: str) -> None:
        """Holds the connected call of a phone, or resumes a held one."""
        for leg in tuple(self._device(name).legs):
            step = self._office.exchange.resume if leg.held else self._office.exchange.hold
            self._act(partial(step, leg))

    def impair(self, name: str, profile: str | Profile) -> None:
        """Changes how a phone hears from now on, in the calls that it has: a name of PROFILES, or a profile.

        `impair("sim-2", losing(0.10))` loses a tenth of what sim-2 hears, `impair("sim-2", "clean")` ends that.
        """
        network = PROFILES[profile] if isinstance(profile, str) else profile
        self._act(partial(self._office.impair, self._device(name), network))

    def reboot(self, name: str) -> None:
        self._act(partial(self._office.reboot, self._device(name)))

    def set_name(self, name: str, text: str) -> None:
        """What others see when the phone calls or is called; may hold anything."""
        device = self._device(name)
        self._act(lambda _: self._office.rename(device, text))

    def set_value(self, name: str, path: str, text: str) -> None:
        """Overwrites one leaf of a phone's tree, in any dialect as given, until the phone itself has news for it."""
        phone, leaf = self._served[self._device(name)], Path.parse(path)
        self._act(lambda _: phone.overwrite(leaf, text))

    async def open(self) -> None:
        """Begins to listen and lets time begin; returns once all ports are open.

        Raises ConfigError for a port in use.
        """
        for phone in self.phones:
            self._log.write(phone.name, [PhoneCondition("live")])
        self._office.open()
        for phone in self.phones:
            await phone.accept()
        self._began = self._loop.time()
        self._spawn(self._run_clock())

    async def close(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        await self.media.close()
        for phone in self.phones:
            await phone.close()
        for result in ended:
            if isinstance(result, Exception):
                raise result

    @property
    def now(self) -> float:
        """Simulated seconds since the office opened."""
        return 0.0 if self._began is None else (self._loop.time() - self._began) * self._settings.speed

    def _act(self, action: Callable[[float], T]) -> T:
        """Runs something on the office at the present moment; what it changed is published before it returns."""
        now = self.now
        self._office.advance(now)
        result = action(now)
        self._office.flush()
        self._wake.set()
        return result

    async def _run_clock(self) -> None:
        while True:
            due = self._office.next_due
            wait = None if due is None else max(0.0, (due - self.now) / self._settings.speed)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            self._wake.clear()
            self._office.advance(self.now)

    def _publish(self, device: SimulatedDevice, notices: Sequence[Notice]) -> None:
        """The one place where changes leave the tree: log, posts and notifications in the same order."""
        published = self._served[device].publish(notices)
        self._log.write(device.name, published)
        if self.voice_reports is not None:
            for event in notices:
                if isinstance(event, TreeEvent):
                    self._spawn(self.voice_reports.send(device, event))
        if PhoneCondition("rebooting") in published:
            self._spawn(self._served[device].restart(self._office.scenario.boot_s / self._settings.speed))

    def _serve(self, device: SimulatedDevice, words: Dialect, session: aiohttp.ClientSession) -> SimulatedPhone:
        settings = self._settings
        target = CommandTarget.of(
            self._office,
            device,
            Presentation(device, words),
            DocHeader(device.identity, words),
            session,
            second=1 / settings.speed,
        )
        web_server = PhoneWebServer(target, settings.password, self._act, ServerBehaviour.of(words))
        port = 0 if settings.port is None else settings.port + device.number - settings.first
        return SimulatedPhone(web_server, host=settings.host, port=port, seed=settings.seed, plain=settings.plain)

    def _device(self, name: str) -> SimulatedDevice:
        if name not in self.by_name:
            raise ConfigError(f"no simulated phone '{name}'", f"There are {', '.join(self.by_name)}")
        return self.by_name[name].device

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is None:
            self._tasks.discard(task)


@asynccontextmanager
async def serve(settings: Settings) -> AsyncIterator[ServedOffice]:
    """The office, listening and alive until the block ends. Raises ConfigError for what cannot be served."""
    limit_read_buffers()
    async with contextlib.AsyncExitStack() as stack:
        log, session = await stack.enter_async_context(outlets(settings.log))
        office = ServedOffice(settings, log, session)
        stack.push_async_callback(office.close)
        await office.open()
        yield office


@asynccontextmanager
async def outlets(log: File | None) -> AsyncIterator[tuple[ChangeLog, aiohttp.ClientSession]]:
    """The log of changes, and the session that posts feedback. Raises ConfigError for an unwritable log."""
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(log.open("a", encoding="ascii")) if log else None
        except OSError as error:
            raise ConfigError(f"cannot write the log {log}: {error.strerror}", "Choose another --log") from error
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "Cisco/CE"},
            timeout=aiohttp.ClientTimeout(total=_POST_TIMEOUT_S),
        ) as session:
            yield ChangeLog(file), session
