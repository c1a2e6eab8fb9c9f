"""Both ends of a call are found, and never the wrong two: over thousands of generated calls, and case by case."""

import random
from collections import Counter
from itertools import count, islice
from typing import Any

import pytest

from phonetui.phone.calls.call_legs import Ambiguous, Leg, Partner
from phonetui.phone.calls.leg_matching import ExtensionDirectory, NumberIndex
from phonetui.phone.calls.pairing import Pairing
from phonetui.phone.parse import digits, is_same
from phonetui.phone.state import Call, CallDirection, Connection, Line, Phase, Phone, PhoneId, State
from phonetui.text import Printable
from tests.pace import least_ms, slowness
from tests.phone.exchange import Desk, End, Office, Talk, looks

CALLS = 2_500
SEEN_S = 12.0
"""In talk for so long, a call has been read by every poller at least once beside its partner."""
INTRODUCED = 8
"""Calls that a line has had before it can be expected to be known: other calls begin every two seconds here, and one that
runs beside another teaches nothing."""


def publishes(desk: Desk) -> bool:
    """Whether the phone tells whom it talks with and for how long."""
    return not desk.leaves_out & {"number", "duration"}


class Score:
    """What was paired, beside what really was one call."""

    def __init__(self, office: Office, given: frozenset[PhoneId]) -> None:
        self.office = office
        self.given = given
        self.wrong: list[tuple[object, object]] = []
        self.paired: dict[Talk, float] = {}
        self.outlived = 0
        """Looks at a pair of which one phone's reading was already older than the other end's next call."""

    def take(self, pairing: Pairing, at: float) -> None:
        for leg, partner in pairing.partners.items():
            if isinstance(partner, Partner):
                other = (partner.phone, partner.key)
                talk = self.office.tags.get(leg)
                if talk is not None and talk is self.office.tags.get(other):
                    self.paired.setdefault(talk, at)
                elif self._were_one(leg, other):
                    self.outlived += 1
                else:
                    self.wrong.append((leg, partner))

    def _were_one(self, leg: Leg, other: Leg) -> bool:
        """When the older of both readings was taken."""
        read_at = min(self.office.phones[one[0]].connection.fresh_at or 0.0 for one in (leg, other))
        talk = self.office.truth(leg, read_at)
        return talk is not None and talk is self.office.truth(other, read_at)

    def unambiguous(self) -> list[Talk]:
        """Those between two phones that both say with whom and how long, for long enough to be read, each of them known.

        Known is who has a number in the configuration, is called by a name that a phone has, or has had `INTRODUCED`
        such calls before.
        """
        had: Counter[Desk] = Counter()
        found = []
        for talk in sorted(self.office.made, key=lambda made: made.ends_at):
            if len(talk.ends) != 2 or talk.answered_at is None or talk.answered_at + SEEN_S > talk.ends_at:
                continue
            if talk.ends_at < self.office.now and all(publishes(end.desk) for end in talk.ends):
                one, other = talk.ends
                if self._is_known(one, other.desk, had) and self._is_known(other, one.desk, had):
                    found.append(talk)
                had.update(end.desk for end in talk.ends)
        return found

    def _is_known(self, near: End, far: Desk, had: Counter[Desk]) -> bool:
        is_named = self.office.names and "name" not in near.desk.leaves_out
        return far.id in self.given or is_named or had[far] >= INTRODUCED


def played(seed: int, share: float, *, names: bool = False) -> tuple[Score, Pairing]:
    """An office's day; `share` of the phones have their numbers in the configuration."""
    office = Office(seed, names=names)
    numbers = {desk.id: (desk.extension,) for desk in office.desks if desk.number <= share * len(office.desks)}
    score = Score(office, frozenset(numbers))
    pairing = Pairing(ExtensionDirectory.of(numbers))
    for at in looks(office, CALLS):
        pairing = pairing.look(office.phones, at)
        score.take(pairing, at)
    return score, pairing


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "share", "names"),
    [(1, 1.0, False), (2, 0.5, False), (3, 0.0, False), (4, 0.0, True)],
    ids=["numbers", "half-the-numbers", "nothing-given", "names"],
)
def test_generated_calls(seed: int, share: float, names: bool) -> None:
    score, pairing = played(seed, share, names=names)
    talks = score.unambiguous()
    found = [talk for talk in talks if talk in score.paired]
    delays = sorted(score.paired[talk] - (talk.answered_at or 0.0) for talk in found)
    between = sum(len(talk.ends) == 2 and talk.answered_at is not None for talk in score.office.made)
    print(
        f"\n{len(score.office.made)} conversations, {between} of them between two phones, {len(talks)} unambiguous: "
        f"{len(found)} paired ({100 * len(found) / len(talks):.2f} %), {len(score.paired)} in all; wrong {len(score.wrong)}; "
        f"{score.outlived} looks at the other end of a call that was just over; "
        f"half within {delays[len(delays) // 2]:.1f} s of the answer, {len(pairing.directory.learned)} numbers learned"
    )
    assert not score.wrong
    assert len(found) >= 0.99 * len(talks)
    assert len(talks) > CALLS / 5
    for place, learned in pairing.directory.learned.items():
        assert learned.number == str(5000 + int(place[0].partition("-")[2]))


