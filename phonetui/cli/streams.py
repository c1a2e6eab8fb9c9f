"""The three standard streams, whatever state they were handed over in: closed, full, nobody at the other end.

Questions of jump hosts, put to whoever sits at the terminal; blocking, because nothing else goes on yet.
"""

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from getpass import getpass
from typing import TextIO

from phonetui.errors import ConfigError

_UNWRITABLE = "backslashreplace"
"""A name that the terminal cannot write is no failure."""


class OutputLost(ConfigError):
    """Standard output takes nothing: a full disk, a device that went away."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"standard output cannot be written: {error.strerror or error}")


@contextmanager
def usable_streams() -> Iterator[None]:
    """Meanwhile each stream can be used: a closed one is the null device, and standard output keeps what failed.

    The latter is how a failure to write is told from other failures, and what PYTHONUNBUFFERED would take away.
    """
    _fill()
    before = sys.stdout
    if isinstance(before, io.TextIOWrapper):
        if isinstance(before.buffer, io.RawIOBase):
            sys.stdout = open(before.fileno(), "w", encoding=before.encoding, errors=_UNWRITABLE, closefd=False)  # noqa: SIM115 - see below
        else:
            before.reconfigure(errors=_UNWRITABLE)
    try:
        yield
    finally:
        if sys.stdout is not before:
            with suppress(OSError):
                sys.stdout.close()
            sys.stdout = before


def _fill() -> None:
    """Otherwise the next file or socket gets the number of a closed stream, and what is printed goes into that."""
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None or not _is_free(descriptor):
            continue
        os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # gets the lowest free number: this one
        stream = open(descriptor, "w" if descriptor else "r", encoding="utf-8", closefd=False)  # noqa: SIM115 - for good
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def write_stderr(words: str) -> None:
    """One line on standard error. Where that takes nothing there is nobody left to tell."""
    try:
        print(words, file=sys.stderr, flush=True)
    except (OSError, ValueError):  # the latter for a stream that was closed meanwhile
        discard_output(sys.stderr)


def is_output_error(error: OSError) -> bool:
    """Whether it is standard output that `error` comes from: what could not be written is still in its buffer."""
    try:
        sys.stdout.flush()
    except OSError as again:
        return again.errno == error.errno
    return False


def discard_output(stream: TextIO) -> None:
    """What is still buffered goes nowhere, instead of failing again, or blocking, at the interpreter's end."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):  # it is no file
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _is_free(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return True
    return False


def confirmed(question: str) -> bool:
    """Asks on standard output, which no program reads meanwhile; anything but yes is no."""
    print(f"{question} [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


class Terminal:
    """As `transport.ssh.jump.Asking`: on standard error, so that standard output stays what programs read."""

    async def trust(self, jump: str, words: str) -> bool:
        write_stderr(f"phonetui: {jump}: nobody knows this host key yet: {words}")
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
