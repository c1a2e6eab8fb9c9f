"""Clocks that are set, machines that sleep, programs that stand still: none of it is any phone's doing."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from phonetui import boot_time
from phonetui.archive.export import row
from phonetui.archive.records import plain, record
from phonetui.boot_time import BootTimeLoop
from phonetui.monitor import watches
from phonetui.monitor.alerts import AlertMonitor
from phonetui.monitor.journal import AlertReport, Journal, StateReport
from phonetui.monitor.watches import MachineTime
from phonetui.phone.alerts.alert import AlertId
from phonetui.phone.alerts.rules_phone import DevicePast, assess_device
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.clock import NOT_SET, TimeReference
from phonetui.phone.history import columns
from phonetui.phone.port_counters import with_rates
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import Line, Phone, PhoneId, Port
from phonetui.simulator.phone import SimulatedPhone
from phonetui.text import Printable
from tests.faults.programs import office
from tests.faults.table import fault
from tests.live import Live, live, until
from tests.phone.alerts.phones import DARK, LIT, NOON, phone
from tests.phone.test_call_tracker import Desk, talks

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)
STEPS = [HOUR, -HOUR, DAY, -DAY, YEAR, -YEAR]
SIM = PhoneId("sim-1")


class CallDesk(Desk):
    """A phone whose calls are seen by a wall clock that can be set."""

    def __init__(self) -> None:
        super().__init__()
        self.set_by = NOT_SET

    @property
    def now(self) -> datetime:
        return super().now + self.set_by


def talked(office: CallDesk, seconds: int, begun: int = 0) -> None:
    for second in range(2, seconds + 1, 2):
        office.sees(talks(float(begun + second)))


def lasted_s(found: CallRecord) -> float:
    assert found.ended_at is not None
    return (found.ended_at - found.began_at).total_seconds()


@pytest.mark.parametrize("step", STEPS, ids=str)
@fault("the clock is set while a call is up", holds="one record, which lasts as long as the call did", seconds=5)
def test_the_clock_is_set_while_a_call_is_up(step: timedelta) -> None:
    office = CallDesk()
    talked(office, 30)
    name = office.only.id
    office.set_by = step
    talked(office, 60, begun=30)
    office.sees()
    ended = office.only
    assert ended.id == name
    assert lasted_s(ended) == pytest.approx(92, abs=3)
    assert ended.ended_at == office.now
    moments = [ended.began_at, ended.answered_at, *(step.began_at for step in ended.steps), ended.ended_at]
    assert moments == sorted(moments, key=lambda moment: moment or office.now)
    assert record(plain(ended)).id == name, "kept and read again it is another call"


@pytest.mark.parametrize("step", STEPS, ids=str)
@fault("the clock is set and the call ends before it is seen again", holds="it does not end before it began", seconds=5)
def test_the_clock_is_set_as_a_call_ends(step: timedelta) -> None:
    office = CallDesk()
    talked(office, 30)
    office.set_by = step
    office.sees()
    assert lasted_s(office.only) == pytest.approx(32, abs=3)


@pytest.mark.parametrize("step", STEPS, ids=str)
@fault("the clock is set while a phone is out of sight", holds="its call goes on as the same one", seconds=5)
def test_the_clock_is_set_while_a_phone_is_out_of_sight(step: timedelta) -> None:
    office = CallDesk()
    talked(office, 30)
    office.loses()
    office.set_by = step
    office.sees(talks(90.0), after=60.0)
    assert office.only.is_up


@fault("the clock is steered by some milliseconds a second (NTP)", holds="records keep their times", seconds=5)
def test_a_clock_that_is_steered() -> None:
    office = CallDesk()
    office.sees(talks(1.0))
    began_at = office.only.began_at
    for second in range(2, 2000, 2):
        office.set_by += timedelta(milliseconds=1)
        office.sees(talks(float(second)))
    assert office.only.began_at == began_at
    assert office.only.named_at is None


@fault("daylight saving time ends during a call", holds="it lasts as long as it did, told in UTC", seconds=5)
def test_daylight_saving_time_ends_during_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Oslo")
    time.tzset()
    try:
        office = CallDesk()
        office.set_by = (
            datetime(2026, 10, 25, 0, 59, tzinfo=UTC) - super(CallDesk, office).now
        )  # 02:59 there, then 02:00
        talked(office, 120)
        office.sees()
        cells = row(office.only)
        assert cells["began_at"] == "2026-10-25T00:59:00.000Z"
        assert cells["ended_at"] == "2026-10-25T01:01:02.000Z"
        assert cells["talk_s"] == 120
    finally:
        monkeypatch.undo()
        time.tzset()


class Watched:
    """Alarms of some phones by clocks that are moved by hand, with what they told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told: list[AlertReport] = []
        self.ledger = Journal(lambda report: self.told.append(report) if isinstance(report, AlertReport) else None)
        self.alarms = AlertMonitor(self.ledger, DEFAULT, (), lambda *_: ())
        self.time = MachineTime(self.ledger, self.alarms, {})
        self.at = 0.0
        self.set_by = NOT_SET
        monkeypatch.setattr(watches, "datetime", self)

    def now(self, _: object = UTC) -> datetime:
        return NOON + timedelta(seconds=self.at) + self.set_by

    def look(self, *phones: Phone, after: float = 1.0) -> None:
        self.at += after
        self.time.update(self.at)
        for one in phones:
            self.alarms.update(one, self.at, self.now())

    @property
    def journal(self) -> list[str]:
        return [str(entry.text) for entry in self.ledger.entries]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


