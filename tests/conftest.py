"""What holds for every test."""

import gc
import os
import signal
import sys
import tomllib
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path as File

import pytest
from hypothesis import HealthCheck, settings

from tests.sampling import slow_marks

# Programs that tests start would compile all of their modules anew each time, and workers all of the tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

HERE = File(__file__).parent
QUICK_CASES: dict[str, dict[str, int]] = tomllib.loads((HERE / "quick_cases.toml").read_text())
"""By module and test: how many of its cases are quick."""
IS_LONG = bool(os.environ.get("PHONETUI_LONG"))
"""Whether the slow run tries every case, which takes as long again: before a release."""


def pytest_configure() -> None:
    """A shell that puts a run into its background has it ignore signals, and the programs that tests start with it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for ignored in (signal.SIGHUP, signal.SIGQUIT):
        signal.signal(ignored, signal.SIG_DFL)
    # How long one example takes is the machine's, and says nothing of what holds for it.
    # Long runs try examples that nobody has tried; others say the same as the one before.
    settings.register_profile(
        "patient", deadline=None, derandomize=not IS_LONG, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("patient")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Eight thousand tests and all modules stay until the end: the collector of garbage has nothing to find among them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks as slow what `quick_cases.toml` leaves out, before `-m` chooses; the quick ones lie evenly among all.

    Of those some are long: only PHONETUI_LONG has them run, or their name alone.
    """
    cases = defaultdict(list)
    for item in items:
        quick = QUICK_CASES.get(str(item.path.relative_to(HERE)), {})
        if isinstance(item, pytest.Function) and item.originalname in quick and not item.get_closest_marker("slow"):
            cases[item.path, item.originalname, quick[item.originalname]].append(item)
    for (_, _, count), found in cases.items():
        kept = {place * len(found) // count for place in range(count)}
        left = [item for place, item in enumerate(found) if place not in kept]
        for place, item in enumerate(left):
            for mark in slow_marks(place):
                item.add_marker(mark)
    if config.option.markexpr and not IS_LONG:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("long")])
        items[:] = [item for item in items if not item.get_closest_marker("long")]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Counts the faults that were tried."""
    tried = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if report.when == "call" and "fault" in report.keywords
    ]
    if tried:
        held = [report for report in tried if report.passed]
        slowest = max(report.duration for report in tried)
        terminalreporter.write_line(f"faults: {len(tried)} tried, {len(held)} held, the slowest in {slowest:.1f} s")
