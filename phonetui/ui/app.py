"""The Textual application: what all screens share, and the run of the fleet beside them."""

import asyncio
import gc
import logging
import math
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from rich.text import Text
from textual import events
from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter, NoColor
from textual.notifications import SeverityLevel
from textual.screen import Screen

from phonetui import private
from phonetui.actions import APP_ACTIONS, EVERYWHERE, TIME_ALONE, toolkit_keys
from phonetui.config.places import theme_files
from phonetui.config.settings import Config, UiSettings
from phonetui.errors import ConfigError, PhonetuiError
from phonetui.fleet.protocol import Fleet, PromptingFleet
from phonetui.text import printable
from phonetui.ui import screens
from phonetui.ui.driver import OutputStats, counting_driver, terminal_driver
from phonetui.ui.graphics.capabilities import GraphicsMode, ImageProtocol
from phonetui.ui.key_queue import PACE_S, KeyQueue
from phonetui.ui.keyboard import action_bindings, check_all_keys
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.output import AsciiText, HarmlessText, removing_driver, speaks_utf8
from phonetui.ui.screens.dialog import PAUSE_S, Dialog
from phonetui.ui.screens.live_screen import LiveScreen
from phonetui.ui.screens.screen_commands import ScreenCommands
from phonetui.ui.session import Clock, Keep, RecorderStatus, Session
from phonetui.ui.text.rows import clip
from phonetui.ui.theme import COLOURLESS, ThemeFile, find_theme, is_file, themes
from phonetui.ui.view_state import ViewState
from phonetui.ui.widgets.pane import typed_ahead

if TYPE_CHECKING:
    from phonetui.ui.time_control import TimeControl

log = logging.getLogger(__name__)

THEME_S = 1.0
"""Between two looks at the file of a theme, so that whoever edits it sees what it does."""
LEAVE_S = 5.0
"""How long the fleet may take to give back what it took from the phones, before the program ends without it."""
_ALWAYS = ("ctrl+c", "ctrl+q")
"""Keys that end the program, whatever is on the screen."""
_KEPT = "app"
"""The name of what is kept of the choices that hold on every screen."""
_TOAST = 400
"""Cells that a notice may have: seven rows."""


@runtime_checkable
class Covering(Protocol):
    """A screen on which a credential may stand."""

    def cover(self, *, covered: bool) -> None: ...