UNREGISTERED = phone(lines=(Line(1, Printable("Failed"), False, False),))


@pytest.mark.parametrize("step", STEPS, ids=str)
@fault(
    "the clock is set while an alert holds", holds="its time is told by the new one, its length as it was", seconds=5
)
def test_the_clock_is_set_while_an_alert_holds(step: timedelta, watched: Watched) -> None:
    for _ in range(20):
        watched.look(UNREGISTERED)
    watched.set_by = step
    watched.look(UNREGISTERED)
    (raised,) = watched.alarms.alerts
    assert (watched.now() - raised.raised_at).total_seconds() == pytest.approx(18, abs=3)
    for _ in range(60):
        watched.look(phone())
    (cleared,) = watched.alarms.alerts
    assert cleared.cleared_at is not None
    assert (cleared.cleared_at - cleared.raised_at).total_seconds() == pytest.approx(50, abs=5)
    assert "cleared after 4" in cleared.text or "cleared after 5" in cleared.text
    way = "forward" if step > NOT_SET else "back"
    assert [words for words in watched.journal if words.startswith(f"this computer's clock was set {way} by")]


@pytest.mark.parametrize("step", STEPS, ids=str)
@fault("the clock is set", holds="no phone's clock is alarmed for it", seconds=5)
def test_no_phone_is_alarmed_for_our_clock(step: timedelta, watched: Watched) -> None:
    for minute in range(5):
        watched.look(phone(clock=Printable(f"11/21/26 12:{minute:02}:02")), after=1.0 if not minute else 60.0)
    watched.set_by = step
    for minute in range(5, 15):
        watched.look(phone(clock=Printable(f"11/21/26 12:{minute:02}:02")), after=60.0)
    assert watched.told == []


@fault("our clock is set, and a phone's is wrong by both", holds="it is alarmed", seconds=5)
def test_a_phone_that_is_wrong_by_both_clocks() -> None:
    wrong = phone(clock=Printable("03/02/19 12:07:31"))
    troubles, _ = assess_device(wrong, DevicePast(), NOON + YEAR, YEAR)
    assert [trouble.id for trouble in troubles] == [AlertId.CLOCK]


@fault("trouble began just before the machine slept", holds="sleep is not time for which it held", seconds=5)
def test_sleep_is_no_time_that_a_trouble_held(watched: Watched) -> None:
    dark = phone(lines=(Line(1, Printable("Registered"), True, True),))
    assert dark.lights.message == DARK != LIT
    watched.look(dark)
    watched.look(dark)
    watched.look(dark, after=7200.0)
    assert watched.told == []
    for _ in range(40):
        watched.look(dark)
    assert [report.alert.id for report in watched.told] == [AlertId.MWI], "what goes on is told in its own time"


@fault("the machine slept", holds="that is said once, and how long", seconds=5)
def test_that_the_machine_slept_is_said(watched: Watched) -> None:
    for after in (1.0, 1.0, 7200.0, 1.0, 1.0):
        watched.look(phone(), after=after)
    assert watched.journal == ["this computer stood still for 2 h: phones are read again"]


@fault("ports counted on while the machine slept", holds="rates have no spike", seconds=5)
def test_ports_counted_on_while_nobody_looked() -> None:
    before = (Port(1, counters=(("rxTotalPkt", 1_000), ("RxCrcErr", 3)), counted_at=10.0, has_moved=True),)
    later = (Port(1, counters=(("rxTotalPkt", 721_000), ("RxCrcErr", 90)), counted_at=None),)
    (spike,) = with_rates(before, later, 12.0)
    assert spike.rx_per_s == 360_000, "what a clock that stands still makes of it"
    (port,) = with_rates(tuple(replace(known, counted_at=None) for known in before), later, 7212.0)
    assert (port.rx_per_s, port.errors_risen) == (None, None)


@fault("times of one moment by two clocks are compared", holds="only a set clock counts as set", seconds=5)
def test_what_counts_as_set() -> None:
    reference = TimeReference(100.0, NOON)
    assert reference.set_by(8000.0, NOON + timedelta(seconds=7900.5)) == NOT_SET
    assert reference.set_by(101.0, NOON + timedelta(seconds=3602)) == timedelta(seconds=3601)
    assert reference.set_by(101.0, NOON - timedelta(seconds=3600)) == timedelta(seconds=-3601)


