"""Scripted talks between two phones, packet by packet in virtual time: who speaks when, what is sent in silence, what a
network drops, and what each phone's counters show of it whenever it is read.

    Voice ──► packets (a number each, none left out in a pause) ──► dropped? ──► counters of the phone that hears them

Nothing here knows how one-way audio is found.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from phonetui.phone.state import Call, Phase
from phonetui.text import printable

PACKET_S = 0.02
TRANSIT_S = 0.04
Span = tuple[float, float]
"""From, and until, in seconds since the answer."""


class Silence(Struct, frozen=True):
    """What is sent while nobody speaks: a packet every so often, the first one at once."""

    every_s: float | None
    """None: the first one alone."""
    after_s: float = 0.2
    """How long speech is sent on when it stopped (hang-over)."""


SPEECH = None
"""Silence is sent like speech: no suppression."""
G729B, OPUS_DTX, AMR_SID = Silence(None), Silence(0.4), Silence(0.16)
NOISE_1S, NOISE_5S, NOISE_20S = Silence(1.0), Silence(5.0), Silence(20.0)


class Voice(Struct, frozen=True):
    """What one end sends."""

    silence: Silence | None = SPEECH
    starts_s: float = 0.0
    """Its first packet; before 0 it is early media."""
    mutes: tuple[Span, ...] = ()
    """The user's mute key: silence."""
    stops: tuple[Span, ...] = ()
    """Nothing is sent at all."""
    holds: tuple[Span, ...] = ()
    """It holds the other one."""
    has_music: bool = False
    """Whether it sends while it holds."""
    monologue: tuple[Span, ...] = ()
    """It speaks, the other one listens."""


class Talk(Struct, frozen=True):
    """`a` is the end whose hearing the script is about; `b` is whom it hears."""

    codec: str = "G711u"
    a: Voice = Voice()
    b: Voice = Voice()
    drops: tuple[Span, ...] = ()
    """When nothing of b's reaches a."""
    loss: float = 0.0
    """Share of b's packets that is lost at random."""
    refresh_s: float = 1.0
    """How often both phones count."""
    tells_hold: bool = True
    sends_while_held: bool = False
    counts_anew: bool = False
    """Whether counters begin at 0 after a hold."""
    is_monitored: bool = False
    """Whether b is a phone of ours."""
    lasts_s: float = 75.0


@dataclass(frozen=True)
class Stream:
    """One direction: when packets leave, when those that come arrive, and how many were found missing by then."""

    sent: tuple[float, ...]
    arrived: tuple[float, ...]
    lost: tuple[int, ...] = field(repr=False)

    def counts(self, at: float) -> tuple[int, int, int]:
        """Sent, received, lost."""
        came = bisect_right(self.arrived, at)
        return bisect_right(self.sent, at), came, self.lost[came - 1] if came else 0


def turns(talk: Talk, random: Random) -> Iterator[tuple[Span, bool]]:
    """Who has the word: turns of 4 to 10 s, and whether it is b's."""
    at, is_b = 0.0, True
    while at < talk.lasts_s:
        until = at + random.uniform(4.0, 10.0)
        yield (at, until), is_b
        at, is_b = until, not is_b


def spurts(voice: Voice, own: list[Span], random: Random) -> list[Span]:
    """Within a turn one speaks for 0.6 to 2.5 s and breathes for 0.3 to 0.7 s, as in ITU-T P.59."""
    found = []
    for begin, end in own:
        at = begin
        while at < end:
            until = min(at + random.uniform(0.6, 2.5), end)
            found.append((at, until))
            at = until + random.uniform(0.3, 0.7)
    return [span for span in found if not any(low <= span[0] < high for low, high in voice.mutes)]


