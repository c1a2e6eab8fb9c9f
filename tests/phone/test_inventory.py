"""What each phone last was: unknown takes nothing back, and each change is told once."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.phone.inventory import PhoneRecord, PhoneTrait, changes, is_same, merge, phone_record
from phonetui.phone.state import Connection, Network, PhoneId, State, System
from phonetui.text import Printable
from tests.ui.office import NOW, SWITCH, lobby

LATER = NOW + timedelta(hours=1)


def known(**more: Any) -> PhoneRecord:
    return replace(phone_record(lobby(), NOW), **more)


def test_a_phone_becomes_a_record() -> None:
    record = phone_record(lobby(), NOW, serial=Printable("FVH1"), certificate_ends_at=LATER)
    assert record == PhoneRecord(
        id=PhoneId("lobby"), name=Printable("lobby"), address=Printable("192.0.2.21"), group=(Printable("HQ"), Printable("Ground floor")),
        model=Printable("DP-9851"), version=Printable("PHONEOS.3-6-1-0001-45"), serial=Printable("FVH1"),
        ip=Printable("192.0.2.21"), vlan=Printable("110"), switch=Printable("sw-2f"), switch_port=Printable("Gi1/0/14"),
        certificate_ends_at=LATER, state=State.LIVE, seen_at=NOW - timedelta(seconds=1), watched_at=NOW,
    )  # fmt: skip
    assert record.place == "sw-2f Gi1/0/14"


def test_what_a_phone_does_not_say_stays_as_it_was() -> None:
    silent = replace(
        lobby(), connection=Connection(State.CONNECTING), system=System(), network=Network(), ports=(replace(SWITCH, neighbour=None, neighbour_port=None),)
    )  # fmt: skip
    now = phone_record(silent, LATER)
    assert list(changes(known(), now)) == []
    assert merge(known(certificate_ends_at=LATER), now) == known(certificate_ends_at=LATER, watched_at=LATER)
    assert merge(None, now) is now


def test_each_change_is_told_with_what_was_before() -> None:
    now = known(
        switch_port=Printable("Gi1/0/15"), version=Printable("PHONEOS.3-7-1"), state=State.UNREACHABLE, watched_at=LATER
    )
    found = {change.trait: (change.before, change.after) for change in changes(known(), now)}
    assert found == {
        PhoneTrait.PLACE: ("sw-2f Gi1/0/14", "sw-2f Gi1/0/15"),
        PhoneTrait.VERSION: ("PHONEOS.3-6-1-0001-45", "PHONEOS.3-7-1"),
        PhoneTrait.STATE: ("live", "unreachable"),
    }
    assert all((change.since, change.at) == (NOW - timedelta(seconds=1), LATER) for change in changes(known(), now))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"switch": "sw-2f", "switch_port": "Gi1/0/14"}, {"switch": "SW-2F.example.com", "switch_port": "GigabitEthernet1/0/14"}),
        ({"mac": "00:1A:2B:3C:4D:5E"}, {"mac": "001a.2b3c.4d5e"}),
    ],
)  # fmt: skip
def test_another_notation_is_no_change(before: dict[str, str], after: dict[str, str]) -> None:
    assert list(changes(known(**before), known(**after))) == []


def test_another_switch_or_port_is_one() -> None:
    for more in ({"switch": "sw-3f"}, {"switch_port": "Te1/0/14"}, {"switch_port": "Gi1/0/1"}):
        assert len(list(changes(known(), known(**more)))) == 1


def test_a_state_that_comes_and_goes_with_the_day_is_none() -> None:
    for state in (State.STALE, State.SLEEPING, State.REBOOTING, State.CONNECTING):
        now = phone_record(replace(lobby(), connection=Connection(state)), LATER)
        assert list(changes(known(), now)) == []
        assert merge(known(), now).state is State.LIVE


def test_only_a_later_look_is_the_same() -> None:
    assert is_same(known(), known(watched_at=LATER, seen_at=LATER))
    assert not is_same(known(), known(vlan=Printable("120")))
