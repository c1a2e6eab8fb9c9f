"""A made-up office for pairing: who really talks with whom, and what polled phones show of it.

Nothing here knows how pairing works. Calls begin in bursts, are held, passed on, refused and diverted; many go to
or come from outside, several at once under one number. Each phone is read at its own moments and leaves out what its
firmware leaves out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from msgspec.structs import replace

from phonetui.phone.calls.call_legs import Leg
from phonetui.phone.state import Call, CallDirection, Connection, Line, Phase, Phone, PhoneId, State, System
from phonetui.text import Printable

IDLE_S, CALL_S = 10.0, 2.0
"""The default polling intervals."""
OUTSIDE = tuple(f"+4722{number:06}" for number in range(0, 240_000, 12_000))
CODECS = ("G722", "G722", "OPUS", "G711u", "G729a")


@dataclass(eq=False)
class End:
    """One phone's place in a conversation."""

    desk: "Desk"
    slot: int
    incoming: bool
    number: str
    name: str
    appeared_at: float
    answered_at: float | None = None
    """Since when it is in talk: the whole call's duration, whoever is at the other end now."""
    own_holds: list[tuple[float, float]] = field(default_factory=list)


@dataclass(eq=False)
class Talk:
    """A conversation: the tag that tells which calls on two phones are one."""

    id: int
    began_at: float
    answered_at: float | None
    """None: never."""
    ends_at: float
    codec: str
    ends: list[End]
    kind: str
    lost_share: float = 0.0

    def is_live(self, at: float) -> bool:
        return self.began_at <= at < self.ends_at

    def held_s(self, until: float) -> float:
        """Seconds without media so far."""
        holds = [hold for end in self.ends for hold in end.own_holds]
        return sum(max(0.0, min(high, until) - low) for low, high in holds if low < until)


@dataclass(eq=False)
class Desk:
    number: int
    pushes: bool
    leaves_out: frozenset[str]
    next_poll: float
    talks: list[tuple[Talk, End]] = field(default_factory=list)

    @property
    def id(self) -> PhoneId:
        return PhoneId(f"desk-{self.number}")

    @property
    def extension(self) -> str:
        return str(5000 + self.number)

    @property
    def label(self) -> str:
        return f"Person {self.number}"


