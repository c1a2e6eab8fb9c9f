"""What the terminal sends: keys, mouse, answers. Read in a thread that sleeps until something comes.

The toolkit's own thread wakes ten times a second to see whether an Esc stands alone, or whether it is to end. Here it
waits for the time of that Esc while there is one, and is woken for its end.
"""

import errno
import os
import select
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable

from textual._xterm_parser import XTermParser
from textual.message import Message

PIECE = 4096
"""Bytes read at a time."""
ESCAPE_S = 0.1
"""How long an Esc that nothing follows is waited for; as the toolkit has it."""
LAST_S = 0.1
"""For answers that are on their way when reading ends: the shell would take them for keys."""
_ESC = "\x1b"
_INTRODUCERS = "[]O_P"
"""What stands behind ESC in a sequence that a terminal sends (ECMA-48 5.4, 8.3): CSI, OSC, SS3, APC, DCS."""


class EscapeParser(XTermParser):
    """Takes Esc and a key soon after it for the two keys that they are.

    A terminal writes alt and a key in one piece; Esc and another key come in two. The toolkit would wait a tenth of a
    second after an Esc, and read whatever came within as alt and a key.
    """

    _ends_with_escape = False

    @property
    def is_waiting(self) -> bool:
        """Whether what came may be all, and `tick` will say so in a moment."""
        return self._timeout_time is not None  # private: the toolkit has no other way to tell

    def feed(self, data: str) -> Iterable[Message]:
        if self._ends_with_escape and self.is_waiting and data and data[0] not in _INTRODUCERS:
            self._timeout_time = 0.0  # private: the toolkit has no other way to say that nothing follows
            yield from self.tick()
        self._ends_with_escape = data.endswith(_ESC)
        yield from super().feed(data)


class TerminalInput:
    """Reads from one descriptor until `end`, and again if wanted."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._woken, self._wake = os.pipe()

    def end(self) -> None:
        """For another thread: `read` returns soon."""
        os.write(self._wake, b"\0")

    def close(self) -> None:
        os.close(self._woken)
        os.close(self._wake)

    def read(self, take: Callable[[Message], object], *, debug: bool = False) -> None:
        """Gives `take` each message, until `end`. Raises OSError once the terminal is gone."""
        parser, decode = EscapeParser(debug), getincrementaldecoder("utf-8")(errors="replace").decode
        is_ending = False
        while not is_ending:
            ready, _, _ = select.select([self._terminal, self._woken], [], [], ESCAPE_S if parser.is_waiting else None)
            if self._woken in ready:
                is_ending = True
                os.read(self._woken, PIECE)
                ready, _, _ = select.select([self._terminal], [], [], LAST_S)
            if self._terminal in ready:
                data = os.read(self._terminal, PIECE)
                if not data:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))  # in raw mode it is no end that was typed
                for message in parser.feed(decode(data)):
                    take(message)
            for message in parser.tick():
                take(message)