def _packets(voice: Voice, other: Voice, talk: Talk, own: list[Span], random: Random) -> list[float]:
    speech, sent, silent_since, noise_at = spurts(voice, own, random), [], None, 0.0
    slot = round(voice.starts_s / PACKET_S)
    place = 0
    while slot * PACKET_S < talk.lasts_s:
        at = slot * PACKET_S
        slot += 1
        is_held = within(at, other.holds) and not talk.sends_while_held
        if within(at, voice.stops) or (within(at, voice.holds) and not voice.has_music) or is_held:
            continue
        while place < len(speech) and speech[place][1] <= at:
            place += 1
        speaks = place < len(speech) and speech[place][0] <= at
        if speaks or voice.silence is SPEECH or within(at, voice.holds):
            silent_since = None
            sent.append(at)
            continue
        if silent_since is None:
            silent_since, noise_at = at, at + voice.silence.after_s
        if at < silent_since + voice.silence.after_s:
            sent.append(at)
        elif at >= noise_at:
            sent.append(at)
            noise_at = at + voice.silence.every_s if voice.silence.every_s else talk.lasts_s
    return sent


def within(at: float, spans: tuple[Span, ...]) -> bool:
    return any(begin <= at < end for begin, end in spans)


def _stream(sent: list[float], drops: tuple[Span, ...], loss: float, random: Random) -> Stream:
    arrived, lost = [], []
    for number, at in enumerate(sent, 1):
        if not within(at, drops) and random.random() >= loss:
            arrived.append(at + TRANSIT_S)
            lost.append(number - len(arrived))
    return Stream(tuple(sent), tuple(arrived), tuple(lost))


@lru_cache(maxsize=8)
def streams(talk: Talk, seed: int) -> tuple[Stream, Stream]:
    """From b to a, and from a to b."""
    random = Random(seed)
    order = list(turns(talk, random))
    speaks = {is_b: [span for span, whose in order if whose is is_b] for is_b in (True, False)}
    for who, other in ((True, talk.b), (False, talk.a)):
        for span in other.monologue:
            speaks[who] = [*(own for own in speaks[who] if own[1] <= span[0] or own[0] >= span[1]), span]
            speaks[not who] = [own for own in speaks[not who] if own[1] <= span[0] or own[0] >= span[1]]
    there = _packets(talk.b, talk.a, talk, sorted(speaks[True]), random)
    back = _packets(talk.a, talk.b, talk, sorted(speaks[False]), random)
    return _stream(there, talk.drops, talk.loss, random), _stream(back, (), 0.0, random)


class End(Struct, frozen=True):
    """One phone of the talk, read at any second."""

    talk: Talk
    own: Voice
    other: Voice
    outward: Stream
    inward: Stream
    phase_s: float
    """When within its period it counts."""

    def reading(self, at: float) -> Call:
        counted_at = (at - self.phase_s) // self.talk.refresh_s * self.talk.refresh_s + self.phase_s
        base = max((end for _, end in (*self.own.holds, *self.other.holds) if end <= at), default=None)
        received, lost = self.inward.counts(counted_at)[1:]
        sent = self.outward.counts(counted_at)[0]
        if self.talk.counts_anew and base is not None:
            counted_at = max(counted_at, base)
            received -= self.inward.counts(base)[1]
            lost -= self.inward.counts(base)[2]
            sent -= self.outward.counts(base)[0]
        codec, is_held = printable(self.talk.codec), within(at, self.other.holds)
        return Call(
            1, 0, phase=Phase.HELD if within(at, self.own.holds) else Phase.TALK, encoder=codec, decoder=codec,
            remote_hold=is_held if self.talk.tells_hold else None, duration_s=float(int(at)), jitter_ms=3.0,
            packets_sent=max(sent, 0), packets_received=max(received, 0), lost_packets=max(lost, 0), discarded_packets=0,
        )  # fmt: skip


def ends(talk: Talk, seed: int) -> tuple[End, End]:
    there, back = streams(talk, seed)
    random = Random(-seed)
    near = End(talk, talk.a, talk.b, back, there, random.uniform(0.0, 1.0))
    return near, replace(near, own=talk.b, other=talk.a, outward=there, inward=back, phase_s=random.uniform(0.0, 1.0))


def first_lost(talk: Talk, seed: int) -> float:
    """When the first packet left that never came, of those that were dropped."""
    sent = streams(talk, seed)[0].sent
    return next(at for at in sent if within(at, talk.drops))
