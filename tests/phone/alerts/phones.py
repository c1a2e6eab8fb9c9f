"""A sound phone, and ways to make it unsound."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from phonetui.phone.alerts.alert import AlertCondition
from phonetui.phone.alerts.rules_calls import Diagnose
from phonetui.phone.alerts.rules_phone import Past, assess_phone
from phonetui.phone.lights import Cadence, Colour, Light, Lights
from phonetui.phone.measure import Grade, JudgedMetric, Measure, Metric
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import (
    Call,
    Connection,
    Line,
    Link,
    Phase,
    Phone,
    PhoneId,
    Port,
    State,
)  # fmt: skip
from phonetui.text import Printable, printable

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
AT = 1000.0
LIT = Light(Colour.RED, Cadence.STEADY)
DARK = Light(Colour.OFF, Cadence.OFF)
FULL = Link(Printable("1000 Full"), 1000, True, True)
HALF = Link(Printable("100 Half"), 100, False, True)
DOWN = Link(Printable("Down"), is_up=False)


def talking(**more: Any) -> Call:
    call = Call(1, 0, state=Printable("Connected"), phase=Phase.TALK, encoder=Printable("G711u"),
                decoder=Printable("G711u"), remote_name=Printable("Front Desk"), remote_number=Printable("5000"))  # fmt: skip
    return replace(call, **more)


def judged(metric: Metric, value: float, grade: Grade, **more: Any) -> Measure:
    """A measure that rests on one figure."""
    return Measure(1, 0, grade, (JudgedMetric(metric, value, grade),), measured_s=60.0, **more)


def phone(*, state: State = State.LIVE, reason: str = "", call: Call | None = None, **more: Any) -> Phone:
    line = Line(1, Printable("Registered"), True, False, calls=(call,) if call else ())
    known: dict[str, Any] = {
        "connection": Connection(state, reason, pushes=True),
        "lines": (line,),
        "lights": Lights(message=DARK),
        "ports": (Port(1, FULL, Printable("Auto"), counters=(("RxCrcErr", 7),), counted_at=AT),),
        "clock": Printable("11/21/26 12:00:00"),
        "up_s": 86_400.0,
        "failed_login": Printable(""),
    }
    return Phone(id=PhoneId("lobby"), name=Printable("lobby"), address=Printable("192.0.2.21"), **{**known, **more})


def counted(port: int, link: Link, at: float, configured: str = "Auto", **counters: int) -> Port:
    return Port(port, link, printable(configured), tuple(counters.items()), counted_at=at)


def seen(
    phones: Iterable[Phone], step_s: float = 10.0, diagnose: Diagnose = lambda *_: ()
) -> tuple[AlertCondition, ...]:
    """What is wrong with the last of several states of a phone, `step_s` apart."""
    found: tuple[AlertCondition, ...] = ()
    past, at = Past(), AT
    for one in phones:
        seen_at = NOON + timedelta(seconds=at - AT)
        found, past = assess_phone(one, past, at=at, seen_at=seen_at, thresholds=DEFAULT, diagnose=diagnose)
        at += step_s
    return found
