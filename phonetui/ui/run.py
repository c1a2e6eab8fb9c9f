"""Runs the dashboard: refuses where no screen can be drawn, and leaves the terminal as it found it."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from phonetui import boot_time, signals
from phonetui.config.complaint import Complaint
from phonetui.config.settings import Config
from phonetui.errors import ConfigError
from phonetui.ui.graphics.capabilities import detect_graphics
from phonetui.ui.session import zone_of

if TYPE_CHECKING:
    from textual.theme import Theme

    from phonetui.fleet.protocol import Fleet
    from phonetui.ui.app import PhonetuiApp
    from phonetui.ui.session import Clock, Keep, KeepAccount, RecorderStatus


def run(
    fleet: "Fleet",
    config: Config,
    *,
    title: str = "",
    demo: bool = False,
    dialled: Sequence[str] = (),
    remember: Callable[[str], None] | None = None,
    preferences: Mapping[str, object] | None = None,
    keep: "Keep | None" = None,
    keep_account: "KeepAccount | None" = None,
    clock: "Clock | None" = None,
    recorder: "RecorderStatus | None" = None,
) -> int:
    """Shows the dashboard until the operator leaves; returns the exit code. `recorder` is what it records with,
    `keep_account` what writes a password that was typed into the configuration.

    Raises ConfigError where standard output is no terminal that can draw, and for an unknown theme or time zone.
    """
    check_terminal()
    graphics_mode = detect_graphics(config.ui.graphics)
    gc.disable()  # until the first frame: looking for garbage is a tenth of the way there, and all of it stays
    from phonetui.ui.app import PhonetuiApp  # noqa: PLC0415 - the toolkit takes 130 ms to import: only for a terminal

    app = PhonetuiApp(
        fleet, config, title=title, demo=demo, dialled=dialled, remember=remember, preferences=preferences, keep=keep,
        clock=clock, graphics_mode=graphics_mode, recorder=recorder,
    )  # fmt: skip
    app.session.keep_account = keep_account
    return boot_time.run(present(app, mouse=config.ui.mouse))


def check_terminal() -> None:
    """Raises ConfigError, saying what to use instead, where the dashboard cannot be drawn; else does nothing."""
    instead = "Use `phonetui status` or `phonetui watch` instead."
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):  # the toolkit draws on the third
        raise ConfigError("the dashboard needs a terminal for input, output and errors", instead)
    if os.environ.get("TERM", "dumb") in ("dumb", "unknown", ""):
        raise ConfigError(f"TERM={os.environ.get('TERM', '')} cannot draw a dashboard", instead)


async def present(app: "PhonetuiApp", *, mouse: bool = True) -> int:
    """Runs the screen, then waits for the fleet's end with the terminal already given back."""
    ended_by: list[int] = []

    def end(number: int) -> None:
        ended_by.append(number)
        app.exit(return_code=128 + number)

    loop = asyncio.get_running_loop()
    for number in (*signals.ENDING, signal.SIGINT):
        loop.add_signal_handler(number, end, number)
    for number in signals.MEANINGLESS:
        signal.signal(number, signal.SIG_IGN)
    try:
        await app.run_async(mouse=mouse, size=_assumed_size())
    finally:
        if app.session.test_calls is not None and app.session.test_calls.is_running:
            sys.stderr.write("phonetui: test calls are being ended\n")
        await app.settle()
    if app.failure:
        print(f"phonetui: {app.failure}", file=sys.stderr)  # noqa: T201 - the screen is gone; this is its last word
    return 128 + ended_by[0] if ended_by else app.return_code or 0


def _assumed_size() -> tuple[int, int] | None:
    """Columns and rows for a terminal that says none, as serial lines do; None for one that does.

    Left to themselves, two libraries assume two sizes, and all is painted again and again.
    """
    try:
        columns, rows = os.get_terminal_size(sys.stderr.fileno())
    except OSError:
        return 80, 24
    return None if columns and rows else (80, 24)


def refusals(config: Config) -> Iterator[Complaint]:
    """All that a start would refuse, by the keys of the configuration."""
    from phonetui.ui.keyboard import check_keys  # noqa: PLC0415 - the toolkit, as in `run`

    checks: list[tuple[tuple[str, str], Callable[[], object]]] = [
        (("ui", "timezone"), lambda: zone_of(config.ui.timezone)),
        (("ui", "theme"), lambda: theme_of(config.ui.theme)),
    ]
    checks += [(("keys", action), lambda keys=keys: check_keys(keys)) for action, keys in config.keys.items()]  # type: ignore[misc]  # a default keeps this round's value
    for where, check in checks:
        try:
            check()
        except ConfigError as error:
            yield Complaint(where, error.message, error.hint)


def theme_of(name: str) -> "Theme":
    """The theme of that name. Raises ConfigError where there is none, or its file cannot be used."""
    from phonetui.ui.theme import find_theme  # noqa: PLC0415 - the toolkit, as in `run`

    return find_theme(name)
