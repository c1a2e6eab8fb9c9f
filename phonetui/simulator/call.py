"""A simulated call: two legs of one conversation, and the leaves that each phone publishes of its own.

caller   Dialing ─► Calling ─► Proceeding ─► Connected ⇄ Holding ─► Hold ─► Resuming ─► Connected ─► Idle, gone
callee                         Ringing ──► Answering ─► Connected (RemoteHold Yes while the other end holds)
failure  Dialing ─► Calling ─► Proceeding ─► Reorder ─► Idle, gone
"""

from collections.abc import Iterator
from dataclasses import InitVar, dataclass, field
from random import Random
from typing import Protocol

from msgspec import Struct

from phonetui.simulator.media import PROFILES
from phonetui.simulator.media.model import Media, MediaEnd, MediaLink
from phonetui.simulator.media.reception import CODECS, SimulatedCodec, quality_scores
from phonetui.simulator.tree import Tree
from phonetui.xapi.path import Path

FIGURES = frozenset(
    {
        *("BytesReceived", "BytesSent", "PacketsReceived", "PacketsSent", "PacketsLost", "PacketsDiscarded"),
        *("LossRate", "DiscardRate", "Jitter", "DecodeLatency", "RoundTripDelay", "BurstDuration", "GapDuration"),
        *("Rfactor", "MOSLQ", "MOSCQ"),
    }
)
"""The leaves that `figures` gives."""
_HELD = ("Holding", "Hold", "Resuming")
_TALKING = ("Connected", *_HELD)


class CallPlan(Struct, frozen=True, kw_only=True):
    """What a conversation is going to be like; seconds. None: until somebody acts."""

    profile: str = "clean"
    """How the callee hears the caller, a name of PROFILES; the other direction is clean."""
    codec: str = "G722"
    answer_after_s: float | None = 3.0
    talk_s: float | None = None
    hold_at_s: float | None = None
    hold_s: float = 6.0
    caller_holds: bool = True
    transfer_at_s: float | None = None
    """When the callee begins to pass the caller on."""
    transfer_to: str = ""


class Owner(Protocol):
    """The phone that legs are on, as calls and the exchange know it."""

    number: int
    label: str
    extensions: tuple[str, ...]
    legs: list["Leg"]
    tree: Tree
    live: bool
    waiting: bool
    audio: str
    digits: str
    last_dialled: str

    def free_slot(self, line: int) -> int | None: ...
    def add(self, leg: "Leg") -> None: ...
    def remove(self, leg: "Leg") -> None: ...
    def keep_packets(self, leg: "Leg") -> None: ...
    def go_on_hook(self) -> None: ...
    def show(self) -> None: ...


@dataclass(slots=True, eq=False)
class Leg:
    """One phone's end of a call."""

    device: Owner
    line: int
    call_id: int
    outgoing: bool
    number: str
    """The other party's number, or what was dialled."""
    state: str = "Dialing"
    tone: str = "Dial"
    conversation: "Conversation | None" = None
    talked_s: int = 0
    """Seconds in conversations that a transfer ended for this leg."""

    @property
    def path(self) -> Path:
        return Path.of("Line", self.line, "Call", self.call_id)

    @property
    def extension(self) -> str:
        return self.device.extensions[self.line - 1]

    @property
    def peer(self) -> "Leg | None":
        return self.conversation.other(self) if self.conversation else None

    @property
    def held(self) -> bool:
        return self.state in _HELD

    @property
    def talking(self) -> bool:
        """Connected or held: the call was answered and isn't over."""
        return self.state in _TALKING

    @property
    def seconds(self) -> int:
        """What the phone shows as the call's duration."""
        return self.talked_s + (self.conversation.seconds if self.conversation else 0)

    @property
    def peer_name(self) -> str:
        peer = self.peer
        return peer.device.label if peer else ""


