"""Rings the bell and sends the terminal's own notifications for alerts, while the dashboard runs."""

import asyncio
import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from datetime import datetime

from textual.app import App

from phonetui.config.settings import NotifySettings
from phonetui.notify.alert_groups import AlertGrouping, NotificationKind
from phonetui.notify.terminal import OscForm, detect_osc, terminal_bytes
from phonetui.ui.session import Session

NOTICE_S = 1.0
"""Between two looks at alerts, and from a change to the look at it."""
TMUX_S = 2.0
"""How long tmux may take to say what it passes on."""


class AlertNotices:
    """Rings once for a trouble, and says when it is over."""

    def __init__(self, session: Session, write: Callable[[str], object]) -> None:
        """`write` takes what goes to the terminal beside the screen."""
        self._session = session
        self._write = write
        self._settings = session.config.notify
        self._grouping = AlertGrouping(self._settings.severity, self._settings.cooldown_s)
        self._terminal: tuple[OscForm, bool] | None = None

    def start(self, app: App[None], is_live: Callable[[], bool]) -> None:
        """Looks at alerts for as long as `app` runs, while `is_live`: a recording that is shown rings for nobody.

        It looks a while after something changed; while any alert holds, and where no fleet says so, all the time.
        """
        context, session = copy_context(), self._session  # the fleet's tasks may have another

        async def look() -> None:
            if is_live():
                await self.update(session.clock.steady(), session.clock.now())
            wait()

        def look_later() -> None:
            if app.is_running:
                context.run(app.set_timer, NOTICE_S, look)

        def wait() -> None:
            fleet = session.parts(session.unmasked).notifying
            if fleet is None or not self._grouping.is_empty:
                look_later()
            else:
                fleet.on_next_change(look_later)

        wait()

    async def update(self, now_s: float, seen_at: datetime) -> None:
        """Notices of the fleet as it is shown: masked under the mask."""
        if self._terminal is None:  # tmux is asked, which may take its time
            self._terminal = await asyncio.to_thread(_terminal, self._settings)
        form, in_tmux = self._terminal
        fleet = self._session.fleet
        for notification in self._grouping.update(fleet.alerts, fleet.phones, now_s, seen_at):
            bell = self._settings.bell and notification.kind is NotificationKind.RAISED
            if words := terminal_bytes(notification, form, bell=bell, in_tmux=in_tmux):
                self._write(words)


def _terminal(settings: NotifySettings) -> tuple[OscForm, bool]:
    """Which form the terminal takes, and whether tmux stands before it; OFF where tmux passes nothing on."""
    form = OscForm(settings.osc)
    if form is OscForm.OFF or "TMUX" not in os.environ:
        return (detect_osc(os.environ) if form is OscForm.AUTO else form), False
    if _tmux("show", "-Apv", "allow-passthrough") not in {"on", "all"}:
        return OscForm.OFF, True
    if form is OscForm.AUTO:  # tmux has put its own name over that of the terminal outside
        term, terminal = _tmux("display-message", "-p", "#{client_termname}"), os.environ.get("LC_TERMINAL", "")
        form = detect_osc({"TERM": term, "LC_TERMINAL": terminal})
    return form, True


def _tmux(*words: str) -> str:
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(  # noqa: S603 - words of this module
            ["tmux", *words], capture_output=True, text=True, timeout=TMUX_S, check=False, stdin=subprocess.DEVNULL  # noqa: S607 - the operator's own
        )  # fmt: skip
        return done.stdout.strip()
    return ""
