"""Questions of jump hosts, put to whoever sits at the terminal; blocking, because nothing else goes on yet."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass

from phonetui.cli.streams import complain


class Terminal:
    """As `transport.ssh.jump.Asking`: on standard error, so that standard output stays what programs read."""

    async def trust(self, jump: str, words: str) -> bool:
        complain(f"phonetui: {jump}: nobody knows this host key yet: {words}")
        return _asked("Accept it from now on? [y/N] ").strip().casefold() in ("y", "yes")

    async def secret(self, jump: str, words: str, *, shown: bool) -> str | None:
        prompt = f"{words} ({jump}): "
        if shown:
            return _asked(prompt) or None
        try:
            with _interruptible():
                return getpass(prompt) or None
        except EOFError:
            return None


def terminal() -> Terminal | None:
    """None without one to ask at."""
    return Terminal() if sys.stdin.isatty() else None


def _asked(prompt: str) -> str:
    print(prompt, end="", file=sys.stderr, flush=True)
    with _interruptible():
        return sys.stdin.readline().rstrip("\n")


@contextmanager
def _interruptible() -> Iterator[None]:
    """ctrl+c ends the program: the event loop's own handler would wait for us, who wait for a line."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
