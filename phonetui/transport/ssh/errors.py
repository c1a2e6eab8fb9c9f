"""What SSH's errors mean for us: foreign exceptions → ours, for a jump host and for a channel through it."""

import asyncio
import re
import socket

import asyncssh

from phonetui.errors import AccessError, PhonetuiError, TimedOut, Unreachable
from phonetui.text import printable

_ABSENT = {
    "connection-refused": re.compile("refused", re.IGNORECASE),
    "no-route": re.compile("no route|unreachable|host is down", re.IGNORECASE),
    "timeout": re.compile("timed out|timeout", re.IGNORECASE),
    "name": re.compile("resol|name or service|unknown host", re.IGNORECASE),
}
"""OpenSSH's words, which are its system's, for why it could not connect to where a channel leads."""


def channel_failed(error: Exception, jump: str, place: str) -> PhonetuiError:
    """A channel to `place` was not opened, though the jump host itself is there."""
    if not isinstance(error, asyncssh.ChannelOpenError):
        return jump_failed(error, jump, place)
    words = printable(error.reason)
    if error.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED:
        hint = f"Its sshd needs AllowTcpForwarding, and PermitOpen where that is set, for {place}"
        return AccessError(f"{jump} may not connect us to {place}: {words}", hint)
    for reason, pattern in _ABSENT.items():
        if pattern.search(words):
            return Unreachable(f"{jump} reports: {words}", f"Can {jump} itself reach {place}?", reason=reason)
    return Unreachable(f"{jump} cannot connect to {place}: {words}", reason="no-route")


def jump_failed(error: Exception, jump: str, place: str) -> PhonetuiError:
    """The jump host was not reached, or hung up before we were in."""
    hint = f"Does 'ssh {jump}' work?"
    match error:
        case TimeoutError() | asyncio.CancelledError():
            words = "does not answer"
        case ConnectionRefusedError():
            words = "refuses connections"
        case socket.gaierror():
            words = "has a name that cannot be resolved"
        case asyncssh.ChannelOpenError() | asyncssh.DisconnectError():
            words = f"hung up: {printable(error.reason)}"
        case OSError():
            words = f"is not reached: {error.strerror or type(error).__name__}"
        case _:
            words = f"cannot be understood: {printable(str(error))}"
    return Unreachable(f"jump host {jump} ({place}) {words}", hint, reason="tunnel")


def login_refused(jump: str, user: str, wanted: str) -> AccessError:
    """`wanted` is what could not be asked, or was not given."""
    if wanted:
        words = f"jump host {jump} was not given: {wanted}"
        return AccessError(words, "Load the key into ssh-agent, or start in a terminal", reason="credentials")
    hint = f"Does 'ssh {jump}' work? Check user and key_file, or load the key into ssh-agent"
    return AccessError(f"jump host {jump} refuses user '{user}'", hint, reason="credentials")


def opening(jump: str, seconds: float) -> Unreachable:
    return Unreachable(
        f"jump host {jump} is not open after {seconds:g} s", "It may wait for an answer", reason="tunnel"
    )


def too_slow(jump: str, place: str, seconds: float) -> TimedOut:
    return TimedOut(f"a connection to {place} from {jump}", seconds)


def lost(jump: str) -> PhonetuiError:
    return shared(Unreachable(f"the tunnel through {jump} is lost", "It is opened again by itself", reason="tunnel"))


def shared(error: PhonetuiError) -> PhonetuiError:
    """All phones behind the jump host have it, so none of them tells it."""
    error.is_shared = True
    return error


def again(error: PhonetuiError) -> PhonetuiError:
    """The same failure for another who waits: one exception raised many times would gather everyone's traceback."""
    other = type(error)(error.message, error.hint, reason=error.reason)
    other.is_shared = error.is_shared
    return other
