"""A simulated phone as tests and the command line use it, with its listening ports."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterable, Mapping

from aiohttp import web

from phonetui.errors import ConfigError
from phonetui.simulator.element import CommandRequest, Element
from phonetui.simulator.feedback import Switches
from phonetui.simulator.security import certificate, server_context
from phonetui.simulator.server_behaviour import FAULTS, ServerBehaviour
from phonetui.simulator.tree import Notice, PhoneCondition
from phonetui.simulator.web_server import MAX_BODY, LoggedRequest, PhoneWebServer
from phonetui.xapi.path import Path

_REOPEN_S = 0.1


class PhoneListener:
    """Listens for one phone; the port stays the same after the first opening."""

    def __init__(
        self, web_server: PhoneWebServer, tls: ssl.SSLContext, host: str, port: int, *, plain: bool = False
    ) -> None:
        """`plain`: a second port, any free one, without encryption."""
        self._web_server = web_server
        self._tls = tls
        self._host = host
        self.port = port
        """0 until opened, where any free port will do."""
        self.plain_port = 0
        """0 without one, and until opened."""
        self._plain = plain
        self._runner: web.AppRunner | None = None
        self._dead: list[socket.socket] = []

    async def open(self) -> None:
        """Begins to listen; no effect while it is open.

        Raises ConfigError when the port is taken or the host isn't ours.
        """
        if self._runner:
            return
        self._web_server.closing.clear()
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_route("*", "/{anything:.*}", self._web_server.answer)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.05)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self.port, ssl_context=self._tls).start()
            if self._plain:
                await web.TCPSite(runner, self._host, self.plain_port).start()
        except (OSError, OverflowError) as error:  # ports beyond 65535 overflow
            await runner.cleanup()
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise ConfigError(
                f"cannot listen on {self._host} port {self.port}: {reason}", "Choose another --port"
            ) from error
        self.port, self.plain_port = (*(int(address[1]) for address in runner.addresses), 0)[:2]
        self._runner, self._web_server.encrypted_port = runner, self.port

    async def close(self) -> None:
        """Cuts connections; new ones are refused."""
        self._web_server.closing.set()
        self._web_server.websockets.cut()
        while self._dead:
            self._dead.pop().close()
        if self._runner:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def sleep(self) -> None:
        """Off the network: what is sent here gets no answer at all, until `wake`."""
        await self.close()
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        for port in filter(None, (self.port, self.plain_port)):
            # A queue that is full and never emptied: on Linux a connection attempt ends by its own time limit only.
            self._dead.append(socket.create_server((self._host, port), family=family, backlog=0))
            for _ in range(2):
                self._dead.append(socket.socket(family))
                self._dead[-1].setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    self._dead[-1].connect((self._host, port))

    async def wake(self) -> None:
        """Opens again."""
        await self.close()
        await self.open()

    async def restart(self, seconds: float) -> None:
        """Refuses for the middle half of a restart that takes so long, in real time."""
        await asyncio.sleep(seconds / 4)
        await self.close()
        await asyncio.sleep(seconds / 2)
        while self._runner is None:
            try:
                await self.open()
            except ConfigError:  # somebody sits on the port: it is ours again when they leave
                await asyncio.sleep(_REOPEN_S)


class SimulatedPhone:
    """One phone that is being served; not listening before `accept`."""

    def __init__(self, web_server: PhoneWebServer, *, host: str, port: int, seed: int, plain: bool) -> None:
        """`port` 0: any free one; `seed` is what its certificate follows from, with the phone's number."""
        self.device = web_server.phone.device
        self._web_server = web_server
        self._feedback = web_server.phone.feedback
        self._authority = f"[{host}]" if ":" in host else host
        made = certificate(seed, self.device.number, self.device.identity.host_name, host)
        self.fingerprint = made.fingerprint
        """`sha256:` and 64 hex digits."""
        self._listener = PhoneListener(web_server, server_context(made), host, port, plain=plain)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.model} {self.url}>"

    @property
    def name(self) -> str:
        return self.device.name

    @property
    def url(self) -> str:
        return f"https://{self._authority}:{self._listener.port}"

    @property
    def plain_url(self) -> str:
        """The URL of the port without encryption; empty where there is none."""
        return f"http://{self._authority}:{self._listener.plain_port}" if self._listener.plain_port else ""

    @property
    def username(self) -> str:
        """The account that may do everything."""
        return "xapi"

    @property
    def model(self) -> str:
        return self.device.model.name

    @property
    def number(self) -> str:
        """The extension of its first line."""
        return self.device.extensions[0]

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """What was asked of it, oldest first."""
        return tuple(self._web_server.requests)

    @property
    def fault(self) -> str | None:
        return self.behaviour.fault

    @fault.setter
    def fault(self, name: str | None) -> None:
        """None mends it. Raises ValueError for a name that isn't in FAULTS."""
        if name is not None and name not in FAULTS:
            raise ValueError(f"no fault '{name}'; there are {', '.join(FAULTS)}")
        self.behaviour.fault = name

    @property
    def feedback(self) -> Switches:
        return self._feedback.switches

    @property
    def behaviour(self) -> ServerBehaviour:
        """How its web server behaves; to be changed while it runs."""
        return self._web_server.behaviour

    @property
    def websocket(self) -> bool:
        """Whether it takes WebSocket connections."""
        return self.behaviour.websocket

    @websocket.setter
    def websocket(self, on: bool) -> None:
        self.behaviour.websocket = on

    @property
    def connections(self) -> int:
        """WebSocket connections that are open."""
        return len(self._web_server.websockets)

    def cut(self) -> None:
        """Breaks its WebSocket connections off without a close frame; new ones are taken."""
        self._web_server.websockets.cut()

    @property
    def tree(self) -> Mapping[Path, str]:
        """A copy of its status tree as it is published."""
        return dict(self._web_server.phone.presentation.leaves)

    def publish(self, notices: Iterable[Notice]) -> tuple[Notice, ...]:
        """Posts and pushes what the phone publishes of these, and returns it."""
        published = self._web_server.phone.presentation.present(notices)
        for notice in published:
            if notice == PhoneCondition("rebooting"):
                self._web_server.accounts.end_all()
            elif notice == PhoneCondition("live"):
                self._feedback.restart()
        self._feedback.publish(published)
        self._web_server.websockets.publish(published)
        return published

    def overwrite(self, path: Path, text: str) -> None:
        """Sets one leaf, in any dialect as given; the office has to flush."""
        self._web_server.phone.presentation.keep_verbatim(path, text)
        self.device.tree.put(path, text)

    def perform(self, call: CommandRequest) -> Element:
        """The Result of a command given by the account that may do everything. Raises as `commands.perform`."""
        return self._web_server.perform(call)

    async def close(self) -> None:
        """Stops the phone for good: nothing is posted any more, WebSocket clients get a close frame."""
        await self._feedback.close()
        await self._web_server.websockets.close()
        await self._listener.close()

    async def refuse(self) -> None:
        """Closes its port: connections are cut, new ones refused."""
        await self._listener.close()

    async def accept(self) -> None:
        """Opens its port, for the first time or again. Raises ConfigError when it is taken."""
        await self._listener.open()

    async def restart(self, seconds: float) -> None:
        """Off its port for the middle half of a restart that takes so long, in real time."""
        await self._listener.restart(seconds)

    async def sleep(self) -> None:
        """Deep sleep: off the network, so that nobody gets so much as a refusal, and nothing is posted."""
        self._feedback.switches.silent = True
        await self._listener.sleep()

    async def wake(self) -> None:
        """Back on the network."""
        self._feedback.switches.silent = False
        await self._listener.wake()
