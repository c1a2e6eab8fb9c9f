"""How often all phones are looked at: soon after a change, when something is due, and seldom otherwise."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from math import inf

import pytest

from phonetui.monitor.journal import Journal
from phonetui.monitor.process_memory import PERIOD_S, SETTLED_S, GarbageCollection
from phonetui.monitor.update_loop import LOOK_S, PAUSE_S, QUIET_S, SETTLE_S, TURN_S, UpdateLoop
from tests.virtual_time import VirtualLoop, run_virtually


class Looks:
    """A loop over a journal in which nothing happens by itself, and when it looked."""

    def __init__(self) -> None:
        self.journal, self.at, self.due_at = Journal(), list[float](), inf
        self._task = asyncio.create_task(UpdateLoop(self.journal, self._look, lambda: self.due_at).run())

    def _look(self, at: float, _: datetime) -> Iterator[None]:
        self.at.append(at)
        yield

    async def within(self, seconds: float) -> list[float]:
        """Those to come, from now on."""
        began = asyncio.get_running_loop().time()
        self.at.clear()
        await asyncio.sleep(seconds)
        return [round(at - began, 3) for at in self.at]

    async def settled(self) -> None:
        await asyncio.sleep(SETTLE_S + QUIET_S)


def test_while_nothing_happens_it_looks_seldom() -> None:
    async def quiet() -> None:
        looks = Looks()
        await looks.settled()
        assert 4 <= len(await looks.within(5 * QUIET_S)) <= 6

    run_virtually(quiet())


def test_a_change_is_looked_at_at_once_and_what_follows_from_it_soon() -> None:
    async def changing() -> None:
        looks = Looks()
        await looks.settled()
        await looks.within(QUIET_S - 1.0)
        looks.journal.touch()
        found = await looks.within(SETTLE_S)
        assert found[0] <= LOOK_S
        assert len(found) >= SETTLE_S / LOOK_S - 1

    run_virtually(changing())


def test_one_change_after_the_other_is_looked_at_four_times_a_second() -> None:
    async def changing() -> None:
        looks = Looks()
        await looks.settled()
        looks.at.clear()
        for _ in range(100):
            looks.journal.touch()
            await asyncio.sleep(0.05)
        assert 18 <= len(looks.at) <= 21

    run_virtually(changing())


def test_what_is_due_by_time_alone_is_looked_at_then() -> None:
    async def due() -> None:
        looks = Looks()
        await looks.settled()
        await looks.within(QUIET_S)
        looks.due_at = asyncio.get_running_loop().time() + 9.5
        assert any(9.5 <= at <= 9.5 + LOOK_S for at in await looks.within(10.0))

    run_virtually(due())


def test_a_long_look_leaves_room_for_others() -> None:
    async def long() -> None:
        loop, steps = asyncio.get_running_loop(), 50
        assert isinstance(loop, VirtualLoop)

        def look(*_: object) -> Iterator[None]:
            for _step in range(steps):
                loop.skip(1.5 * TURN_S)  # work takes time
                yield
            done.set()

        done, others = asyncio.Event(), 0
        task = asyncio.create_task(UpdateLoop(Journal(), look, lambda: inf).run())
        while not done.is_set():
            others += 1
            await asyncio.sleep(PAUSE_S / 4)
        assert others > steps
        task.cancel()

    run_virtually(long())


def test_garbage_is_looked_for_once_all_stands_and_then_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    done, thresholds = list[str](), list[tuple[int, ...]]()
    monkeypatch.setattr("gc.collect", lambda: done.append("collect"))
    monkeypatch.setattr("gc.freeze", lambda: done.append("freeze"))
    monkeypatch.setattr("gc.set_threshold", lambda *given: thresholds.append(given))
    garbage = GarbageCollection()
    garbage.begin(100.0)
    garbage.update(100.0 + SETTLED_S - 1)
    assert done == []
    garbage.update(100.0 + SETTLED_S)
    assert done == ["collect", "freeze"]
    garbage.update(garbage.due_at - 1)
    garbage.update(garbage.due_at)
    assert done == ["collect", "freeze", "collect"]
    assert garbage.due_at >= 100.0 + SETTLED_S + 2 * PERIOD_S
    garbage.end()
    garbage.end()
    assert len(thresholds) == 2, "what the process had before is given back once"