def both(pairing: Pairing, one: str = "a", other: str = "b") -> tuple[object, object]:
    return pairing.partners.get((PhoneId(one), (1, 0))), pairing.partners.get((PhoneId(other), (1, 0)))


def shown(name: str, *calls: Call, interval_s: float = 2.0) -> Phone:
    return Phone(
        id=PhoneId(name),
        name=Printable(name),
        address=Printable(""),
        lines=(Line(1, calls=calls),),
        connection=Connection(State.LIVE, interval_s=interval_s),
    )


def call(number: str, seconds: float | None, *, incoming: bool = False, **more: Any) -> Call:
    early = Phase.ALERTING if incoming else Phase.SETUP
    direction = CallDirection.INCOMING if incoming else CallDirection.OUTGOING
    known: dict[str, Any] = {"phase": early if seconds is None else Phase.TALK, "direction": direction}
    return Call(1, 0, remote_number=Printable(number), duration_s=seconds, **(known | more))


def followed(pairing: Pairing, *looks: tuple[float, Phone, Phone]) -> Pairing:
    for at, one, other in looks:
        pairing = pairing.look({one.id: one, other.id: other}, at)
    return pairing


KNOWN = ExtensionDirectory.of({PhoneId("a"): ("5001",), PhoneId("b"): ("5002",)})


def test_a_call_is_paired_while_it_rings_and_stays_so() -> None:
    ringing = followed(Pairing(KNOWN), (0.0, shown("a"), shown("b")))
    ringing = followed(ringing, (1.0, shown("a", call("5002", None)), shown("b", call("5001", None, incoming=True))))
    assert both(ringing)[0] == Partner(
        PhoneId("b"), (1, 0), Printable("5002 and 5001 call each other at the same time")
    )
    held = call("5001", 9.0, incoming=True, phase=Phase.HELD)
    later = followed(ringing, (11.0, shown("a", call("5002", 8.0)), shown("b", held)))
    assert both(later) == both(ringing)
    assert later.partners is ringing.partners
    over = followed(later, (13.0, shown("a"), shown("b", held)))
    assert both(over) == (None, None)


def test_a_number_that_is_somebody_elses_is_never_paired() -> None:
    pairing = followed(
        Pairing(KNOWN),
        (0.0, shown("a"), shown("b")),
        (20.0, shown("a", call("5002", 10.0)), shown("b", call("+4722000000", 10.0, incoming=True))),
        (30.0, shown("a", call("5002", 20.0)), shown("b", call("+4722000000", 20.0, incoming=True))),
    )
    assert both(pairing) == (None, None)


def test_the_same_moment_alone_is_not_paired_and_says_so() -> None:
    pairing = followed(
        Pairing(),
        (0.0, shown("a"), shown("b")),
        (20.0, shown("a", call("5002", 10.0)), shown("b", call("5001", 10.0, incoming=True))),
        (30.0, shown("a", call("5002", 20.0)), shown("b", call("5001", 20.0, incoming=True))),
    )
    found = both(pairing)[0]
    assert isinstance(found, Ambiguous)
    assert found.candidates == ((PhoneId("b"), (1, 0)),)
    assert "no number or name ties them" in found.reason


def test_two_calls_that_ended_together_teach_the_numbers() -> None:
    pairing, at = followed(Pairing(), (0.0, shown("a"), shown("b"))), 0.0
    for _ in range(2):
        for seconds in (5.0, 15.0, 25.0):
            one, other = call("5002", seconds), call("5001", seconds, incoming=True)
            pairing = followed(pairing, (at + seconds + 5.0, shown("a", one), shown("b", other)))
        assert not isinstance(both(pairing)[0], Partner)
        at += 40.0
        pairing = followed(pairing, (at, shown("a"), shown("b")), (at + 1.0, shown("a"), shown("b")))
    one, other = call("5002", None), call("5001", None, incoming=True)
    pairing = followed(pairing, (at + 10.0, shown("a", one), shown("b", other)))
    assert isinstance(both(pairing)[0], Partner)


