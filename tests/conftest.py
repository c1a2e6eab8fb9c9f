"""What holds for every test."""

import signal


def pytest_configure() -> None:
    """A shell that puts a run into its background has it ignore interrupts, and the programs that tests start with it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
