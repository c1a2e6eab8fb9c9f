"""A simulated phone as tests and the command line see it."""

from collections.abc import Mapping

from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.element import CommandRequest, Element
from phonetui.simulator.feedback import Feedback, Switches
from phonetui.simulator.listener import PhoneListener
from phonetui.simulator.server_behaviour import FAULTS, ServerBehaviour
from phonetui.simulator.web import LoggedRequest, Site
from phonetui.xapi.path import Path


class SimulatedPhone:
    """One phone that is being served."""

    def __init__(
        self,
        *,
        device: SimulatedDevice,
        site: Site,
        door: PhoneListener,
        feedback: Feedback,
        fingerprint: str,
        host: str,
    ) -> None:
        self.device = device
        self._site = site
        self._door = door
        self._feedback = feedback
        self._host = host
        self.fingerprint = fingerprint
        """`sha256:` and 64 hex digits."""

    def __repr__(self) -> str:
        return f"<SimulatedPhone {self.name} {self.model} {self.url}>"

    @property
    def name(self) -> str:
        return self.device.name

    @property
    def url(self) -> str:
        return f"https://{self._authority}:{self._door.port}"

    @property
    def _authority(self) -> str:
        return f"[{self._host}]" if ":" in self._host else self._host

    @property
    def plain_url(self) -> str:
        """Of the port without encryption; empty where there is none."""
        return f"http://{self._authority}:{self._door.plain_port}" if self._door.plain_port else ""

    @property
    def username(self) -> str:
        """The account that may do everything."""
        return "xapi"

    @property
    def model(self) -> str:
        return self.device.model.name

    @property
    def number(self) -> str:
        """Its first line's extension."""
        return self.device.extensions[0]

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """What was asked of it, oldest first."""
        return tuple(self._site.requests)

    @property
    def fault(self) -> str | None:
        return self._site.manners.fault

    @fault.setter
    def fault(self, name: str | None) -> None:
        """None mends it. Raises ValueError for a name that isn't in FAULTS."""
        if name is not None and name not in FAULTS:
            raise ValueError(f"no fault '{name}'; there are {', '.join(FAULTS)}")
        self._site.manners.fault = name

    @property
    def feedback(self) -> Switches:
        return self._feedback.switches

    @property
    def manners(self) -> ServerBehaviour:
        """How its web server behaves; to be flipped."""
        return self._site.manners

    @property
    def websocket(self) -> bool:
        """Whether it takes WebSocket connections."""
        return self._site.manners.websocket

    @websocket.setter
    def websocket(self, on: bool) -> None:
        self._site.manners.websocket = on

    @property
    def connections(self) -> int:
        """WebSocket connections that are open."""
        return len(self._site.sockets)

    def cut(self) -> None:
        """Breaks its WebSocket connections off without a word; new ones are taken."""
        self._site.sockets.cut()

    @property
    def tree(self) -> Mapping[Path, str]:
        """A copy of its status tree as it is published."""
        return dict(self._site.phone.presentation.leaves)

    def perform(self, call: CommandRequest) -> Element:
        """The Result of a command given by the account that may do everything. Raises as `commands.perform`."""
        return self._site.perform(call)

    async def refuse(self) -> None:
        """Closes its port: connections are cut, new ones refused."""
        await self._door.close()

    async def accept(self) -> None:
        """Opens its port again."""
        await self._door.open()

    async def sleep(self) -> None:
        """Deep sleep: off the network, so that nobody gets so much as a refusal, and nothing is posted."""
        self._feedback.switches.silent = True
        await self._door.sleep()

    async def wake(self) -> None:
        """Back on the network."""
        self._feedback.switches.silent = False
        await self._door.wake()
