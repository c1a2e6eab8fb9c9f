"""Two hundred phones, each with spellings of its own for all that is unpublished, are read like one that speaks plainly."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from msgspec import Struct
from msgspec.structs import asdict

from phonetui.phone.alerts.alert import AlertId
from phonetui.phone.calls.call_tracker import RENEW
from phonetui.simulator.dialect import Dialect
from tests.sampling import quick_are

from .generated import CONTENTS, SPELLINGS, TOLD, random_phone
from .story import story
from .watching import Essence, watched, watched_plainly, whole_readings

MANY, FEW = 200, 24
"""The first two dozen draw every content."""
ROUNDED_PCT = 0.51
"""By how much a phone's own percentage may be off: whole percents, and 256ths cut off."""


def differences(one: object, plain: object, place: str = "") -> Iterator[str]:
    """Where two values differ, in words."""
    if isinstance(one, dict) and isinstance(plain, dict):
        for key in {**one, **plain}:
            yield from differences(one.get(key), plain.get(key), f"{place} {key}")
    elif isinstance(one, list | tuple) and isinstance(plain, list | tuple) and len(one) == len(plain):
        for number, pair in enumerate(zip(one, plain, strict=True)):
            yield from differences(*pair, f"{place} [{number}]")
    elif one != plain and not _is_as_fresh(one, plain, place):
        yield f"{place}: {one!r} and plainly {plain!r}"


def _is_as_fresh(one: object, plain: object, place: str) -> bool:
    """When a call that stays as it is was seen last is kept no finer than `RENEW`; what renews it sooner is worded."""
    if not isinstance(one, datetime) or not isinstance(plain, datetime):
        return False
    return place.endswith(" seen_at") and abs(one - plain) < RENEW


def telling(alerts: list[Essence], dialect: Dialect) -> list[Essence]:
    """A leaf that isn't there while it has nothing to say doesn't tell that a log-in failed only now."""
    is_silent = dialect.omits_empty and not dialect.empty
    return [alert for alert in alerts if not (is_silent and alert["id"] is AlertId.ADMIN_LOGIN)]


def read_alike(number: int) -> None:
    phone = random_phone(number)
    found, plain = watched(phone), watched_plainly(phone.content)
    about = f"phone {number} by {phone.wire}: {phone.dialect}"
    for (at, one), (_, other) in zip(found.trace, plain.trace, strict=True):
        assert not [*differences(one, other)], f"at {at}, {about}"
    assert not [*differences(found.records, plain.records)], about
    alerts, plainly = (telling(each.alerts, phone.dialect) for each in (found, plain))
    assert not [*differences(alerts, plainly)], about
    assert all(abs(by_phone - counted) <= ROUNDED_PCT for by_phone, counted in found.rates), about


@pytest.mark.parametrize("number", range(FEW))
def test_a_few_phones_are_read_alike(number: int) -> None:
    read_alike(number)


@pytest.mark.parametrize("first", quick_are((), range(FEW, MANY, 16)))
def test_many_phones_are_read_alike(first: int) -> None:
    for number in range(first, first + 16):
        read_alike(number)


def test_the_story_is_worth_reading() -> None:
    """What is compared is there: calls in trouble, holds, a restart, alerts."""
    plain = watched_plainly(CONTENTS["whole"])
    assert [record["grade"].word for record in plain.records] == ["critical", "unknown", "good", "unknown"]
    assert {alert["id"] for alert in plain.alerts} >= {
        AlertId.LOSS,
        AlertId.REGISTRATION,
        AlertId.PORT_ERRORS,
        AlertId.REBOOT,
    }
    calls = [call for _, phone in plain.trace for line in phone["lines"].values() for call in line["calls"].values()]
    assert {call["phase"].value for call in calls} >= {"alerting", "talk", "held"}
    assert {call["remote_hold"] for call in calls} == {True, False}
    assert any(len(phone["measures"]) for _, phone in plain.trace)
    assert not watched_plainly(CONTENTS["On-Prem"]).trace[-1][1]["is_mpp"]
    assert len(watched_plainly(CONTENTS["On-Prem"]).records) == len(plain.records)


def test_every_field_of_a_dialect_is_drawn() -> None:
    assert set(SPELLINGS) | TOLD == set(Dialect.__struct_fields__)
    assert not set(SPELLINGS) & (TOLD - {"event_figures"})
    drawn = [random_phone(number).dialect for number in range(MANY)]
    assert {name for name in SPELLINGS if len({getattr(one, name) for one in drawn}) < 2} == {"title"}
    assert len(set(drawn)) == MANY


_OF_PACE = ("rx_per_s", "tx_per_s", "counted_at", "errors_risen", "has_moved")
"""Of ports: what depends on how often they are read."""


def contradictions(part: object, whole: object, place: str = "") -> Iterator[str]:
    """Where `part` says something else than `whole`; what it doesn't say contradicts nothing."""
    part, whole = (asdict(each) if isinstance(each, Struct) else each for each in (part, whole))
    if isinstance(part, dict) and isinstance(whole, dict):
        for key in part.keys() - set(_OF_PACE):
            yield from contradictions(part[key], whole.get(key), f"{place} {key}")
    elif part not in (None, [], (), whole):
        yield f"{place}: {part!r}, and {whole!r} to who is told everything"


@pytest.mark.parametrize("name", [name for name in CONTENTS if name != "whole"])
def test_who_is_told_less_is_told_nothing_else(name: str) -> None:
    """On-Prem phones, older firmware, silent leaves and lesser roles, at the readings of the whole tree."""
    whole, part = watched_plainly(CONTENTS["whole"]), watched_plainly(CONTENTS[name])
    for (at, told), (_, everything) in zip(part.trace, whole.trace, strict=True):
        shown = {
            key: told[key] for key in ("system", "network", "standby", "clock", "up_s", "lights", "lines", "ports")
        }
        if at in whole_readings() and story().is_live(at):
            assert not [*contradictions(shown, everything)], f"at {at}"
