"""What troubled phones share is named where it sets them apart from the others, once, and with its evidence."""

from dataclasses import replace
from typing import Any

import pytest

from phonetui.phone.correlation import correlations
from phonetui.phone.ends import End
from phonetui.phone.measure import Grade, Metric
from phonetui.phone.state import Network, System
from phonetui.text import Printable
from tests.phone.test_causes import BROKEN, SWITCH, end


def at(name: str, switch: str = "sw-2f", *, bad: Metric | None = None, **places: Any) -> End:
    found = end(name, bad={bad: 9.0} if bad else None, port=replace(SWITCH, neighbour=Printable(switch)))
    vlan, firmware, via = places.get("vlan", "110"), places.get("firmware", "3-6-1"), places.get("via")
    phone = replace(
        found.phone, network=Network(vlan=Printable(vlan)), system=System(version=Printable(firmware)),
        via=Printable(via) if via else None,
    )  # fmt: skip
    return replace(found, phone=phone, rise=places.get("rise", found.rise))


OTHERS = tuple(at(f"ok-{number}", "sw-1f") for number in range(5))
LOSSY = tuple(at(f"bad-{number}", bad=Metric.LOSS, rise=BROKEN) for number in range(3))


def test_the_switch_that_loses_packets_is_named_once() -> None:
    (hint,) = correlations((*OTHERS, *LOSSY, at("fine")))
    assert str(hint) == (
        "3 phones on sw-2f lose inbound packets, their CRC counters rise, 5 elsewhere mostly don't: look at sw-2f"
    )
    assert hint.phones == ("bad-0", "bad-1", "bad-2")


@pytest.mark.parametrize(
    ("places", "words"),
    [({"vlan": "120"}, "look at VLAN 120"), ({"firmware": "4-0-1"}, "look at firmware 4-0-1"), ({"via": "bastion"}, "look at jump host bastion")],
)  # fmt: skip
def test_other_things_that_phones_share(places: dict[str, str], words: str) -> None:
    ends = [at(f"bad-{number}", f"sw-{number}", bad=Metric.JITTER, **places) for number in range(2)]
    (hint,) = correlations([*OTHERS, *ends])
    assert hint.words == words
    assert "hear with jitter" in hint.evidence


@pytest.mark.parametrize(
    "ends",
    [
        (),
        OTHERS,
        (*OTHERS, LOSSY[0]),
        LOSSY,
        (*OTHERS, *LOSSY[:2], *(at(f"fine-{number}") for number in range(3))),
        (*OTHERS[:2], *(at(f"x-{number}", f"sw-{number}", bad=Metric.LOSS) for number in range(2)), *LOSSY),
    ],
    ids=["nobody", "all well", "one alone", "nobody to compare with", "less than half", "everywhere"],
)
def test_what_distinguishes_nothing_is_not_named(ends: tuple[End, ...]) -> None:
    assert correlations(ends) == ()


def test_who_cannot_be_judged_takes_no_part() -> None:
    early = [replace(one, measure=replace(one.measure, grade=Grade.MEASURING)) for one in LOSSY if one.measure]
    assert correlations([*OTHERS, *early]) == ()


def test_a_phone_is_explained_once() -> None:
    both = [end(f"bad-{n}", bad={Metric.LOSS: 4.0, Metric.JITTER: 60.0}) for n in range(3)]
    hints = correlations([*OTHERS, *both])
    assert [hint.words for hint in hints] == ["look at sw-2f"]
