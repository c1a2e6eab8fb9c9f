"""How soon a call that turns bad is told bad, and how soon it is good again: by clients that poll and are pushed to."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from phonetui.config.settings import Poll
from phonetui.numeric import decimal
from phonetui.phone.measure import Grade, Measure
from phonetui.phone.state import Call, PhoneId
from phonetui.simulator.media import losing
from phonetui.simulator.server import ServedOffice
from tests.live import Live, live, served, until

pytestmark = [pytest.mark.slow, pytest.mark.live]

TROUBLE_S, AFTER_S = 15.0, 15.0
SLACK_S = 1.5
"""A phone counts once a second itself, and a busy machine answers late."""
TOLD_WITHIN_S = {2.0: 8.0, 1.0: 5.0}
"""By the poll interval in a call."""
WHO = PhoneId("sim-1")


@dataclass
class Observer:
    poll_s: float
    push: bool
    client: Live
    grades: list[tuple[float, Grade]] = field(default_factory=list)
    """With the loop's second from which on it held, oldest first."""

    @property
    def call(self) -> Call | None:
        return next(iter(self.client.fleet.phones[WHO].calls), None)

    @property
    def measure(self) -> Measure | None:
        call = self.call
        return self.client.fleet.phones[WHO].measure(call.key) if call else None

    def look(self) -> None:
        grade = self.measure.grade if self.measure else Grade.UNKNOWN
        if not self.grades or self.grades[-1][1] is not grade:
            self.grades.append((asyncio.get_running_loop().time(), grade))


async def look_for(seconds: float, observers: list[Observer]) -> None:
    until_ = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < until_:
        for observer in observers:
            observer.look()
        await asyncio.sleep(0.05)


async def observed(office: ServedOffice, stack: AsyncExitStack) -> list[Observer]:
    """One client for each interval, with and without pushes."""
    found = []
    for poll_s in TOLD_WITHIN_S:
        for push in (False, True):
            poll = Poll(call_s=poll_s, idle_s=5.0, slow_s=30.0)
            client = await stack.enter_async_context(live(office, push=push, poll=poll))
            found.append(Observer(poll_s, push, client))
    return found


async def test_ten_percent_loss_for_fifteen_seconds() -> None:
    loop = asyncio.get_running_loop()
    async with served(2, dialect="percent") as office, AsyncExitStack() as stack:
        observers = await observed(office, stack)
        await until(lambda: all(seen.client.state(WHO) == "live" for seen in observers), 10.0, "the phone answers")
        office.start_call(office.phones[1].name, WHO)
        await until(lambda: all(seen.measure and seen.measure.grade is Grade.GOOD for seen in observers), 30.0, "good")
        began_at = loop.time()
        office.impair(WHO, losing(0.10))
        await look_for(TROUBLE_S, observers)
        over_at = loop.time()
        office.impair(WHO, "clean")
        await look_for(AFTER_S, observers)
        for observer in observers:
            check(observer, began_at, over_at)


def check(observer: Observer, began_at: float, over_at: float) -> None:
    who = f"{observer.poll_s:g} s, {'pushes' if observer.push else 'no pushes'}"
    told = [at - began_at for at, grade in observer.grades if grade.severity >= Grade.POOR.severity]
    assert told, f"{who}: never poor"
    last_at, last = observer.grades[-1]
    print(f"\n{who}: poor after {told[0]:.1f} s, {last.word} {last_at - over_at:.1f} s after the end", end="")
    assert told[0] <= TOLD_WITHIN_S[observer.poll_s] + SLACK_S, who
    assert (last, observer.measure.loss_pct if observer.measure else None) == (Grade.GOOD, 0.0), who
    said = observer.call.loss_rate if observer.call else None
    assert said, who
    assert (decimal(said) or 0.0) > 1.0, f"{who}: the phone's own average is good again too"
