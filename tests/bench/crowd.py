"""A hundred made-up phones in calls whose figures keep moving: what both tables of the benchmark show.

`python -m tests.bench.crowd` opens the dashboard's fleet over them.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime
from random import Random

from msgspec.structs import replace

from phonetui.phone.measure import Grade, Measure
from phonetui.phone.state import Call, CallDirection, Line, Phase, Phone, PhoneId
from phonetui.text import Printable
from tests.ui.office import CONFIG, FakeFleet, phone, talk

PERIOD_S = 2.0
"""Every phone's figures change once in it: half a time a second."""
TICKS = 8
"""The phones take turns, as spread polling has them."""


def crowd(count: int, seed: int = 1) -> list[Phone]:
    random = Random(seed)
    return [_told(phone(f"desk-{number:03}", group=f"floor {number % 5}"), random) for number in range(count)]


def moved(phones: list[Phone], tick: int, random: Random) -> list[Phone]:
    """The phones whose turn it is, with other figures."""
    return [_told(known, random) for place, known in enumerate(phones) if place % TICKS == tick % TICKS]


def figures(known: Phone) -> tuple[str, ...]:
    """A row of the table, as text."""
    call: Call = next(known.calls)
    measure = known.measures[0]
    return (
        measure.grade.word, known.name, f"{measure.mos:.1f}", f"{measure.loss_pct:.1f} %", f"{call.jitter_ms:.0f} ms",
        str(call.remote_number), known.address,
    )  # fmt: skip


def _told(known: Phone, random: Random) -> Phone:
    """One call in ten is in trouble, and stays in it: grades have hysteresis."""
    in_trouble = known.name.endswith("7")
    grade = Grade.POOR if in_trouble else Grade.GOOD
    loss = random.uniform(3, 6) if in_trouble else random.choice((0.0, 0.0, 0.1, 0.4))
    call = talk(jitter_ms=random.uniform(0, 40), direction=CallDirection.INCOMING, remote_number=Printable("5000"))
    assert call.phase is Phase.TALK
    mos = random.uniform(3.2, 4.4)
    measure = Measure(1, 0, grade, loss_pct=loss, mos=mos, mos_source="estimate")
    trend = known.trend.add(time.monotonic(), mos)
    return replace(known, lines=(Line(1, calls=(call,)),), measures=(measure,), trend=trend)


class Crowd(FakeFleet):
    """Moves by itself."""

    async def run(self) -> None:
        random = Random(2)
        for tick in range(1 << 30):
            await asyncio.sleep(PERIOD_S / TICKS)
            for known in moved(list(self.phones.values()), tick, random):
                self.phones = {**self.phones, PhoneId(known.id): known}
            self.version += 1


def main(count: int) -> int:
    from phonetui.ui.run import run
    from phonetui.ui.session import Clock

    phones = {known.id: known for known in crowd(count)}
    clock = Clock(now=lambda: datetime.now(UTC), steady=time.monotonic)
    return run(Crowd(phones=phones), CONFIG, clock=clock)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