@dataclass(slots=True, eq=False)
class Conversation:
    """Two legs and the link between them."""

    caller: Leg
    callee: Leg | None
    plan: CallPlan
    random: InitVar[Random]
    media: InitVar[Media]
    answered_at: float | None = None
    ended_at: float | None = None
    seconds: int = 0
    """Whole seconds since the answer, holds included, as of the last sample: both ends show the same."""
    link: MediaLink = field(init=False)

    def __post_init__(self, random: Random, media: Media) -> None:
        codec, there = CODECS[self.plan.codec], PROFILES[self.plan.profile]
        self.link = media.connect(codec, there, PROFILES["clean"], random)

    @property
    def codec(self) -> SimulatedCodec:
        return self.link.codec

    @property
    def legs(self) -> tuple[Leg, ...]:
        return (self.caller, self.callee) if self.callee else (self.caller,)

    def other(self, leg: Leg) -> Leg | None:
        """The other leg of the conversation; None where there is none."""
        return self.callee if leg is self.caller else self.caller

    def end_of(self, leg: Leg) -> MediaEnd:
        """The end of the media at which this leg's phone sends and hears."""
        return self.link.caller if leg is self.caller else self.link.callee

    @property
    def over(self) -> bool:
        return self.ended_at is not None

    def answer(self, t: float) -> None:
        self.answered_at = t
        self.settle_media(t)

    def end(self, t: float, *legs: Leg) -> None:
        """Ends the conversation for these legs, or for both; after a transfer one goes on in another conversation."""
        self.ended_at = t
        for leg in legs or self.legs:
            leg.state, leg.tone = "Idle", "None"
        self.link.end(t)

    def settle_media(self, t: float) -> None:
        """Lets packets flow only while neither end holds and neither has hung up."""
        if self.answered_at is not None and all(leg.state == "Connected" for leg in self.legs):
            self.link.flow(t)
        else:
            self.link.freeze(t)

    def sample(self, t: float) -> None:
        """Brings the figures to `t`."""
        self.link.sample(t)
        if self.answered_at is not None:
            self.seconds = int(t - self.answered_at + 1e-6)


def leaves(leg: Leg) -> Iterator[tuple[str, str]]:
    """The 28 published leaves of a call, in the catalogue's order but for the figures at the end."""
    conversation = leg.conversation
    answered = conversation is not None and conversation.answered_at is not None
    codec = conversation.codec.name if conversation and answered else ""
    peer = leg.peer
    yield "CallAppearance", str(leg.call_id + 1)
    yield "CallState", leg.state
    yield "Callback", ""
    yield "Decoder", codec
    yield "Encoder", codec
    yield "Duration", clock(leg.seconds)
    yield "MappedRtpPort", f"{16384 + 2 * (leg.line * 2 + leg.call_id)} >> 0" if answered else ""
    yield "PeerName", leg.peer_name
    yield "PeerPhone", leg.number
    yield "RemoteHold", "Yes" if peer and peer.held and leg.talking else "No"
    yield "Type", "Outbound" if leg.outgoing else "Inbound"
    yield "Tone", leg.tone
    yield from figures(leg)


def figures(leg: Leg) -> Iterator[tuple[str, str]]:
    """The leaves that come from the packets; rates as shares of one, which each dialect writes in its own way."""
    conversation = leg.conversation
    end = conversation.end_of(leg) if conversation else None
    heard = end.reception() if end else None
    sent = end.sent if end else 0
    payload = conversation.codec.payload if conversation else 0
    if heard is None or not heard.expected:
        heard = None
    yield "BytesReceived", str(heard.received * payload if heard else 0)
    yield "BytesSent", str(sent * payload)
    yield "PacketsReceived", str(heard.received if heard else 0)
    yield "PacketsSent", str(sent)
    yield "PacketsLost", str(heard.lost if heard else 0)
    yield "PacketsDiscarded", str(heard.discarded if heard else 0)
    yield "LossRate", f"{heard.loss_share if heard else 0:.6f}"
    yield "DiscardRate", f"{heard.discard_share if heard else 0:.6f}"
    yield "Jitter", str(round(heard.jitter_ms) if heard else 0)
    yield "DecodeLatency", str(heard.decode_latency_ms if heard else 0)
    yield "RoundTripDelay", str(end.round_trip_ms if end else 0)
    yield "BurstDuration", str(heard.burst_ms if heard else 0)
    yield "GapDuration", str(heard.gap_ms if heard else 0)
    r_factor, mos_lq, mos_cq = _NO_SCORES
    if conversation and end and heard:
        scores = quality_scores(conversation.codec, heard, end.round_trip_ms)
        r_factor, mos_lq, mos_cq = scores.r_factor, scores.mos_lq, scores.mos_cq
    yield "Rfactor", str(round(r_factor))
    yield "MOSLQ", f"{mos_lq:.1f}"
    yield "MOSCQ", f"{mos_cq:.1f}"


_NO_SCORES = (127.0, 0.0, 0.0)
"""127 is RFC 3611's "not available"; firmware of this family writes an uncomputed MOS as 0."""


def clock(seconds: int) -> str:
    """`00:01:43`."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
