"""What screens need of all phones together: the same as counted anew, whatever changes, and nothing new for nothing."""

from collections import Counter
from random import Random

from msgspec.structs import replace

from phonetui.phone.alerts.alert import Alert, AlertId, Severity
from phonetui.phone.state import Connection, Line, Phone, PhoneId, State
from phonetui.text import Printable
from phonetui.ui.snapshot import FleetSummarizer, FleetSummary
from phonetui.ui.text.format import mark, troubled, urgency
from tests.ui.alerts import alert
from tests.ui.office import phone, talk

Phones = dict[PhoneId, Phone]


def office(count: int = 12) -> Phones:
    return {one.id: one for one in (phone(f"desk-{number:02}", group=f"floor {number % 3}") for number in range(count))}


def counted(phones: Phones, alerts: tuple[Alert, ...]) -> dict[str, object]:
    worst = troubled(one for one in alerts if one.is_active and not one.is_muted)
    ordered = sorted(phones.values(), key=lambda one: (-urgency(one, worst), not one.has_live_call))
    at_peace = (State.LIVE, State.CONNECTING, State.SLEEPING)
    return {
        "worst_first": tuple(one.id for one in ordered),
        "gravest": max((urgency(one, worst) for one in phones.values()), default=0),
        "glyphs": Counter(mark(one, worst).glyph for one in phones.values()),
        "legs": tuple((one.id, call.key) for one in phones.values() for call in one.calls),
        "away": sum(one.connection.state not in at_peace for one in phones.values()),
        "is_unverified": any(one.connection.unverified for one in phones.values()),
    }


def fields(summary: FleetSummary) -> dict[str, object]:
    return {name: getattr(summary, name) for name in counted({}, ())}


def step(phones: Phones, alerts: tuple[Alert, ...], random: Random) -> tuple[Phones, tuple[Alert, ...]]:
    """Something happens to one phone, or to the alerts, or phones come and go."""
    names = list(phones)
    one = phones[random.choice(names)]
    match random.randrange(7):
        case 0:
            one = replace(one, lines=(Line(1, calls=(talk(),)),) if not one.has_live_call else ())
        case 1:
            one = replace(one, connection=Connection(random.choice(list(State)), unverified=random.random() < 0.2))
        case 2:
            one = replace(one, up_s=random.random())
        case 3:
            one = replace(one, name=Printable(f"desk {random.randrange(9)}"))
        case 4:
            severity = random.choice(list(Severity))
            return phones, (
                alert(one.id, AlertId.LOSS, severity, "loss", 3, is_muted=random.random() < 0.3),
                *alerts[:3],
            )
        case 5 if len(phones) > 4:
            return {name: each for name, each in phones.items() if name != one.id}, alerts
        case _:
            new = phone(f"new-{random.randrange(99)}")
            return {**phones, new.id: new}, alerts
    return {**phones, one.id: one}, alerts


def test_kept_up_to_date_it_is_what_counting_anew_gives() -> None:
    random, summarizer = Random(5), FleetSummarizer()
    phones, alerts = office(), tuple[Alert, ...]()
    for _ in range(300):
        phones, alerts = step(phones, alerts, random)
        assert fields(summarizer.summary(phones, alerts)) == counted(phones, alerts)


def test_what_nobody_sees_makes_nothing_new() -> None:
    summarizer, phones = FleetSummarizer(), office()
    before = summarizer.summary(phones, ())
    first = next(iter(phones.values()))
    answered = replace(first, up_s=1.0, connection=replace(first.connection, fresh_at=5.0))
    assert summarizer.summary({**phones, first.id: answered}, ()) is before


def test_a_call_moves_no_phone_to_another_place() -> None:
    summarizer, phones = FleetSummarizer(), office()
    before = summarizer.summary(phones, ())
    last = list(phones.values())[-1]
    calling = summarizer.summary({**phones, last.id: replace(last, lines=(Line(1, calls=(talk(),)),))}, ())
    assert calling.worst_first[0] == last.id
    assert calling.placement is before.placement
    renamed = summarizer.summary({**phones, last.id: replace(last, name=Printable("reception"))}, ())
    assert renamed.placement is not before.placement
