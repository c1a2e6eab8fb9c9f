"""What a big office may cost the program: processor time, memory, keys, a start, pushes; each beside a bare loop."""

import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path as File
from random import Random

from tests.bench.fleet_runs import (
    START_S,
    OfficeProcess,
    bare_fleet,
    dashboard,
    lean_office,
    memory_kb,
    middle_ratio,
    shares,
)
from tests.bench.gate import SHORT, Gate, Size, percentile
from tests.terminal import Terminal

DOWN, UP, FIRST, LEFT, RIGHT = "\x1b[B", "\x1b[A", "\x1b[H", "\x1b[D", "\x1b[C"
EVENTS_S = 0.45
PUSHES_S = 60.0
_CURSOR_TIME = re.compile(r"┃(\d\d:\d\d:\d\d)")
"""Below a call's graphs, where its time cursor is."""


def polling(size: Size) -> Iterator[Gate]:
    """CPU and memory of the whole program beside bare loops of the same schedule, a poll's cost in a small fleet, keys."""
    few = max(size.phones // 10, 10)
    with (
        tempfile.TemporaryDirectory() as folder,
        lean_office(size.phones) as office,
        dashboard(File(folder, "many"), office) as many,
    ):
        with (
            lean_office(few) as small_office,
            dashboard(File(folder, "few"), small_office) as small,
            bare_fleet("aiohttp", office.ports) as aiohttp,
            bare_fleet("httpx", office.ports) as httpx,
        ):
            screens = (many, small)
            wait_until_read(office, size.phones, screens)
            pump(screens, size.warm_s)
            processes = {"ours": many.process, "few": small.process, "aiohttp": aiohttp.pid, "httpx": httpx.pid}
            found, each = shares(
                processes,
                size.turns,
                size.seconds,
                lambda seconds: pump(screens, seconds),
                lambda: {**office.requests, "few": small_office.requests["ours"]},
            )
            middle = {name: 100 * statistics.median(figures) for name, figures in found.items()}
            ms = {name: statistics.median(figures) for name, figures in each.items()}
            memory, memory_few = memory_kb(many.process), memory_kb(small.process)
        # Late answers have a busy machine ask less often: what is compared is the cost of a request.
        what = f"CPU a request, {size.phones} phones, a fifth in calls"
        beside = f"aiohttp {ms['aiohttp']:.2f}, httpx {ms['httpx']:.2f} ms"
        yield Gate(what, ms["ours"], "ms", 1.5, middle_ratio(each["ours"], each["aiohttp"]), beside)
        yield Gate("  beside bare httpx", ms["ours"], "ms", None, middle_ratio(each["ours"], each["httpx"]))
        yield Gate("  of a core", middle["ours"], "%", None, None, f"{middle['aiohttp']:.1f}, {middle['httpx']:.1f} %")
        what = f"CPU a request, {size.phones} / {few} phones"
        yield Gate(what, ms["ours"], "ms", 1.15, middle_ratio(each["ours"], each["few"]), f"{ms['few']:.2f} ms")
        kilobytes = (memory - memory_few) / (size.phones - few)
        yield Gate("memory a phone that is polled", kilobytes, "KB", 125.0)
        yield from keys(size, many, File(folder))


def keys(size: Size, terminal: Terminal, folder: File) -> Iterator[Gate]:
    """From a key to the paint that moves the cursor, at moments that know nothing of the program's timers."""
    terminal.pump(1.0)
    ours = {"main": list_paints_s(terminal, size.keys)}
    terminal.send("f")
    terminal.pump(10.0, lambda: "Fleet" in terminal.text)
    terminal.pump(1.5)
    ours["fleet"] = list_paints_s(terminal, size.keys)
    terminal.send("\x1b")
    terminal.pump(2.0)
    ours["call"] = call_paints_s(terminal, size.keys)
    stock = Terminal(
        [sys.executable, "-m", "tests.bench.stock", str(size.phones)],
        environment={"HOME": str(folder), "TEXTUAL_FPS": "240"},
    )
    try:
        stock.until("desk-0", 30.0)
        stock.pump(3.0)
        table = list_paints_s(stock, max(size.keys // 3, 10))
    finally:
        stock.close("\x11")
    slow = percentile(table, 0.99)
    for screen, paints in ours.items():
        yield Gate(f"key to paint, {screen}, p50", 1e3 * statistics.median(paints), "ms", 5.0, by_clock=True)
        p99 = percentile(paints, 0.99)
        yield Gate(f"key to paint, {screen}, p99", 1e3 * p99, "ms", 33.0, by_clock=True)
        most = None if size is SHORT else 0.25  # of 30 keys the slowest is no 99th percentile
        beside = f"p99 {1e3 * slow:.0f} ms"
        yield Gate("  beside a stock DataTable", 1e3 * p99, "ms", most, p99 / slow, beside, by_clock=True)


def starting(size: Size) -> Iterator[Gate]:
    """Until all phones have been read once, beside bare aiohttp with 32 at once; and keys meanwhile."""
    ours: list[float] = []
    bare: list[float] = []
    paints: list[float] = []
    with tempfile.TemporaryDirectory() as folder, lean_office(size.phones) as office:
        for turn in range(1 if size is SHORT else 2):
            office.tell("reset")
            began = time.monotonic()
            with bare_fleet("aiohttp", office.ports, "storm"):
                ends = time.monotonic() + START_S
                while office.answered < size.phones and time.monotonic() < ends:
                    time.sleep(0.05)
                bare.append(time.monotonic() - began)
            office.tell("reset")
            began = time.monotonic()
            with dashboard(File(folder, str(turn)), office) as terminal:
                terminal.until("desk-0000", 20.0)
                random = Random(3)
                while office.answered < size.phones and time.monotonic() - began < START_S:
                    took = terminal.paint_s(DOWN if len(paints) % 20 < 10 else UP, lambda: cursor(terminal))
                    if took is not None:
                        paints.append(took)
                    terminal.pump(random.uniform(0.01, 0.06))
                ours.append(time.monotonic() - began)
    beside = f"bare storm {statistics.median(bare):.1f} s"
    what, ratio = f"all of {size.phones} first read", middle_ratio(ours, bare)
    yield Gate(what, statistics.median(ours), "s", 1.5, ratio, beside, by_clock=True)
    if paints:
        yield Gate("  key to paint meanwhile, p99", 1e3 * percentile(paints, 0.99), "ms", 50.0, by_clock=True)


_SELECTED = re.compile(r"─ 2 Calls · desk-(\d+)")
"""The phone whose calls the main screen shows: the worst one when the program began to read."""


def pushes(size: Size) -> Iterator[Gate]:
    """Two leaves a second from each phone, beside a bare listener; and how soon a pushed name is on the screen."""
    with (
        tempfile.TemporaryDirectory() as folder,
        lean_office(size.phones, 1.0) as office,
        lean_office(size.phones, 1.0) as other,
        dashboard(File(folder, "pushes"), office, pushes=True) as terminal,
        bare_fleet("aiohttp", other.ports, "listen") as bare,
    ):
        wait_until_read(office, size.phones, (terminal,))
        terminal.pump(size.warm_s / 3)
        processes = {"ours": terminal.process, "bare": bare.pid}
        found, _ = shares(processes, size.turns, size.seconds, terminal.pump)
        delays = pushed_delays_s(office, terminal, size.keys // 4)
        memory = memory_kb(terminal.process)
    ours, theirs = (100 * statistics.median(found[name]) for name in ("ours", "bare"))
    what = f"CPU of a core, {size.phones} phones push 2 leaves a second"
    yield Gate(what, ours, "%", 2.0, middle_ratio(found["ours"], found["bare"]), f"aiohttp {theirs:.1f} %")
    if delays:
        yield Gate("pushed to painted, p99", 1e3 * percentile(delays, 0.99), "ms", 300.0, by_clock=True)
    yield Gate("memory a phone that pushes", (memory - 75_000) / size.phones, "KB", 200.0)


def pushed_delays_s(office: OfficeProcess, terminal: Terminal, count: int) -> list[float]:
    """Of so many pushes, or as many as come within `PUSHES_S`."""
    ends, found = time.monotonic() + PUSHES_S, []
    for number in range(count):
        if (seen := pushed_s(office, terminal, number)) is not None:
            found.append(seen)
        if time.monotonic() > ends:
            break
    assert len(found) >= count / 3, f"{len(found)} of {count} pushed names were seen; the screen:\n{terminal.text}"
    return found


def pushed_s(office: OfficeProcess, terminal: Terminal, number: int) -> float | None:
    word = f"caller-{number:03}"
    selected = _SELECTED.search(terminal.text)
    assert selected, f"no phone is selected; the screen:\n{terminal.text}"
    began = time.monotonic()
    office.tell(f"name {int(selected[1])} {word}")
    terminal.pump(2.0, lambda: word in terminal.text)
    took = terminal.heard_at - began
    terminal.pump(Random(number).uniform(0.05, EVENTS_S))
    return took if word in terminal.text else None


def wait_until_read(office: OfficeProcess, phones: int, screens: tuple[Terminal, ...]) -> None:
    """Until the program has asked each phone who it is, and for its whole tree."""
    ends = time.monotonic() + START_S
    while office.requests["ours"] < 2 * phones and time.monotonic() < ends:
        pump(screens, 0.1)


def pump(screens: tuple[Terminal, ...], seconds: float) -> None:
    """In turns, so that none waits for its terminal."""
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        for screen in screens:
            screen.pump(min(0.1, left) / len(screens))
        if not screens:
            time.sleep(min(0.05, left))


def cursor(terminal: Terminal) -> int:
    """The line of the terminal that the cursor is on."""
    line = terminal.highlighted()
    return next((y for y, words in enumerate(terminal.text.splitlines()) if words == line), -1)


def time_cursor(terminal: Terminal) -> str:
    """The moment that the time cursor of the call screen is at."""
    found = _CURSOR_TIME.search(terminal.text)
    return found[1] if found else ""


def list_paints_s(terminal: Terminal, count: int) -> list[float]:
    terminal.send(FIRST)
    terminal.pump(0.5)
    return paints_s(terminal, count, lambda place: DOWN if place % 20 < 10 else UP, cursor)


def call_paints_s(terminal: Terminal, count: int) -> list[float]:
    """On the screen of a call: from a key to the paint that moves the time cursor over its graphs."""
    terminal.send("/")
    terminal.pump(1.0)
    terminal.send("grade:good\r")  # a phone in a call, wherever it stands
    terminal.pump(2.0)
    terminal.send("2")
    terminal.pump(0.5)
    terminal.send("\r")
    terminal.pump(10.0, lambda: " hears" in terminal.text and "cursor" in terminal.text)
    terminal.pump(1.5)
    for _ in range(2):  # away from the end, which goes on
        terminal.send(LEFT)
        terminal.pump(0.5)
    return paints_s(terminal, count, lambda place: RIGHT if place % 2 else LEFT, time_cursor)


def paints_s(
    terminal: Terminal, count: int, key: Callable[[int], str], watched: Callable[[Terminal], object]
) -> list[float]:
    random, found = Random(3), []
    for place in range(count):
        took = terminal.paint_s(key(place), lambda: watched(terminal))
        if took is not None:
            found.append(took)
        terminal.pump(random.uniform(0.01, 0.06))
    assert len(found) >= 0.9 * count, (
        f"{count - len(found)} of {count} keys were not seen to move the cursor; the screen:\n{terminal.text}"
    )
    return found
