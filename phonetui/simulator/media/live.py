"""Real media: RTP over loopback between two endpoints, through a relay, all in this process."""

import asyncio
import logging
from asyncio import AbstractEventLoop
from random import Random

from phonetui.simulator.media.endpoint import Endpoint
from phonetui.simulator.media.link import Profile
from phonetui.simulator.media.reception import SimulatedCodec
from phonetui.simulator.media.relay import Relay, Witness

_log = logging.getLogger(__name__)


class RtpLink:
    """Two endpoints and the relay between them; sockets from the first packet to `close`."""

    def __init__(self, codec: SimulatedCodec, relay: Relay, random: Random, loop: AbstractEventLoop) -> None:
        self.codec = codec
        self.relay = relay
        self.caller = Endpoint(codec, relay.back, random, loop)
        self.callee = Endpoint(codec, relay.there, random, loop)
        self._opened = False
        self.is_closed = False

    @property
    def is_open(self) -> bool:
        return self._opened and not self.is_closed

    def flow(self, _: float) -> None:
        if not self._opened and not self.is_closed:
            self._opened = True
            try:
                self._open()
            except OSError as error:
                _log.warning("a call stays silent, there is no socket for its media: %s", error.strerror or error)
                self.close()
        if not self.is_closed:
            self.caller.flow()
            self.callee.flow()

    def freeze(self, _: float) -> None:
        self.caller.freeze()
        self.callee.freeze()

    def sample(self, t: float) -> None:
        """The figures are always those of now."""

    def end(self, t: float) -> None:
        self.freeze(t)

    def close(self) -> None:
        self.is_closed = True
        for part in (self.caller, self.callee):
            part.close()
        self.relay.close()

    def _open(self) -> None:
        near, far = self.caller.bind(), self.callee.bind()
        to_near, to_far = self.relay.face(), self.relay.face()
        self.relay.join(near.addresses, to_near, far.addresses, to_far)
        self.caller.open(to_near)
        self.callee.open(to_far)


class RtpMedia:
    """Links of real packets; the loop that runs when it is made carries them."""

    def __init__(self, witness: Witness | None = None) -> None:
        self.witness = witness
        """Is told of every datagram at the relay, from the next link on."""
        self._loop = asyncio.get_running_loop()
        self.links: list[RtpLink] = []
        """Those that aren't closed yet, oldest first."""

    @property
    def open_links(self) -> int:
        """Those that hold sockets."""
        return sum(link.is_open for link in self.links)

    def connect(self, codec: SimulatedCodec, there: Profile, back: Profile, random: Random) -> RtpLink:
        relay = Relay(there, back, random, loop=self._loop, witness=self.witness)
        link = RtpLink(codec, relay, Random(), self._loop)  # noqa: S311 - identifiers that must differ, not secrets
        self.links = [known for known in self.links if not known.is_closed]
        self.links.append(link)
        return link

    async def close(self) -> None:
        for link in self.links:
            link.close()
