"""The standard streams, questions at the terminal, and the files that options name.

The streams may have been handed over in any state: closed, full, nobody at the other end.
"""

import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from phonetui import private
from phonetui.errors import ConfigError, PhonetuiError

if TYPE_CHECKING:
    from datetime import datetime

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
    _open_closed()
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


def _open_closed() -> None:
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
    """What is still buffered is dropped, instead of failing again, or blocking, at the interpreter's end."""
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


def read_input(file: str | Path, hint: str = "") -> str:
    """The text of a file, in UTF-8, or of standard input for the word `-`. Raises ConfigError."""
    try:
        return sys.stdin.read() if file == "-" else private.expand_user(file).read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or 'cannot be read'}", hint) from error
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: not UTF-8 text", hint) from None


def confirm(question: str, refusal: Callable[[str], PhonetuiError], hint: str) -> None:
    """Returns after a yes; asks on standard output, which no program reads meanwhile. Anything but yes is no.

    Raises `refusal` of no hint after a no, and of `hint` where there is no terminal to ask at.
    """
    if not sys.stdin.isatty():
        raise refusal(hint)
    print(f"{question} [y/N] ", end="", flush=True)
    if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
        raise refusal("")


class Terminal:
    """A `fleet.protocol.Prompter` on standard error, so that standard output stays what programs read."""

    async def trust(self, jump: str, words: str) -> bool:
        write_stderr(f"phonetui: {jump}: nobody knows this host key yet: {words}")
        return _read_line("Accept it from now on? [y/N] ").strip().casefold() in ("y", "yes")

    async def secret(self, jump: str, words: str, *, shown: bool) -> str | None:
        prompt = f"{words} ({jump}): "
        if shown:
            return _read_line(prompt) or None
        try:
            with _interruptible():
                return getpass(prompt) or None
        except EOFError:
            return None


def terminal() -> Terminal | None:
    """The terminal at which questions can be asked; None without one."""
    return Terminal() if sys.stdin.isatty() else None


def _read_line(prompt: str) -> str:
    print(prompt, end="", file=sys.stderr, flush=True)
    with _interruptible():
        return sys.stdin.readline().rstrip("\n")


@contextmanager
def _interruptible() -> Iterator[None]:
    """ctrl+c ends the program: the event loop's own handler would wait for this thread, which waits for a line."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def check_output_file(output: str | None) -> None:
    """Checks that `output` can be written, before a phone is asked for its content. Raises ConfigError."""
    from phonetui import private

    if output not in (None, "", "-") and private.expand_user(str(output)).exists():
        raise _name_taken(str(output))


def write_output_file(content: str | bytes, output: str | None, stem: str, ending: str) -> str:
    """The file's name, empty for standard output; `output` is what stood behind `-o`, else `stem` names the file.

    Raises ConfigError where there is such a file already, or it cannot be written.
    """
    from phonetui import private

    if output == "-":
        if isinstance(content, str):
            sys.stdout.write(content)
        else:
            sys.stdout.buffer.write(content)
        return ""
    try:
        if output:
            return str(private.create(private.expand_user(output), content))
        return str(private.create_in(Path(), stem, ending, content))
    except FileExistsError:
        raise _name_taken(str(output)) from None
    except OSError as error:
        where = error.filename or output
        raise ConfigError(
            f"{where}: {error.strerror or 'cannot be written'}", "Choose another place with -o"
        ) from error


def file_stem(phone: str, now: "datetime") -> str:
    """`lobby-20261121-120000`: local time, as the operator's other files have it."""
    from phonetui import private

    return f"{private.safe_name(phone)}-{now:%Y%m%d-%H%M%S}"


def _name_taken(output: str) -> ConfigError:
    return ConfigError(f"{output}: there is such a file already", "Choose another name with -o")