class Office:
    """Time goes on by `advance`; `phones` is what has been read so far."""

    def __init__(self, seed: int, desks: int = 60, *, calls_per_s: float = 0.9, names: bool = False) -> None:
        self.random = Random(seed)
        self.names = names
        self.calls_per_s = calls_per_s
        self.now = 0.0
        self.desks = [self._desk(number) for number in range(1, desks + 1)]
        self.phones: dict[PhoneId, Phone] = {desk.id: self._blank(desk) for desk in self.desks}
        self.tags: dict[Leg, Talk] = {}
        """What each call that is shown really is."""
        self.made: list[Talk] = []

    def advance(self, to: float) -> None:
        """Calls begin, and every phone is read at its moments up to `to`."""
        self._begin(to)
        for desk in self.desks:
            desk.talks = [(talk, end) for talk, end in desk.talks if talk.ends_at > self.now - IDLE_S]
            polls = [desk.next_poll] if desk.next_poll <= to else []
            pushes = self._changes(desk, self.now, to) if desk.pushes else []
            if not polls and not pushes:
                continue
            at = max([*polls, *pushes])
            self.phones[desk.id] = self._read(desk, at)
            if polls:
                busy = any(talk.is_live(at) for talk, _ in desk.talks)
                interval = CALL_S if busy else IDLE_S
                desk.next_poll = desk.next_poll + interval * self.random.uniform(0.95, 1.1)
            elif any(self.phones[desk.id].calls):
                desk.next_poll = min(desk.next_poll, at + CALL_S)
        self.now = to

    def _desk(self, number: int) -> Desk:
        chance, out = self.random.random, set()
        for leaf, share in (("direction", 0.1), ("packets", 0.1), ("codecs", 0.1), ("remote_hold", 0.2), ("name", 0.1)):
            if chance() < share:
                out.add(leaf)
        if number % 20 == 0:
            out.add("number" if number % 40 else "duration")
        return Desk(number, chance() < 0.5, frozenset(out), chance() * IDLE_S)

    def _blank(self, desk: Desk) -> Phone:
        name = desk.label if self.names else str(desk.id)
        host = System(host_name=Printable(f"DP{desk.number:012X}"))
        connection = Connection(State.LIVE, interval_s=IDLE_S)
        return Phone(id=desk.id, name=Printable(name), address=Printable(""), connection=connection, system=host)

    def truth(self, leg: Leg, at: float) -> Talk | None:
        """Which conversation this end was in."""
        desk = next(desk for desk in self.desks if desk.id == leg[0])
        return next((talk for talk, end in desk.talks if end.slot == leg[1][1] and talk.is_live(at)), None)

    # -- what happens -------------------------------------------------------------------------------------------

    def _begin(self, to: float) -> None:
        starts = 0
        if self.random.random() < self.calls_per_s / 2:
            starts = self.random.choice((1, 1, 1, 1, 3, 5))
        at = self.random.uniform(self.now, to)
        for _ in range(starts):
            self._call(at + self.random.uniform(0.0, 0.3))

    def _idle(self, at: float) -> list[Desk]:
        free = [desk for desk in self.desks if not any(talk.ends_at + 1.0 > at for talk, _ in desk.talks)]
        self.random.shuffle(free)
        return free

    def _call(self, at: float) -> None:
        free = self._idle(at)
        if len(free) < 3:
            return
        kind = self.random.choices(
            ("inside", "out", "in", "transfer", "voicemail", "refused", "unanswered", "waiting"),
            (42, 14, 14, 8, 6, 4, 4, 8),
        )[0]
        match kind:
            case "inside":
                self._inside(at, free[0], free[1])
            case "out":
                self._outside(at, free[0], incoming=False)
            case "in":
                self._outside(at, free[0], incoming=True)
            case "transfer":
                self._transfer(at, *free[:3])
            case "voicemail":
                self._voicemail(at, free[0], free[1])
            case "waiting":
                self._waiting(at, *free[:3])
            case _:
                self._unanswered(at, free[0], free[1], kind)

    def _talk(self, at: float, ring_s: float | None, talk_s: float, ends: list[End], kind: str) -> Talk:
        answered = None if ring_s is None else at + ring_s
        over = (at + 6.0) if answered is None else answered + talk_s
        lost = self.random.choice((0.0, 0.0, 0.02, 0.2))
        talk = Talk(len(self.made), at, answered, over, self.random.choice(CODECS), ends, kind, lost)
        for end in ends:
            end.answered_at = end.answered_at or answered
            end.desk.talks.append((talk, end))
        self.made.append(talk)
        return talk

    def _pair_of(self, caller: Desk, callee: Desk, at: float, slot: int = 0) -> list[End]:
        return [
            End(caller, 0, False, callee.extension, callee.label, at),
            End(callee, slot, True, caller.extension, caller.label, at + 0.3),
        ]

    def _inside(self, at: float, caller: Desk, callee: Desk) -> None:
        ends = self._pair_of(caller, callee, at)
        talk_s = self.random.uniform(4, 45)
        talk = self._talk(at, self.random.uniform(1.0, 6.0), talk_s, ends, "inside")
        if self.random.random() < 0.3 and talk.answered_at is not None:
            holder = self.random.choice(ends)
            low = talk.answered_at + talk_s * 0.3
            holder.own_holds.append((low, low + talk_s * 0.4))

    def _outside(self, at: float, desk: Desk, *, incoming: bool) -> None:
        """One of few numbers, so that several phones talk with the same one at once."""
        end = End(desk, 0, incoming, self.random.choice(OUTSIDE), "", at)
        self._talk(at, self.random.uniform(1.0, 6.0), self.random.uniform(4, 45), [end], "outside")

    def _transfer(self, at: float, one: Desk, passing: Desk, target: Desk) -> None:
        """The callee asks a third phone, then passes the caller on, with both displays brought up to date."""
        first = self._pair_of(one, passing, at)
        talk = self._talk(at, 2.0, 12.0, first, "transfer")
        asks_at = talk.ends_at - 6.0
        first[1].own_holds.append((asks_at, talk.ends_at))
        asking = [
            End(passing, 1, False, target.extension, target.label, asks_at),
            End(target, 0, True, passing.extension, passing.label, asks_at + 0.3),
        ]
        consultation = self._talk(asks_at, 2.0, 4.0, asking, "transfer")
        joined_at = consultation.ends_at
        talk.ends_at = joined_at
        ends = [
            End(one, 0, False, target.extension, target.label, at, first[0].answered_at),
            End(target, 0, True, one.extension, one.label, asks_at, asking[1].answered_at),
        ]
        self._talk(joined_at, 0.0, self.random.uniform(6, 40), ends, "joined")

    def _voicemail(self, at: float, caller: Desk, callee: Desk) -> None:
        """It rings, and something else answers under the number that was dialled."""
        rings = End(callee, 0, True, caller.extension, caller.label, at + 0.3)
        ends = [End(caller, 0, False, callee.extension, callee.label, at), rings]
        ringing = self._talk(at, None, 0.0, ends, "ringing")
        end = End(caller, 0, False, callee.extension, callee.label, at)
        self._talk(ringing.ends_at, 0.0, self.random.uniform(4, 40), [end], "voicemail")
        if self.random.random() < 0.3:  # the callee was called from outside, and answers that at the same moment
            other = End(callee, 1, True, self.random.choice(OUTSIDE), "", at + 1.0)
            self._talk(at + 1.0, 5.0, self.random.uniform(4, 40), [other], "outside")

    def _waiting(self, at: float, one: Desk, called: Desk, other: Desk) -> None:
        """Two call the same phone at once; the second one waits until the first is done."""
        first = self._talk(at, 2.0, self.random.uniform(5, 20), self._pair_of(one, called, at), "inside")
        after = first.ends_at - at + 1.0
        self._talk(at + 0.2, after, self.random.uniform(5, 30), self._pair_of(other, called, at + 0.2, 1), "inside")

    def _unanswered(self, at: float, caller: Desk, callee: Desk, kind: str) -> None:
        ends = self._pair_of(caller, callee, at)
        self._talk(at, None, 0.0, ends if kind == "unanswered" else ends[:1], "unanswered")

    # -- what is read -------------------------------------------------------------------------------------------

    def _changes(self, desk: Desk, after: float, to: float) -> list[float]:
        moments: list[float] = []
        for talk, end in desk.talks:
            holds = [moment for one in talk.ends for hold in one.own_holds for moment in hold]
            moments += [end.appeared_at, talk.began_at, talk.answered_at or 0.0, talk.ends_at, *holds]
        return [moment + 0.05 for moment in moments if after < moment + 0.05 <= to]

    def _read(self, desk: Desk, at: float) -> Phone:
        shown = [(talk, end) for talk, end in desk.talks if talk.is_live(at) and end.appeared_at <= at]
        for key in [key for key in self.tags if key[0] == desk.id]:
            del self.tags[key]
        calls = []
        for talk, end in shown:
            calls.append(self._shown(desk, talk, end, at))
            self.tags[desk.id, (1, end.slot)] = talk
        before = self.phones[desk.id]
        connection = replace(before.connection, interval_s=CALL_S if calls else IDLE_S, fresh_at=at)
        return replace(before, lines=(Line(1, calls=tuple(calls)),), connection=connection)

    def _shown(self, desk: Desk, talk: Talk, end: End, at: float) -> Call:
        sampled = float(int(at - desk.number * 0.37 % 1) + desk.number * 0.37 % 1)  # once a second, each at its own
        is_up = talk.answered_at is not None and at >= talk.answered_at
        holds = any(low <= at < high for low, high in end.own_holds)
        held = any(low <= at < high for other in talk.ends if other is not end for low, high in other.own_holds)
        early = Phase.ALERTING if end.incoming else Phase.SETUP
        direction = CallDirection.INCOMING if end.incoming else CallDirection.OUTGOING
        leaves: dict[str, Any] = {
            "direction": direction,
            "remote_number": Printable(end.number),
            "remote_name": Printable(end.name) if end.name else None,
            "encoder": Printable(talk.codec),
            "decoder": Printable(talk.codec),
            "remote_hold": held,
        }
        if is_up and talk.answered_at is not None:
            since = end.answered_at if end.answered_at is not None else talk.answered_at
            leaves["duration_s"] = float(max(0, int(sampled - since)))
            media_s = max(0.0, sampled - talk.answered_at - talk.held_s(sampled))
            sent = int(media_s * 50)
            lost = int(sent * talk.lost_share)
            leaves |= {"packets_sent": sent, "packets_received": sent - lost, "lost_packets": lost}
        return Call(1, end.slot, phase=Phase.HELD if is_up and holds else Phase.TALK if is_up else early,
                    **{name: value for name, value in leaves.items() if not _is_left_out(name, desk)})  # fmt: skip


_LEAVES: Mapping[str, tuple[str, ...]] = {
    "direction": ("direction",),
    "packets": ("packets_sent", "packets_received", "lost_packets"),
    "codecs": ("encoder", "decoder"),
    "remote_hold": ("remote_hold",),
    "number": ("remote_number",),
    "name": ("remote_name",),
    "duration": ("duration_s",),
}


def _is_left_out(name: str, desk: Desk) -> bool:
    return any(name in _LEAVES[kind] for kind in desk.leaves_out)


def looks(office: Office, calls: int, step_s: float = 1.0) -> Iterator[float]:
    """Time in steps, until so many conversations were begun."""
    while len(office.made) < calls:
        office.advance(office.now + step_s)
        yield office.now