def test_names_pair_where_a_phone_has_them() -> None:
    one = call("", 10.0, remote_name=Printable("B"))
    other = call("", 10.0, incoming=True, remote_name=Printable("A"))
    pairing = followed(Pairing(), (0.0, shown("a"), shown("b")), (20.0, shown("a", one), shown("b", other)))
    assert isinstance(both(pairing)[0], Partner)


def test_a_call_that_was_passed_on_has_another_end() -> None:
    paired = followed(
        Pairing(KNOWN),
        (0.0, shown("a"), shown("b")),
        (20.0, shown("a", call("5002", 10.0)), shown("b", call("5001", 10.0, incoming=True))),
    )
    assert isinstance(both(paired)[0], Partner)
    passed = followed(paired, (24.0, shown("a", call("5003", 14.0)), shown("b", call("5001", 14.0, incoming=True))))
    assert both(passed) == (None, None)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("5021", "5021"), ("sip:5021@pbx.example;user=phone", "5021"), ("+47 22 00 50 21", "4722005021"), ("anonymous", ""), ("*97", "*97"), ("", "")],
)  # fmt: skip
def test_numbers_as_they_are_written(raw: str, expected: str) -> None:
    assert digits(raw) == expected


def test_an_extension_is_not_the_end_of_a_long_number() -> None:
    assert is_same("4722005021", "22005021")
    assert is_same("004722005021", "22005021")
    assert not is_same("4722005021", "5021")
    assert not is_same("", "")


def test_a_number_that_reaches_somebody_else_is_forgotten() -> None:
    place = (PhoneId("b"), 1)
    directory = ExtensionDirectory().confirm(place, "5002").confirm(place, "5002")
    assert NumberIndex(directory).has(place, "5002") is True
    assert NumberIndex(directory).has((PhoneId("c"), 1), "5002") is False
    directory = directory.contradict("5002", [PhoneId("b")])
    assert NumberIndex(directory).has(place, "5002") is None
    assert KNOWN.contradict("5002", [PhoneId("b")]) == KNOWN


def _calling(count: int, at: float, *, inside: bool, durations: bool) -> dict[PhoneId, Phone]:
    """As many phones, each in a call that began at a moment of its own: with another of them, or with somebody outside."""
    rng = random.Random(3)
    phones = {}
    for number in range(0, count, 2):
        began_at = 1000.0 - rng.uniform(10.0, 600.0)
        for one, other in ((number, number + 1), (number + 1, number)):
            seconds = int(at - began_at)
            called = f"{10_000 + other}" if inside else f"+47 22 {rng.randint(0, 999_999):06}"
            call = Call(
                1, 0, state=Printable("Connected"), phase=Phase.TALK, encoder=Printable("G722"), decoder=Printable("G722"),
                direction=CallDirection.INCOMING if one % 2 else CallDirection.OUTGOING, remote_number=Printable(called),
                duration_s=float(seconds) if durations else None, packets_sent=50 * seconds, packets_received=50 * seconds,
            )  # fmt: skip
            id_ = PhoneId(f"phone-{one}")
            connection = Connection(State.LIVE, interval_s=2.0)
            phones[id_] = Phone(
                id=id_,
                name=Printable(id_),
                address=Printable("a"),
                connection=connection,
                lines=(Line(1, calls=(call,)),),
            )
    return phones


@pytest.mark.parametrize("durations", [True, False], ids=["durations", "no-durations"])
@pytest.mark.parametrize("inside", [True, False], ids=["inside", "outside"])
def test_a_thousand_calls_are_compared_in_ten_milliseconds(inside: bool, durations: bool) -> None:
    given = {PhoneId(f"phone-{one}"): (f"{10_000 + one}",) for one in range(1000)} if inside else {}
    pairing, seconds = Pairing(ExtensionDirectory.of(given)), count(1000)

    def look() -> None:
        nonlocal pairing
        pairing = pairing.look(phones, at)

    took = []
    for at in islice(seconds, 8):
        phones = _calling(1000, at, inside=inside, durations=durations)
        took.append(least_ms(look, times=1) / slowness())  # of this moment: others come and go on the machine
    print(f"\n{min(took[1:]):.1f} ms on a machine as fast as the reference")
    assert sum(isinstance(partner, Partner) for partner in pairing.partners.values()) == (1000 if inside else 0)
    assert min(took[1:]) <= 10.0
