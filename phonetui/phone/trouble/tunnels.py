"""What is wrong with the jump hosts: one trouble each, however many phones wait behind it."""

from collections.abc import Sequence

from phonetui.phone.alert import AlertId, Severity, Trouble
from phonetui.phone.tunnel import TunnelState
from phonetui.text import printable

NAMED = 5
"""Phones that are named; of more, how many there are."""
_BROKEN = ("lost", "refused")


def assess(tunnels: Sequence[TunnelState]) -> tuple[Trouble, ...]:
    """A tunnel that is only being opened is none, and neither is one whose way there is what is lost."""
    return tuple(
        Trouble(AlertId.TUNNEL, tunnel.name, Severity.CRITICAL, printable(_words(tunnel, tunnels)))
        for tunnel in tunnels
        if tunnel.state in _BROKEN and tunnel.blamed is None
    )


def _words(tunnel: TunnelState, tunnels: Sequence[TunnelState]) -> str:
    farther = (phone for other in tunnels if other.blamed == tunnel.name for phone in other.phones)
    phones = (*tunnel.phones, *farther)
    count = len(phones)
    behind = "nobody is behind it"
    if count:
        named = ", ".join(phones[:NAMED]) + (" …" if count > NAMED else "")
        behind = f"{count} phone{'' if count == 1 else 's'} behind it: {named}"
    return "  ".join(filter(None, (f"tunnel {tunnel.name} {tunnel.state}", tunnel.detail, behind, tunnel.hint)))
