"""The jump hosts of a fleet: opened when a phone needs one; trouble is journalled once for all phones behind it."""

import asyncio
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path as File
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from phonetui.config.settings import Config
from phonetui.errors import PhonetuiError
from phonetui.monitor.schedule import retry_s
from phonetui.phone.journal import Weight
from phonetui.phone.state import PhoneId, TunnelState
from phonetui.text import NOTHING, printable

if TYPE_CHECKING:
    from phonetui.transport.feedback import Listener
    from phonetui.transport.ssh.config import LoginPrompter
    from phonetui.transport.ssh.reverse_listener import ReverseListener
    from phonetui.transport.ssh.tunnel import Tunnel, Tunnels

Note = Callable[[str, str, Weight], None]
"""Takes a jump host's name and what to record of it."""


class JumpHosts:
    """The tunnels of a fleet by jump host, and what is known of each."""

    def __init__(self, config: Config, known_hosts: File, note: Note) -> None:
        """`known_hosts` is where host keys are kept if the user's own configuration keeps none."""
        self._config = config
        self._known_hosts = known_hosts
        self._note = note
        self._behind: dict[str, tuple[PhoneId, ...]] = {}
        for phone in config.phones:
            if phone.jump is not None and not phone.is_behind_webex:
                self._behind[phone.jump] = (*self._behind.get(phone.jump, ()), phone.id)
        self._opened: Tunnels | None = None
        self._reverse_listeners: dict[str, ReverseListener] = {}
        self._prompter: LoginPrompter | None = None
        self._noted: dict[Tunnel, str] = {}
        """The failure last recorded of each tunnel; empty once that was its opening."""
        self._has_changed = False

    @property
    def states(self) -> tuple[TunnelState, ...]:
        return tuple(self._state(tunnel) for tunnel in self._opened or ())

    def tunnel(self, name: str) -> "Tunnel":
        return self._tunnels.get(name)

    def reverse_listener(self, name: str, listener: "Listener") -> "ReverseListener":
        """The port on a jump host to which the phones behind it push, on the way to `listener`."""
        from phonetui.transport.ssh.reverse_listener import ReverseListener  # noqa: PLC0415 - as below

        if name not in self._reverse_listeners:
            advertise = self._tunnels.jump(name).advertise
            self._reverse_listeners[name] = ReverseListener(
                listener, self.tunnel(name), advertise, partial(self._warn, name)
            )
        return self._reverse_listeners[name]

    def ask_with(self, prompter: "LoginPrompter | None") -> None:
        """Sets whom jump hosts' questions are put to; without anybody, they are refused."""
        self._prompter = prompter
        if self._opened is not None:
            self._opened.set_prompter(prompter)

    async def open(self) -> None:
        """Waits until every jump host is open, however long its questions take. Raises the first failure."""
        await asyncio.gather(*(self.tunnel(name).connection() for name in self._behind))

    def update(self) -> bool:
        """Records what changed since the last look; whether anything did."""
        has_changed, self._has_changed = self._has_changed, False
        if has_changed:
            for tunnel in self._opened or ():
                self._note_change(tunnel)
        return has_changed

    def round_trip_ms(self, name: str | None) -> float | None:
        return self.tunnel(name).round_trip_ms if name is not None and self._opened is not None else None

    def failure(self, name: str | None) -> PhonetuiError | None:
        """What is wrong with the jump host or the way there, and so with every phone behind it."""
        if name is None or self._opened is None:
            return None
        tunnel = self.tunnel(name)
        return _blamed(tunnel).failure or tunnel.failure

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()

    @property
    def _tunnels(self) -> "Tunnels":
        from phonetui.transport.ssh.config import Jump  # noqa: PLC0415 - SSH only where a phone needs it
        from phonetui.transport.ssh.tunnel import Tunnels  # noqa: PLC0415 - as above

        if self._opened is None:
            rng = random.Random()  # noqa: S311 - spreads retries, guards nothing
            self._opened = Tunnels(
                [Jump(**asdict(jump)) for jump in self._config.jumps],
                self._known_hosts,
                lambda failure, failures: retry_s(failure, failures, rng),
                changed=self._changed,
                notice=self._warn,
            )
            self._opened.set_prompter(self._prompter)
        return self._opened

    def _warn(self, name: str, words: str) -> None:
        self._note(name, words, Weight.WARNING)

    def _changed(self, _: "Tunnel") -> None:
        self._has_changed = True

    def _note_change(self, tunnel: "Tunnel") -> None:
        """One line, however many phones wait behind it; none where the way to the jump host is what is wrong."""
        from phonetui.transport.ssh.config import TunnelStatus  # noqa: PLC0415 - loaded already by the tunnel

        noted = self._noted.get(tunnel)
        failure = tunnel.failure
        count = len(self._behind.get(tunnel.name, ()))
        behind = f", {count} phone{'' if count == 1 else 's'} behind it" if count else ""
        if tunnel.status is TunnelStatus.UP and noted != "":
            self._noted[tunnel] = ""
            self._note(tunnel.name, f"tunnel open{behind}", Weight.GOOD)
            return
        is_its_own = tunnel.outer is None or tunnel.outer.status is TunnelStatus.UP
        if failure is not None and is_its_own and failure.reason != noted:
            self._noted[tunnel] = failure.reason
            self._note(tunnel.name, f"{failure}{behind}", Weight.TROUBLE)

    def _state(self, tunnel: "Tunnel") -> TunnelState:
        blamed = _blamed(tunnel)
        failure = blamed.failure or tunnel.failure
        return TunnelState(
            name=printable(tunnel.name),
            state=tunnel.status.value,
            since=tunnel.since,
            round_trip_ms=tunnel.round_trip_ms,
            phones=self._behind.get(tunnel.name, ()),
            reason=failure.reason if failure else "",
            detail=failure.message if failure else NOTHING,
            hint=failure.hint if failure else NOTHING,
            blamed=printable(blamed.name) if blamed is not tunnel else None,
        )


def _blamed(tunnel: "Tunnel") -> "Tunnel":
    """The outermost jump host on the way to this one that is down; itself where the way is open."""
    blamed, outer = tunnel, tunnel.outer
    while outer is not None:
        if outer.current is None:
            blamed = outer
        outer = outer.outer
    return blamed
