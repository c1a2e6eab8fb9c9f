"""What holds for every test."""

import signal

import pytest
from hypothesis import HealthCheck, settings


def pytest_configure() -> None:
    """A shell that puts a run into its background has it ignore interrupts, and the programs that tests start with it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # How long one example takes is the machine's, and says nothing of what holds for it.
    settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("patient")


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
