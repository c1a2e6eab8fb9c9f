"""The error tree, split by what to do next.

PhonetuiError
├── ConfigError            stop and say which key
├── TransportError         try again with back-off
│   ├── Unreachable        name, route, refused
│   │   └── Asleep         known to be in deep sleep
│   ├── TimedOut           which step, after how many seconds
│   ├── Dropped            was connected
│   │   └── ServerError    the web server answers that it failed: at this request, perhaps not at others
│   ├── Resumed            nothing happened to the phone: this machine stood still
│   ├── Restarting         the web server answers, the phone behind it doesn't yet
│   └── Busy               asked to come back later
├── AccessError            don't try again soon: credentials, role, certificate, control
│   └── PermissionDenied   the phone knows us, and our role may not
├── ProtocolError          an answer that cannot be read: count it, keep going, show it
│   └── NotOffered         the web server answers, and has not what was asked for
└── CommandRefused         understood and refused: show it to the operator
"""

from typing import ClassVar, Self

from phonetui.text import NOTHING, Printable, printable


class PhonetuiError(Exception):
    """What happened and what to try; the phone's name is added where it is shown."""

    kind: ClassVar[str] = "protocol"
    """The word of the contract's `--json` errors."""
    is_shared: bool = False
    """Whether it is the same for several phones, and reported once where it happened."""

    reference: Printable = NOTHING
    """Under which the other side's support finds the exchange again: Webex's tracking id. Empty where it gave none."""

    def __init__(self, message: str, hint: str = "", *, reason: str = "") -> None:
        """`reason` is empty or one word of the contract, such as `credentials` or `connection-refused`."""
        super().__init__(printable(message))
        self.message = printable(message)
        self.hint = printable(hint)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}".rstrip() if self.hint else str(self.message)

    def without_frames(self) -> Self:
        """The error, to be kept: it and what it came of hold none of the frames that they passed any more.

        Frames hold connections, and the error itself: a cycle with the memory of TLS in it, which lives until the
        garbage collector comes by, in a program that allocates little after hours.
        """
        errors: list[BaseException | None] = [self]
        seen: set[int] = set()
        while errors:
            error = errors.pop()
            if error is not None and id(error) not in seen:
                seen.add(id(error))
                error.__traceback__ = None
                errors += (error.__cause__, error.__context__)
        return self

    @property
    def sentences(self) -> tuple[str, ...]:
        """What happened, what to try, and under which id Webex has it, without full stops; what there is of it."""
        tracking = f"Tracking id {self.reference}" if self.reference else ""
        return tuple(words for words in (self.message, self.hint, tracking) if words)


class ConfigError(PhonetuiError):
    """The configuration or the command line cannot be used as it is."""

    kind = "config"


class TransportError(PhonetuiError):
    """The phone could not be asked, or did not answer; trying again may help."""

    kind = "unreachable"
    is_certain: bool = False
    """Whether a reliable source reported it: trying twice more would show nothing new."""


class Unreachable(TransportError):
    """No connection: `reason` is `name`, `no-route`, `connection-refused`, `not-found` or `tunnel`."""


class Asleep(Unreachable):
    """In deep sleep, by a reliable source: nothing reaches it until it wakes."""

    is_certain = True


class TimedOut(TransportError):
    """A step took longer than it may."""

    kind = "timed-out"

    def __init__(self, step: str, seconds: float, hint: str = "") -> None:
        super().__init__(f"no answer to {step} within {seconds:g} s", hint, reason="timeout")


class Dropped(TransportError):
    """The connection was there and broke before the answer was whole."""

    kind = "dropped"


class ServerError(Dropped):
    """HTTP 500 and its like: the phone is there, and failed at what it was asked."""


class Resumed(TransportError):
    """This machine slept, or the program stood still: connections may have died unnoticed, and are opened anew."""

    is_shared = True

    def __init__(self, wait_s: float) -> None:
        """`wait_s` until this phone's turn comes: not all are to be asked at once."""
        super().__init__("this computer stood still")
        self.wait_s = wait_s


class Restarting(TransportError):
    """502: the phone's web server is up and its application isn't (read in Cisco's room-device clients)."""


class Busy(TransportError):
    """503 or 429: the phone limits requests."""

    def __init__(self, message: str, hint: str = "", *, retry_after_s: float | None = None) -> None:
        """`retry_after_s` is the phone's own `Retry-After`, in seconds, where it gave one."""
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s


class AccessError(PhonetuiError):
    """Not allowed: `reason` is `credentials`, `role`, `certificate`, `host-key`, or empty for our own read-only."""

    kind = "access"

    def __init__(
        self, message: str, hint: str = "", *, reason: str = "", block: tuple[str, ...] = (), role: str = ""
    ) -> None:
        """`block` is the phone's own answer in the terminal notation; `role` the one that is needed, where known."""
        super().__init__(message, hint, reason=reason)
        self.block = block
        self.role = role


class PermissionDenied(AccessError):
    """The phone says that the account's role may not do this."""


class ProtocolError(PhonetuiError):
    """The answer isn't xAPI, or is broken: `reason` is `html`, `not-found` or empty."""


class NotOffered(ProtocolError):
    """The web server answers but refuses what was asked for; other requests may succeed."""


class CommandRefused(PhonetuiError):
    """The phone understood and refused."""

    kind = "refused"

    def __init__(self, message: str, hint: str = "", *, block: tuple[str, ...] = ()) -> None:
        """`block` is the phone's own answer in the terminal notation, line by line."""
        super().__init__(message, hint)
        self.block = block
