"""A phone that answers as another one did when it was surveyed: a still picture behind the simulator's own door.

    async with replica.serve(File("lobby-20261121-120000.json"), Settings(port=8443)) as phone:
        phone.url, phone.fingerprint

Nothing moves: no calls, no clock. Commands are taken or refused as the recorded phone's manual says, without effect;
feedback slots and CA certificates work, because clients lean on them. Over WebSocket commands go by the simulator's own
manual instead. Accounts and certificate are those of any simulated phone.
"""

import contextlib
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path as File
from typing import TypeVar

import aiohttp

from phonetui.errors import ConfigError
from phonetui.simulator import commands, dialect, recording, scenario
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.element import Element
from phonetui.simulator.feedback import Feedback
from phonetui.simulator.journal import ChangeLog
from phonetui.simulator.manual import SimulatedConfiguration
from phonetui.simulator.office import Office
from phonetui.simulator.phone import PhoneListener
from phonetui.simulator.recording import Picture
from phonetui.simulator.replay_server import Head, ReplayServer, Shown
from phonetui.simulator.security import Authorities, certificate, server_context
from phonetui.simulator.server import Settings
from phonetui.simulator.tree import Notice, PhoneCondition, as_changes
from phonetui.simulator.web import LoggedRequest
from phonetui.xapi.path import Path

T = TypeVar("T")
NAME = "replica"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedPhone:
    """A recorded phone that is being served."""

    url: str
    model: str
    fingerprint: str
    site: ReplayServer
    name: str = NAME
    username: str = "xapi"

    @property
    def tree(self) -> Mapping[Path, str]:
        """A copy of its status tree."""
        return recording.flat(self.site.status())

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        return tuple(self.site.requests)


class _Behind:
    """The office behind the picture, whose time stands still; only what clients change comes out of it."""

    def __init__(
        self, recorded: recording.Bundle, settings: Settings, session: aiohttp.ClientSession, journal: ChangeLog
    ):
        self._journal = journal
        self._office = Office(
            scenario.read("quiet"), phones=1, seed=settings.seed, epoch=datetime.now().astimezone(), listener=self._told
        )
        self.device = self._office.devices[0]
        shows, authorities, settled = Picture(recorded), Authorities(), SimulatedConfiguration(self.device.tree)
        leaves = recording.flat(shows.tree)
        head = Head(self.device.identity, dialect.PLAIN, shows.tree, leaves)
        self.feedback = Feedback(
            self.device,
            head,
            session,
            tls=lambda: authorities.client_context(verify=settled.verifies_receivers),
            changed=self._office.flush,
            second=1.0,
        )
        presentation = Shown(self.device, self._tree)
        phone = commands.CommandTarget(
            self._office, self.device, self.feedback, authorities, settled, presentation, head
        )
        self.site = ReplayServer(phone, settings.password, self._act, recorded, shows)
        journal.write(NAME, [PhoneCondition("live"), *as_changes(leaves)])

    def _act(self, action: Callable[[float], T], /) -> T:
        result = action(0.0)
        self._office.flush()
        return result

    def _tree(self) -> Element:
        return self.site.status()

    def _told(self, _: SimulatedDevice, notices: Sequence[Notice]) -> None:
        presented = self.site.phone.presentation.present(notices)
        self._journal.write(NAME, presented)
        self.feedback.publish(presented)
        self.site.sockets.publish(presented)


@asynccontextmanager
async def serve(file: File, settings: Settings) -> AsyncIterator[ReplayedPhone]:
    """The replica, listening until the block ends; of the settings those count that aren't about an office.

    Raises ConfigError for a file that isn't a survey and for a port that is taken.
    """
    recorded = recording.read(file)
    try:
        log = settings.log.open("w", encoding="ascii") if settings.log else None
    except OSError as error:
        raise ConfigError(f"cannot write the log {settings.log}: {error.strerror}", "Choose another --log") from error
    async with contextlib.AsyncExitStack() as stack:
        journal = stack.enter_context(ChangeLog(log))
        session = await stack.enter_async_context(
            aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "Cisco/CE"},
                timeout=aiohttp.ClientTimeout(total=5.0),
            )
        )
        behind = _Behind(recorded, settings, session, journal)
        made = certificate(settings.seed, 1, behind.device.identity.host_name, settings.host)
        door = PhoneListener(behind.site, server_context(made), settings.host, settings.port or 0, plain=settings.plain)
        await door.open()
        stack.push_async_callback(door.close)
        stack.push_async_callback(behind.site.sockets.close)
        stack.push_async_callback(behind.feedback.close)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        digits = re.search(r"\d{4}", recorded.product_id)
        yield ReplayedPhone(
            url=f"https://{host}:{door.port}",
            model=digits[0] if digits else recorded.product_id,
            fingerprint=made.fingerprint,
            site=behind.site,
        )
