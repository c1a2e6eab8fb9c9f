"""What is wrong with the jump hosts: one trouble each, however many phones wait behind it."""

from collections.abc import Iterable

from phonetui.phone.alert import AlertId, Severity, Trouble
from phonetui.phone.tunnel import TunnelState
from phonetui.text import printable

NAMED = 5
"""Phones that are named; of more, how many there are."""
_BROKEN = ("lost", "refused")


def assess(tunnels: Iterable[TunnelState]) -> tuple[Trouble, ...]:
    """A tunnel that is only being opened is none."""
    return tuple(
        Trouble(AlertId.TUNNEL, tunnel.name, Severity.CRITICAL, printable(_words(tunnel)))
        for tunnel in tunnels
        if tunnel.state in _BROKEN
    )


def _words(tunnel: TunnelState) -> str:
    count = len(tunnel.phones)
    behind = "nobody is behind it"
    if count:
        named = ", ".join(tunnel.phones[:NAMED]) + (" …" if count > NAMED else "")
        behind = f"{count} phone{'' if count == 1 else 's'} behind it: {named}"
    return "  ".join(filter(None, (f"tunnel {tunnel.name} {tunnel.state}", tunnel.detail, behind, tunnel.hint)))