@fault("the machine slept while a timer ran", holds="timers count sleep", seconds=10)
def test_timers_count_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    slept = [0.0]
    clock = time.clock_gettime
    monkeypatch.setattr(time, "clock_gettime", lambda which: clock(which) + slept[0])

    async def night() -> float:
        began = time.monotonic()
        loop = asyncio.get_running_loop()
        loop.call_later(0.05, lambda: slept.__setitem__(0, 28_800.0))
        await asyncio.sleep(20_000)
        return time.monotonic() - began

    assert boot_time.run(night()) < 5.0


class SleepingLoop(BootTimeLoop):
    """A loop on a machine that can be put to sleep."""

    slept_s = 0.0

    def time(self) -> float:
        return super().time() + self.slept_s


def on_a_sleeping_machine(test: Callable[[SleepingLoop], Awaitable[None]]) -> None:
    with asyncio.Runner(loop_factory=SleepingLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, SleepingLoop)

        async def ran() -> None:
            await test(loop)

        runner.run(ran())


class Relay:
    """Between the program and a phone: connections of before the night lead nowhere after it, and nobody is told."""

    def __init__(self, port: int) -> None:
        self._phone = port
        self._way = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def forget(self) -> None:
        self._way.set()
        self._way = asyncio.Event()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_dead = self._way
        there, thither = await asyncio.open_connection("127.0.0.1", self._phone)
        try:
            await asyncio.gather(_carry(reader, thither, is_dead), _carry(there, writer, is_dead))
        except (OSError, asyncio.CancelledError):
            pass  # one of the two has hung up, or the test is over
        finally:
            for each in (writer, thither):
                each.transport.abort()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Relay"]:
        def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._tasks.add(asyncio.ensure_future(self._serve(reader, writer)))

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_dead: asyncio.Event) -> None:
    while data := await reader.read(65536):
        if not is_dead.is_set():
            writer.write(data)
    writer.close()


@pytest.mark.parametrize("transport", ["http", "websocket"])
@fault("the machine sleeps for hours", holds="phones are read in 5 s over new connections, no alarm", seconds=60)
def test_a_night(transport: str) -> None:
    """The phones are in another thread, which does not sleep."""

    async def night(loop: SleepingLoop, phones: list[SimulatedPhone]) -> None:
        port = int(phones[0].url.rpartition(":")[2])
        async with (
            Relay(port).opened() as relay,
            live(Served(phones), transport=transport, port=relay.port, timeout_s=60.0) as seen,
        ):
            await until(lambda: seen.state("sim-1") == "live", 20.0)
            await until(lambda: seen.fleet.phones[SIM].connection.pushes, 20.0)
            await until(lambda: len(rates(seen)) > 0, 20.0)
            told = len(seen.reports)
            relay.forget()
            loop.slept_s += 7200.0
            woke = loop.time()
            took = await until(lambda: answered_at(seen) > woke, 15.0, "the phone is not read after the night")
            print(f"read {took:.1f} s after the machine woke")
            await until(lambda: answered_at(seen) > woke + 3.0, 15.0)
            states = [str(report.state) for report in seen.reports[told:] if isinstance(report, StateReport)]
            assert states == [], "what only the clock did was told as the phone's doing"
            assert not [report for report in seen.reports[told:] if isinstance(report, AlertReport)]
            assert seen.fleet.phones[SIM].connection.pushes

    with office(dialect="websocket") as phones:
        on_a_sleeping_machine(lambda loop: night(loop, phones))


@fault("a phone's ports were read before and after a night", holds="no figure of a port's past jumps", seconds=60)
def test_rates_after_a_night() -> None:
    async def night(loop: SleepingLoop, phones: list[SimulatedPhone]) -> None:
        async with live(Served(phones), push=False) as seen:
            await until(lambda: rates(seen), 20.0)
            before = max(rates(seen))
            loop.slept_s += 7200.0
            woke = loop.time()
            await until(lambda: answered_at(seen) > woke + 3.0, 20.0)
            assert all(rate < 3 * before for rate in rates(seen))
            for history in seen.fleet.port_history(SIM).values():
                drawn = columns(history.rx_per_s, until=loop.time(), width=60, step_s=180.0)
                assert max(value for value in drawn if value is not None) < 3 * before

    with office() as phones:
        on_a_sleeping_machine(lambda loop: night(loop, phones))


@dataclass
class Served:
    """Phones that somebody else serves."""

    phones: list[SimulatedPhone]


def answered_at(seen: Live) -> float:
    return seen.fleet.phones[SIM].connection.fresh_at or 0.0


def rates(seen: Live) -> list[float]:
    return [port.rx_per_s for port in seen.fleet.phones[SIM].ports if port.rx_per_s]
