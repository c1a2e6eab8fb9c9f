"""How many files a value passes, followed through the running program: the shorter, the sooner a newcomer finds it.

pytest -s tests/test_traces.py prints the files.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as File
from types import FrameType

import phonetui
from phonetui.config.settings import Config, ControlMode
from phonetui.phone.state import PhoneId
from phonetui.ui.app import PhonetuiApp
from phonetui.ui.control.dialogs import DialDialog
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.panes.call import CallsPane
from tests.live import live, served, until
from tests.ui.office import office
from tests.ui.screen import opened

PACKAGE = f"{File(phonetui.__file__).parent}/"
SIM1 = PhoneId("sim-1")
FUNDAMENTAL = {"frozen", "numeric", "text", "xapi.path"}
"""What every word, number and place of a phone passes wherever it goes, as builtins would."""


class Trace:
    """Functions of the package that run in some tasks, from when one of `begin` is called until `end` returns or is called.

    Names are dotted, from the module on. A task joins as soon as it runs something whose name begins as one of `joins`.
    Where the same task calls `begin` again before `end`, nothing came of the call before, and what it ran is forgotten.
    """

    def __init__(self, begin: str, end: str, joins: tuple[str, ...] = (), *, at_call: bool = False) -> None:
        self._begin, self._end, self._joins = begin, end, joins
        self._event = "call" if at_call else "return"
        self._tasks: set[object] = set()
        self._frame: FrameType | None = None
        self._functions: set[tuple[str, str]] = set()
        self.is_over = False

    @property
    def files(self) -> list[str]:
        """Without those of the simulator, which are another program's, and without what is fundamental."""
        return sorted({file for file, _ in self._functions} - FUNDAMENTAL)

    def files_of(self, room: str) -> list[str]:
        return [file for file in self.files if file.startswith(f"{room}.")]

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        path = frame.f_code.co_filename
        if self.is_over or event not in ("call", "return") or not path.startswith(PACKAGE) or "/simulator/" in path:
            return
        file = path.removeprefix(PACKAGE).removesuffix(".py").replace("/", ".")
        name = f"{file}.{frame.f_code.co_qualname}"
        try:
            task = asyncio.current_task()
        except RuntimeError:
            return
        if event == "call":
            # A coroutine that goes on is "called" as well, in the same frame.
            is_another = name == self._begin and frame is not self._frame
            if is_another and (not self._tasks or task in self._tasks):
                self._tasks, self._frame, self._functions = {task}, frame, set()
            if self._tasks and name.startswith(self._joins or ("\0",)):
                self._tasks.add(task)
            if task in self._tasks:
                self._functions.add((file, name))
        self.is_over = event == self._event and name == self._end and task in self._tasks


@contextmanager
def following(trace: Trace) -> Iterator[None]:
    sys.setprofile(trace)
    try:
        yield
    finally:
        sys.setprofile(None)


def is_short(what: str, files: list[str], most: int) -> bool:
    print(f"\n{what}: {len(files)} files, at most {most}: {', '.join(files)}")
    return 0 < len(files) <= most


async def test_from_the_socket_to_the_state_of_a_polled_call() -> None:
    async with served(2) as offices, live(offices, control=ControlMode.OFF, transport="http") as watched:
        await until(lambda: watched.state("sim-1") == "live")
        offices.start_call("sim-1", "sim-2")
        await until(lambda: any(call.jitter_ms is not None for call in watched.fleet.phones[SIM1].calls))
        found: list[list[str]] = []
        while len(found) < 3:  # a busy machine may be late once, and what then goes wrong takes another way
            trace = Trace("monitor.watch.Watch._read", "phone.observe.observe")
            with following(trace):
                await until(lambda: trace.is_over)  # noqa: B023 - waited for right here
            if "phone.parse" in trace.files:  # else it was of the ports, which are only counted
                found.append(trace.files)
    shortest = min(found, key=len)
    assert is_short("socket to state of a polled call", shortest, 12)


async def test_from_a_push_to_the_state() -> None:
    joins = ("monitor.feedback.", "transport.subscription.", "transport.feedback.")
    async with served() as offices, live(offices, transport="http") as watched:
        await until(lambda: watched.fleet.phones[SIM1].connection.pushes)
        trace = Trace("transport.feedback.Listener._receive", "phone.observe.observe", joins)
        with following(trace):
            offices.set_value("sim-1", "Standby Level", "Networked")
            await until(lambda: trace.is_over)
    assert is_short("a pushed leaf to the state", trace.files, 10)


async def test_from_the_state_to_a_cell() -> None:
    async with opened(office()) as desk:
        screen = desk.app.screen
        assert isinstance(screen, MainScreen)
        pane = screen.query_one(CallsPane)
        trace = Trace("ui.panes.call.CallsPane.rows_of", "ui.widgets.row_list.RowsView.show", at_call=True)
        with following(trace):
            pane.draw()
    files = [file for file in trace.files_of("ui") if file != "ui.panes.call_graph"]  # a curve is no cell
    assert is_short("state to cell", files, 6)


async def test_from_a_key_to_the_wire() -> None:
    async with served(2) as offices, live(offices, transport="http") as watched:
        await until(lambda: watched.state("sim-1") == "live")
        app = PhonetuiApp(watched.fleet, Config())
        async with app.run_test() as pilot:
            await pilot.press("d", *"5002")
            await until(lambda: isinstance(app.screen, DialDialog))
            trace = Trace(
                "ui.control.dialogs.DialDialog._try", "transport.http.HttpTransport._ask", at_call=True,
                joins=("ui.control.dialogs.DialDialog.", "monitor.control."),
            )  # fmt: skip
            with following(trace):
                await pilot.press("enter")
                await until(lambda: trace.is_over)
    assert is_short("a number to the wire", trace.files, 8)
