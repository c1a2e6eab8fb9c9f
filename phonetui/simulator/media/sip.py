"""Media of real SIP calls: a softphone's process at each end, its RTP through the relay.

    Link     connect     flow            freeze, flow       end         close
    SIP      INVITE, 180 200 OK, ACK     re-INVITEs         BYE         both processes end

The simulated phones lead: what happens to their call happens to the SIP call right afterwards. Figures are the SIP
stack's own; what it doesn't measure (bursts) is 0. A stack that cannot go on leaves its call silent, with a warning.
"""

import asyncio
import logging
from itertools import count
from random import Random

from phonetui.simulator.media.handset import Handset, SipEnd
from phonetui.simulator.media.profile import Profile
from phonetui.simulator.media.relay import Relay, Witness
from phonetui.simulator.media.udp import Pair, pair
from phonetui.simulator.quality import CODECS, Codec

_log = logging.getLogger(__name__)

STACK_CODECS = {"G722": "G722/16000", "G711u": "PCMU/8000", "G711a": "PCMA/8000"}
_EVERYBODYS = "G711u"
"""What phones agree on where one lacks what the other offers."""
_OVER = ("hangup", "quit")
_REACHED = {"answer": "CONFIRMED", "hangup": "DISCONNECTED"}
"""What a call comes to by an order, in the stack's words."""
_STEP_S = 10.0
_ATTEMPTS = 16


class SipLink:
    """One SIP call; what is asked of it is done in order, each step once the one before has been confirmed."""

    def __init__(self, codec: Codec, relay: Relay, number: int) -> None:
        self.codec = codec
        self.relay = relay
        self.caller, self.callee = SipEnd(relay.back), SipEnd(relay.there)
        self._number = number
        self._orders: asyncio.Queue[str] = asyncio.Queue()
        self._asked = ""

    def flow(self, _: float) -> None:
        self._ask("resume" if self._asked else "answer")

    def freeze(self, _: float) -> None:
        if self._asked:
            self._ask("hold")

    def sample(self, t: float) -> None:
        """The softphones tell their figures by themselves."""

    def end(self, _: float) -> None:
        self._ask("hangup")

    def close(self) -> None:
        self._ask("quit")

    async def run(self) -> None:
        """From the first softphone's start to the last one's end."""
        phones: list[Handset] = []
        try:
            async with asyncio.timeout(_STEP_S):
                caller, callee = await self._set_up(phones)
            while (order := await self._orders.get()) != "quit":
                async with asyncio.timeout(_STEP_S):
                    await _obey(order, caller, callee)
        except (OSError, TimeoutError) as error:
            _log.warning("a SIP call stays silent: %s", str(error) or "its softphones don't answer")
        finally:
            await asyncio.gather(*(phone.close() for phone in phones))
            self.relay.close()

    def _ask(self, order: str) -> None:
        """Each once, however often it is asked for; after a hang-up there is nothing left but to quit."""
        flows = order == "resume" and self._asked == "answer"
        if order != self._asked and not flows and (order == "quit" or self._asked not in _OVER):
            self._asked = order
            self._orders.put_nowait(order)

    async def _set_up(self, phones: list[Handset]) -> tuple[Handset, Handset]:
        """Rings: the caller has invited the callee, by addresses that lead through the relay."""
        names = ("caller", "callee")
        reserved = [self._reserve(at) for at in (1, 2)]
        (near, to_far), (far, to_near) = reserved
        self.relay.join(near.addresses, to_near, far.addresses, to_far)
        for name, end, (own, face) in zip(names, (self.caller, self.callee), reserved, strict=True):
            own.close()
            phone = end.phone = Handset(name, own.rtp.address, face.rtp.address[0], STACK_CODECS[self.codec.name])
            phones.append(phone)
        for phone in phones:
            await phone.start()
        caller, callee = phones
        caller.say(f"dial {await callee.uri()}")
        await caller.reaches("EARLY")
        return caller, callee

    def _reserve(self, at: int) -> tuple[Pair, Pair]:
        """Ports of a softphone, and the relay's that stand for it: another address, the same numbers."""
        for _ in range(_ATTEMPTS):
            own = pair(f"127.30.{self._number % 250}.{at}")
            try:
                return own, self.relay.face(f"127.31.{self._number % 250}.{at}", own.rtp.address[1])
            except OSError:
                own.close()
        raise OSError("no ports are free for a softphone")


async def _obey(order: str, caller: Handset, callee: Handset) -> None:
    """Until both have noticed. Raises OSError when one of them has ended meanwhile."""
    (callee if order == "answer" else caller).say(order)
    for phone in (callee, caller):
        if order in _REACHED:
            await phone.reaches(_REACHED[order])
        else:
            await phone.turns(active=order == "resume")


class SipMedia:
    """Links that are SIP calls; the loop that runs when it is made carries them."""

    def __init__(self) -> None:
        self.witness: Witness | None = None
        """Is told of every datagram at the relay, from the next link on."""
        self._loop = asyncio.get_running_loop()
        self._numbers = count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def open_links(self) -> int:
        """Those that hold processes and sockets."""
        return len(self._tasks)

    def connect(self, codec: Codec, there: Profile, back: Profile, random: Random) -> SipLink:
        """A codec that the stack lacks becomes the one that everybody has."""
        agreed = codec if codec.name in STACK_CODECS else CODECS[_EVERYBODYS]
        relay = Relay(there, back, random, loop=self._loop, witness=self.witness)
        link = SipLink(agreed, relay, next(self._numbers))
        task = self._loop.create_task(link.run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return link

    async def close(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
