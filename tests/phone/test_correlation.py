"""What troubled phones share is named where it sets them apart from the others, once, and with its evidence."""

from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.phone.diagnosis import CallEnd, correlations, fisher
from phonetui.phone.measure import Grade, Metric
from phonetui.phone.state import Network, System
from phonetui.text import Printable
from tests.phone.test_diagnosis import BROKEN, SWITCH, end


def at(name: str, switch: str = "sw-2f", *, bad: Metric | None = None, **places: Any) -> CallEnd:
    found = end(name, bad={bad: 9.0} if bad else None, port=replace(SWITCH, neighbour=Printable(switch)))
    vlan, firmware, via = places.get("vlan", "110"), places.get("firmware", "3-6-1"), places.get("via")
    phone = replace(
        found.phone, network=Network(vlan=Printable(vlan)), system=System(version=Printable(firmware)),
        via=Printable(via) if via else None,
    )  # fmt: skip
    return replace(found, phone=phone, rise=places.get("rise", found.rise))


OTHERS = tuple(at(f"ok-{number}", "sw-1f") for number in range(9))
LOSSY = tuple(at(f"bad-{number}", bad=Metric.LOSS, rise=BROKEN) for number in range(3))


def test_the_switch_that_loses_packets_is_named_once() -> None:
    (hint,) = correlations((*OTHERS, *LOSSY, at("fine")))
    assert str(hint) == (
        "3 phones on sw-2f lose inbound packets, their CRC counters rise, 0 of 9 elsewhere do: look at sw-2f"
    )
    assert hint.phones == ("bad-0", "bad-1", "bad-2")


@pytest.mark.parametrize(
    ("places", "words"),
    [({"vlan": "120"}, "look at VLAN 120"), ({"firmware": "4-0-1"}, "look at firmware 4-0-1"), ({"via": "bastion"}, "look at jump host bastion")],
)  # fmt: skip
def test_other_things_that_phones_share(places: dict[str, str], words: str) -> None:
    ends = [at(f"bad-{number}", f"sw-{number}", bad=Metric.JITTER, **places) for number in range(3)]
    (hint,) = correlations([*OTHERS, *ends])
    assert hint.words == words
    assert "hear with jitter" in hint.evidence


@pytest.mark.parametrize(
    "ends",
    [
        (),
        OTHERS,
        (*OTHERS, LOSSY[0]),
        (*OTHERS, *LOSSY[:2]),
        LOSSY,
        (*OTHERS[:3], *LOSSY, at("fine"), at("also fine")),
        tuple(at(f"bad-{number}", "sw-9", vlan="120", bad=Metric.LOSS) for number in range(4)) + OTHERS,
        (*OTHERS, *LOSSY[:2], *(at(f"fine-{number}") for number in range(3))),
        (*OTHERS[:2], *(at(f"x-{number}", f"sw-{number}", bad=Metric.LOSS) for number in range(2)), *LOSSY),
    ],
    ids=[
        "nobody",
        "all well",
        "one alone",
        "two alone",
        "nobody to compare with",
        "by chance",
        "a switch or its VLAN",
        "less than half",
        "everywhere",
    ],
)
def test_what_distinguishes_nothing_is_not_named(ends: tuple[CallEnd, ...]) -> None:
    assert correlations(ends) == ()


def test_who_cannot_be_judged_takes_no_part() -> None:
    early = [replace(one, measure=replace(one.measure, grade=Grade.MEASURING)) for one in LOSSY if one.measure]
    assert correlations([*OTHERS, *early]) == ()


def test_a_phone_is_explained_once() -> None:
    both = [end(f"bad-{n}", bad={Metric.LOSS: 4.0, Metric.JITTER: 60.0}) for n in range(3)]
    hints = correlations([*OTHERS, *both])
    assert [hint.words for hint in hints] == ["look at sw-2f"]


def test_two_places_of_their_own_are_both_named() -> None:
    ends = [at(f"{place}-{number}", place, bad=Metric.LOSS) for place in ("sw-7", "sw-8") for number in range(4)]
    many = [at(f"ok-{number}", f"sw-{number % 3}") for number in range(24)]
    assert [hint.words for hint in correlations([*many, *ends])] == ["look at sw-7", "look at sw-8"]


def test_the_better_of_two_places_is_named() -> None:
    """All four are on one switch; their VLAN has a sound phone elsewhere besides."""
    ends = [at(f"bad-{number}", "sw-9", vlan="120", bad=Metric.LOSS) for number in range(4)]
    (hint,) = correlations([*OTHERS, at("fine", "sw-1f", vlan="120"), *ends])
    assert hint.words == "look at sw-9"


def test_few_of_many_are_named_where_elsewhere_there_are_none() -> None:
    ends = [at(f"x-{number}", bad=Metric.LOSS if number < 10 else None) for number in range(30)]
    many = [at(f"ok-{number}", "sw-1f") for number in range(100)]
    (hint,) = correlations([*many, *ends])
    assert str(hint) == "10 phones on sw-2f lose inbound packets, 0 of 100 elsewhere do: look at sw-2f"


@pytest.mark.parametrize(
    ("bad_inside", "inside", "bad", "everybody", "p"),
    [(3, 3, 3, 8, 1 / 56), (3, 4, 3, 9, 4 / 84), (8, 8, 8, 16, 1 / 12870), (0, 3, 3, 8, 1.0), (3, 4, 4, 8, 17 / 70)],
)  # the last is Fisher's own: the lady who tastes tea, three cups of four right
def test_fishers_exact_test(bad_inside: int, inside: int, bad: int, everybody: int, p: float) -> None:
    assert fisher(bad_inside, inside, bad, everybody) == pytest.approx(p)


def test_chance_is_seldom_taken_for_a_place() -> None:
    """Trouble that strikes one phone in ten, wherever it is."""
    random, named = Random(7), 0
    for _ in range(400):
        ends = [
            at(
                f"p-{number}",
                f"sw-{number % 4}",
                vlan=f"{number % 3}",
                bad=Metric.LOSS if random.random() < 0.1 else None,
            )
            for number in range(40)
        ]
        named += bool(correlations(ends))
    assert named <= 0.05 * 400