class PhonetuiApp(App[None]):
    TITLE = "phonetui"
    CSS_PATH = "styles/app.tcss"
    COMMANDS = {lambda: screens.Palette}  # noqa: RUF012 - as below
    BINDINGS: ClassVar[list[BindingType]] = [*action_bindings(APP_ACTIONS), *action_bindings(EVERYWHERE, "screen.")]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - the toolkit's annotation leaves no room for ClassVar
        (0, "-tiny"), (60, "-narrow"), (110, "-wide"), (160, "-vast"),
    ]  # fmt: skip
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-short"), (22, "-middle"), (30, "-tall")]  # noqa: RUF012 - as above

    def __init__(
        self,
        fleet: Fleet,
        config: Config,
        *,
        title: str = "",
        demo: bool = False,
        dialled: Sequence[str] = (),
        remember: Callable[[str], None] | None = None,
        preferences: Mapping[str, object] | None = None,
        keep: Keep | None = None,
        clock: Clock | None = None,
        pace_s: float = PACE_S,
        pause_s: float = PAUSE_S,
        graphics_mode: GraphicsMode | None = None,
        recorder: RecorderStatus | None = None,
    ) -> None:
        """`dialled` has the newest number last; `remember` is told of each number that a phone accepted.
        `preferences` are those of an earlier run, by screen; `keep` is told of what the operator changes.
        `pause_s`: without a key for so long, the next one is meant for the dialog on the screen.

        Raises ConfigError for a theme, a time zone or a key that does not exist.
        """
        self.output_stats = OutputStats()
        graphics_mode = graphics_mode or GraphicsMode()
        self._removes = ""
        if graphics_mode.protocol is ImageProtocol.KITTY:
            from phonetui.ui.graphics.encoders import REMOVE  # noqa: PLC0415 - few terminals have it

            self._removes = REMOVE
        self._filters_of_ours: list[LineFilter] = [HarmlessText()]
        if config.ui.ascii or not speaks_utf8():
            self._filters_of_ours.append(AsciiText())
        super().__init__()
        self.session = Session(
            fleet=fleet, config=config, clock=clock or Clock(), title=title, demo=demo, dialled=list(dialled),
            remember=remember, preferences=preferences or {}, keep=keep, graphics_mode=graphics_mode,
            recorder=recorder,
        )  # fmt: skip
        if config.ui.privacy:
            self.session.toggle_privacy()
        self.view_state = ViewState(self.session, keeps_up=lambda: not self.output_stats.is_clogged)
        keys = self.session.keys
        self._time_keys = frozenset(key for action in TIME_ALONE for key in toolkit_keys(keys[action]))
        self._time: TimeControl | None = None
        """Made when there is a recording to move in."""
        self.control = KeyQueue(fleet, self.session.clock, pace_s=pace_s)
        self._pause_s = pause_s
        self._typed_at = -math.inf
        """When the latest key was pressed, in monotonic seconds."""
        self.failure: str | None = None
        """Why the program ended by itself, in one line."""
        self._has_fault = False
        self._watching: asyncio.Task[None] | None = None
        self._home: asyncio.AbstractEventLoop | None = None
        theme = find_theme(COLOURLESS if self.no_color else self._chosen_theme())
        if self.no_color:  # the toolkit's own way leaves greys
            self._filters_of_ours.append(NoColor())
        self.register_theme(theme)
        self.theme = theme.name
        self._css_variables = self.get_css_variables()
        self.stylesheet.set_variables(self._css_variables)
        check_all_keys(config.keys)
        self.set_keymap({action: keys for action, keys in self.session.keys.items() if action in config.keys})

    def _chosen_theme(self) -> str:
        """The operator's choice of an earlier run, unless the configuration or the command line names one."""
        kept, named = self.session.preferences.get(_KEPT), self.session.config.ui.theme
        chosen = kept.get("theme") if isinstance(kept, Mapping) else None
        if isinstance(chosen, str) and chosen in theme_files() and named == UiSettings().theme:
            return chosen
        return named

    def get_default_screen(self) -> Screen[None]:
        return MainScreen(self.view_state)

    def refresh_css(self, animate: bool = True) -> None:
        """Parses the style sheets anew only where the theme has changed what they are made with.

        The toolkit would parse them with its own theme, then again with ours: a twentieth of the way to a first frame.
        """
        variables = self.get_css_variables()
        if variables != self._css_variables:
            self._css_variables = variables
            super().refresh_css(animate)

    def get_driver_class(self) -> type[Driver]:
        driver = super().get_driver_class()
        if driver is LinuxDriver:
            driver = terminal_driver(self.output_stats, lost=self._lost, caught_up=self._caught_up)
        driver = counting_driver(driver, self.output_stats)
        return removing_driver(driver, self._removes) if self._removes else driver

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """A name in it may be of any length; it must not cover the screen."""
        super().notify(clip(message, _TOAST), title=title, severity=severity, timeout=timeout, markup=markup)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), *self._filters_of_ours]

    def on_mount(self) -> None:
        self._home = asyncio.get_running_loop()
        # Left to itself, the toolkit shows an empty screen after `fg` until the terminal changes its size.
        self.app_resume_signal.subscribe(self, lambda _: self._repaint())
        self.call_after_refresh(self._watch)  # the network's libraries load while the first frame already stands
        if is_file(self.session.config.ui.theme):
            file = ThemeFile(private.expand_user(self.session.config.ui.theme))
            self.set_interval(THEME_S, lambda: self._retheme(file))

    def _repaint(self) -> None:
        """All of it, whatever the terminal shows."""
        self.screen.refresh(layout=True)

    def _caught_up(self) -> None:
        """The terminal takes again what it is given, and lacks what was left out."""
        self._at_home(self._catch_up)

    def _catch_up(self) -> None:
        """What changed meanwhile, and all of it."""
        if isinstance(self.screen, MainScreen | LiveScreen):
            self.screen.refresh_view()
        self._repaint()

    def _lost(self) -> None:
        """The terminal is gone. Usually its hang-up ends the program; one that is told to ignore that ends here."""
        self._at_home(partial(self.exit, return_code=128 + signal.SIGHUP))

    def _at_home(self, act: Callable[[], object]) -> None:
        """For other threads."""
        if self._home is not None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                self._home.call_soon_threadsafe(act)

    async def on_event(self, event: events.Event) -> None:
        """Whoever presses a key is there, whether the terminal said so or not."""
        if isinstance(event, events.Key | events.MouseDown):
            self.view_state.is_watched = self.view_state.is_chosen = True
        if isinstance(event, events.Key) and not event.is_forwarded and self._moves_time(event):
            self._typed_at = event.time
        elif isinstance(event, events.Key) and typed_ahead(self.screen, event):
            event.stop()
        elif not isinstance(event, events.InputEvent | events.Paste) or self._is_meant(event):
            await super().on_event(event)

    def _moves_time(self, event: events.Key) -> bool:
        """Whether the key was one of time's, of a recording that is shown or of a frozen display that is recorded.

        Those that mean nothing else say so on a live display.
        """
        is_live = self.view_state.timeline is None and not self.view_state.is_frozen
        if is_live and event.key not in self._time_keys:
            return False
        if self._time is None:
            from phonetui.ui.time_control import TimeControl  # noqa: PLC0415 - few look at a recording

            self._time = TimeControl(self, self.view_state)
        return self._time.take_key(event.key, event.character)

    def _is_meant(self, event: events.InputEvent | events.Paste) -> bool:
        """Whether what was typed or clicked was meant for the screen on top; a dialog may have come meanwhile.

        A key comes twice: from the terminal, then from the widget that had no use for it, which may have been one of
        the screen that was on top before. Only then are bindings looked for, among those of the screen on top now.
        """
        before, dialog = self._typed_at, self.screen
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._typed_at = event.time
        if not isinstance(dialog, Dialog) or (isinstance(event, events.Key) and event.key in _ALWAYS):
            return True
        is_later = dialog.type_ahead.is_later(event.time)
        if not isinstance(event, events.Key) or event.key == "escape" or (is_later and event.is_forwarded):
            return is_later
        is_first = not dialog.type_ahead.has_left_out
        is_meant = dialog.type_ahead.takes_key(event.time, before, self._pause_s)
        if is_first and not is_meant:
            self.notify("Typed before this could be read, so it was left out: press it again.", markup=False)
        return is_meant

    def on_app_blur(self, event: events.AppBlur) -> None:
        """The terminal lost the keyboard; one that never says so counts as having it.

        The toolkit would take the focus from its pane and paint everything anew: 50 kB for a look at another window.
        """
        event.prevent_default()
        self.view_state.is_watched = False

    def on_app_focus(self, event: events.AppFocus) -> None:
        event.prevent_default()
        self.view_state.is_watched = True

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """The screen as SVG, without the credentials that stand on it."""
        secret = [screen for screen in self.screen_stack if isinstance(screen, Covering)]
        for screen in secret:
            screen.cover(covered=True)
        try:
            return super().export_screenshot(title=title, simplify=simplify)
        finally:
            for screen in secret:
                screen.cover(covered=False)

    def _retheme(self, file: ThemeFile) -> None:
        try:
            theme = file.reloaded()
        except ConfigError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if theme is not None:
            self.register_theme(theme)
            self.theme = theme.name
            self.mutate_reactive(App.theme)

    def _watch(self) -> None:
        gc.enable()  # the caller may have disabled it for the first frame
        for name, theme in themes().items():
            if name not in self.available_themes:  # a file of the operator's own may have this name
                self.register_theme(theme)
        notify = self.session.config.notify
        if (notify.bell or notify.osc != "off") and self._driver is not None:
            from phonetui.ui.alert_notices import AlertNotices  # noqa: PLC0415 - not before the first frame

            AlertNotices(self.session, self._driver.write).start(self, lambda: self.view_state.timeline is None)
        if isinstance(self.session.fleet, PromptingFleet):
            from phonetui.ui.screens.prompts import OperatorPrompts  # noqa: PLC0415 - not before the first frame

            self.session.fleet.ask_with(OperatorPrompts(self))
        self._watching = asyncio.create_task(self.session.fleet.run(), name="fleet")
        self._watching.add_done_callback(self._watched)

    def _watched(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        log.error("fleet: watching stopped", exc_info=error)
        first = _first(error)
        words = str(first) if isinstance(first, PhonetuiError) else f"{type(first).__name__}: {first}"
        self.failure = printable(f"watching the phones stopped: {words}")
        self.exit(return_code=1)

    def _fatal_error(self) -> None:
        """In place of the toolkit's, which prints every variable on the way to the error: passwords, too."""
        if self._has_fault:
            return  # what fails while the screen is taken down follows from the first
        self._has_fault = True
        error = sys.exc_info()[1]
        log.error("screen: fault in the program", exc_info=error)
        words = printable(f"a mistake in phonetui itself: {type(error).__name__}")
        self.panic(Text(f"phonetui: {words}. Run it again with --log-level debug to see where."))

    def on_unmount(self) -> None:
        self.control.close()
        if (mesh := self.session.test_calls) is not None and mesh.is_running:
            mesh.stop()  # the phones are watched until their test calls are over: see `settle`
        elif (
            self._watching is not None and not self._watching.cancelling()
        ):  # a second one would cut its farewell short
            self._watching.cancel()

    async def settle(self) -> None:
        """Ends everything that runs beside the screen, and waits until the phones have back what was taken."""
        if self.session.test_calls is not None:
            await self.session.test_calls.close()
        self.on_unmount()
        if self._watching is not None:
            await asyncio.wait({self._watching}, timeout=LEAVE_S)

    def action_app_help(self) -> None:
        here = self.screen.screen_id if isinstance(self.screen, ScreenCommands) else "main"
        self.push_screen(screens.HelpScreen(here, self.session.keys, self.session.config.quality))

    def action_view_theme(self) -> None:
        names = list(dict.fromkeys((*theme_files(), self.theme)))
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        if self.session.keep is not None:
            self.session.keep(_KEPT, {"theme": self.theme})
        if isinstance(self.screen, ScreenCommands):
            kept = "kept for the next start" if self.session.keep else "for this session only"
            self.screen.say(f"Theme {self.theme}, {kept}.")

    async def action_view_debug(self) -> None:
        """Shows or hides the program's own cost on the screen on top; each screen has its own."""
        if shown := self.screen.query("DebugOverlay"):
            await shown.remove()
        else:
            await self.screen.mount(screens.DebugOverlay(self.session, self.output_stats))

    def action_view_privacy(self) -> None:
        """A kept moment holds what was seen when it was frozen, so it cannot outlive a change of the mask."""
        self.view_state.thaw()
        self.session.toggle_privacy()
        if isinstance(self.screen, ScreenCommands):
            self.screen.refresh_view()
        words = "The mask is on: names, numbers and addresses are hidden, in exports too."
        self.notify(words if self.session.is_private else "The mask is off.", markup=False)

    def action_app_quit(self) -> None:
        self.exit()

    def action_help_quit(self) -> None:
        """ctrl+c, where no text is typed that it copies; the toolkit would answer with a hint."""
        self.exit()


def _first(error: BaseException) -> BaseException:
    """The first cause inside groups of errors, as a task group raises them."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
