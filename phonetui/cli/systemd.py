"""Messages to systemd (sd_notify(3)): ready, reloading, alive, stopping."""

import os
import time
from contextlib import suppress


class ServiceNotifier:
    """Sends datagrams to `NOTIFY_SOCKET`; does nothing where there is none. Never fails, never waits."""

    def __init__(self) -> None:
        self._place = os.environ.get("NOTIFY_SOCKET", "")
        limit = os.environ.get("WATCHDOG_USEC", "")
        is_ours = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_s = int(limit) / 1e6 if limit.isdecimal() and is_ours else None
        """Within so many seconds systemd wants a sign of life; None where it wants none."""

    def ready(self, status: str) -> None:
        self._send("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """`ready` says when that is over."""
        monotonic_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={monotonic_us}")

    def alive(self, status: str) -> None:
        self._send("WATCHDOG=1", f"STATUS={status}")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def _send(self, *lines: str) -> None:
        if not self._place.startswith(("/", "@")):
            return
        import socket

        place = "\0" + self._place[1:] if self._place.startswith("@") else self._place
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sending:
            sending.setblocking(False)
            sending.sendto("\n".join(lines).encode(), place)
