"""The office in every situation in which its screens are looked at, as a fleet that each screen can be opened over."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from msgspec.structs import replace

from phonetui.errors import AccessError, CommandRefused, TimedOut
from phonetui.phone.calls.call_legs import Partner
from phonetui.phone.journal import EntryKind, JournalEntry, Weight
from phonetui.phone.state import Connection, Phone, PhoneId, State
from phonetui.simulator.screen import Canvas
from phonetui.text import Printable, printable
from phonetui.xapi.command import CommandResult
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path
from tests.ui.alerts import ALERTS, HINTS
from tests.ui.office import AT, NOW, TREE, FakeFleet, answered, entries, fleet_of_eight, office
from tests.ui.remembered import babbling, past
from tests.ui.test_hostile import fleet_saying

LOBBY = PhoneId("lobby")
HOSTILE = "\x1b]52;c;eA==\x07[/red]\u202e日本 [@click=app.quit]"
SAID = ("L1, answered", "Call Dial Number=5000: OK", "loss poor 4.1 %", "over: loss", "live")


def normal() -> FakeFleet:
    """All is known: calls, their courses and ends, alerts, a day of events; phones do what they are told."""
    dialled = Document({Path.of("CallId"): Printable("0"), Path.of("LineId"): Printable("1")})
    fleet = office(
        alerts=ALERTS, hints=HINTS[:1], records=past(),
        answers={"Call Dial": CommandResult(Printable("CallDialResult"), dialled), **pictured()},
    )  # fmt: skip
    answered(fleet, reception=4.0, bergen_1=250.0, bergen_2=20.0)
    fleet.entries = (*a_day(fleet.phones), *entries())
    fleet.partners = {(LOBBY, (1, 0)): Partner(PhoneId("reception"), (1, 0), Printable("5000 and 5001, same time"))}
    return fleet


def pictured() -> dict[str, CommandResult]:
    drawn = Canvas(60, 24)
    drawn.fill(0, 0, 60, 6, 2)
    drawn.fill(10, 12, 20, 6, 4)
    return {
        "Ui GetDeviceScreenshot": CommandResult(Printable("UiGetDeviceScreenshotResult"), image=drawn.png(grey=False))
    }


def a_day(phones: Iterable[PhoneId], count: int = 60) -> tuple[JournalEntry, ...]:
    ids, weights, kinds = list(phones), list(Weight), list(EntryKind)
    return tuple(
        JournalEntry(
            NOW - timedelta(minutes=9 * place),
            ids[place % len(ids)],
            printable(SAID[place % 5]),
            weights[place % 4],
            kinds[place % 4],
        )
        for place in range(count, 2, -1)
    )


def empty() -> FakeFleet:
    """Not one phone is configured."""
    return FakeFleet()


def unheard() -> FakeFleet:
    """The first second: phones have names and addresses, and none has answered yet."""
    return FakeFleet({phone.id: bare(phone, Connection()) for phone in fleet_of_eight()})


def bare(phone: Phone, connection: Connection) -> Phone:
    """As far as the configuration knows it."""
    return Phone(id=phone.id, name=phone.name, address=phone.address, group=phone.group, connection=connection)


def stale() -> FakeFleet:
    """All was known, and no phone has answered for over a minute."""
    fleet = normal()
    lost = Connection(State.STALE, "timeout", printable("no answer within 10 s"), fresh_at=AT - 75)
    fleet.phones = {
        id_: replace(phone, connection=replace(lost, answer_ms=phone.connection.answer_ms))
        for id_, phone in fleet.phones.items()
    }
    fleet.refuses = TimedOut("xCommand Call Dial", 10.0, "Check the network")
    return fleet


FAILURES = (
    (State.REFUSED, "credentials", "the phone refuses user xapi", "Check the password."),
    (State.UNREACHABLE, "no-route", "no route to 192.0.2.21", "Check the network."),
    (State.NOT_XAPI, "html", "a web page answers where xAPI should", "Check that web access is enabled for xAPI."),
    (State.UNREACHABLE, "tunnel", "the tunnel through bastion is lost: connection reset", "Check bastion's sshd."),
    (State.REBOOTING, "", "the web server answers, the phone behind it doesn't yet", ""),
    (State.SLEEPING, "", "DeepSleep at 22:00", ""),
    (State.REFUSED, "certificate", "its certificate is not the accepted one", "phonetui trust desk-34 accepts it."),
    (State.UNREACHABLE, "name", "no such host", "Check the name."),
)  # fmt: skip


def failed() -> FakeFleet:
    """Every phone failed in a way of its own before it said anything; nothing can be kept either."""
    connections = [
        Connection(state, reason, printable(detail), printable(hint)) for state, reason, detail, hint in FAILURES
    ]
    phones = {
        phone.id: bare(phone, connection)
        for phone, connection in zip(fleet_of_eight(), connections, strict=True)
    }  # fmt: skip
    told = tuple(
        JournalEntry(NOW - timedelta(seconds=9 - place), id_, printable(f"{phone.connection.state}: {phone.connection.detail}"), Weight.TROUBLE)
        for place, (id_, phone) in enumerate(phones.items())
    )  # fmt: skip
    return FakeFleet(
        phones, told, alerts=ALERTS[:1], unkept="calls.sqlite: No space left on device",
        refuses=AccessError("the phone refuses user xapi", "Check the password.", reason="credentials"),
    )  # fmt: skip


def hostile() -> FakeFleet:
    """Whatever can be said by a stranger is said in control characters, markup and words that turn the direction."""
    word = printable(HOSTILE)
    fleet, other = fleet_saying(word), babbling(word)
    fleet.tell(LOBBY, dict.fromkeys(TREE, HOSTILE), AT)
    fleet.records, fleet.unkept = other.records, other.unkept
    fleet.alerts = tuple(replace(alert, text=word, subject=word) for alert in ALERTS)
    fleet.hints = tuple(replace(hint, words=word, evidence=word) for hint in HINTS[:1])
    fleet.entries = tuple(JournalEntry(NOW, PhoneId(word), word, weight) for weight in Weight)
    fleet.refuses = CommandRefused(HOSTILE, HOSTILE, block=(word,))
    return fleet


SITUATIONS: dict[str, Callable[[], FakeFleet]] = {
    "normal": normal, "empty": empty, "unheard": unheard, "stale": stale, "failed": failed, "hostile": hostile,
}  # fmt: skip
