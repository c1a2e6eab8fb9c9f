"""The screen on which the keyboard is the phone's: each key pressed is sent to it.

A phone confirms only that it took a key; its lamps show whether anything came of it. A lamp that changes within
`ANSWER_S` of a press is shown as the answer to the latest key before it. That is a guess: the far end may have acted.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import tzinfo
from types import MappingProxyType
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content

from phonetui.fleet.protocol import Permission
from phonetui.phone.lights import Cadence, Light
from phonetui.phone.models import PhoneModel, model
from phonetui.phone.state import Phone, PhoneId
from phonetui.ui.control.keypad import Keypad, KeypadView, key_names
from phonetui.ui.control.screenshot import ScreenshotPoller, draws_colours
from phonetui.ui.key_queue import KeyQueue, Outcome, Press
from phonetui.ui.keyboard import PHONE_KEYS, shown
from phonetui.ui.panes.call import CallsPane
from phonetui.ui.screens.dialog import Dialog
from phonetui.ui.screens.screen_commands import in_sight
from phonetui.ui.snapshot import title_with_state
from phonetui.ui.text.format import DASH, light, name
from phonetui.ui.text.rows import Role, Row, Run, cell_width, pad, row, wrapped
from phonetui.ui.view_state import BLINK_STEP_S, ViewState
from phonetui.ui.widgets.footer import KeyHints, key_hints
from phonetui.ui.widgets.image import PictureView
from phonetui.ui.widgets.pane import Header
from phonetui.ui.widgets.row_list import RowsView

ANSWER_S = 5.0
"""A lamp is pushed at once, or read at the next poll."""
_OWN = {"Mute": "mute", "Headset": "headset", "Speaker": "speaker", "Messages": "MWI"}
"""The lamp that lies in or belongs to a key."""


def lamps(phone: Phone) -> dict[str, Light]:
    """The phone's lights by name, as far as it tells of them."""
    lit = phone.lights
    named = {"MWI": lit.message, "mute": lit.mute, "headset": lit.headset, "speaker": lit.speaker}
    named |= {f"line {line.index}": line.light for line in phone.lines}
    return {name: value for name, value in named.items() if value is not None}


@dataclass(slots=True)
class LampAnswers:
    """The answers to one phone's key presses, by the number of the press."""

    answers: dict[int, str] = field(default_factory=dict)
    _before: Mapping[str, Light] | None = None
    _press: Press | None = None
    _pressed_at: float = 0.0

    def update(self, phone: Phone | None, press: Press | None, at: float) -> None:
        """What is known now; `press` is the latest, `at` in monotonic seconds. To be called whenever either changed."""
        if phone is None:
            return
        now = lamps(phone)
        if press is not None and (self._press is None or press.number != self._press.number):
            self._press, self._pressed_at = press, at
            self._before = now if self._before is None else self._before
        before, self._before = self._before, now
        if before is None or self._press is None or at - self._pressed_at > ANSWER_S:
            return
        changed = [name for name, value in now.items() if before.get(name) not in (None, value)]
        if changed:
            words = (_words(name, now[name], self._press.key) for name in changed)
            told = self.answers.get(self._press.number)
            self.answers[self._press.number] = ", ".join(filter(None, (told, *words)))


def _words(name: str, value: Light, key: str) -> str:
    """`lamp: green, slow`, with the lamp's name where it isn't the key's own."""
    _, _, lit = light(value).text.partition(" ")
    whose = "lamp" if _OWN.get(key) == name else f"lamp {name}"
    return f"{whose}: {lit.replace(' ', ', ', 1)}"


_OUTCOMES = {
    Outcome.WAITING: ("◐", Role.MEASURING),
    Outcome.SENT: ("✓", Role.GOOD),
    Outcome.REFUSED: ("✗", Role.FAILED),
    Outcome.NOT_SENT: (DASH, Role.DIM),
}


class KeysScreen(Dialog[None]):
    """Opened only once control of the phone was given."""

    CSS_PATH = "../styles/keys.tcss"
    AUTO_FOCUS = ""
    ACTS_ON_ONE_KEY = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Give control back", priority=True),
        Binding("ctrl+g", "app.app_help", "Help", priority=True),
        Binding("pagedown", "choose(1)", "Next key of the list", priority=True, show=False),
        Binding("pageup", "choose(-1)", "Key before", priority=True, show=False),
        Binding("space", "press_chosen", "Press the chosen key", priority=True, show=False),
        Binding("tab,shift+tab", "nothing", show=False),
        Binding("f5", "glance", "The phone's screen beside its keys, or not", show=False),
    ]

    def __init__(self, phone: PhoneId, view_state: ViewState, control: KeyQueue) -> None:
        super().__init__()
        self._phone = phone
        self._view_state = view_state
        self._control = control
        self._chosen = ""
        """The key that the space bar presses."""
        self._snapshots = ScreenshotPoller(view_state.session, phone, lambda: self.call_later(self._show_glance))
        self._glanced: object = None
        self._is_left = False
        self._dark: Set[Cadence] = frozenset()
        """How the lights blink that are drawn dark."""
        self._seen: tuple[object, ...] = ()
        self._lamps = LampAnswers()

    def compose(self) -> ComposeResult:
        yield Header()
        with Horizontal(id="keys"):
            yield Keypad(self._press, id="table")
            with Vertical(id="beside"):
                yield CallsPane()
                picture = PictureView(id="glance")
                picture.border_title = "Its screen"
                yield picture
                sent = RowsView(id="sent", follow=True)
                sent.border_title = "Sent"
                yield sent
        yield KeyHints(id="key-hints")
        yield PictureView(id="display")

    def on_mount(self) -> None:
        for view in self.query(RowsView):
            view.can_focus = False
        self.call_after_refresh(self.refresh_view)
        self.set_interval(0.1, self.refresh_view)
        self.set_interval(0.5, self._glance_again)
        if self._view_state.session.config.ui.blink:
            self.set_interval(BLINK_STEP_S, self.blink)

    def on_unmount(self) -> None:
        self._snapshots.close()

    def on_resize(self) -> None:
        self._seen = ()
        self.call_after_refresh(self.refresh_view)

    def on_key(self, event: events.Key) -> None:
        self._hints.end_message()
        key = PHONE_KEYS.get(event.key)
        if key is not None:
            event.stop()
            event.prevent_default()
            self._press(key)
        elif event.key not in self.active_bindings:
            self._hints.say(
                f"{shown(event.key)} is no key of the phone; ctrl+g tells which are, esc gives control back."
            )

    def action_choose(self, by: int) -> None:
        keys = key_names(self._model)
        self._chosen = keys[(keys.index(self._chosen) + by) % len(keys)] if self._chosen in keys else keys[0]
        self._draw_table()

    def action_press_chosen(self) -> None:
        """The key that was drawn as chosen; where the model turned out to lack it, that is said."""
        if self._chosen:
            self._press(self._chosen)

    def action_nothing(self) -> None:
        """Does nothing: there is nothing to walk through."""
        self._hints.say("Tab is no key of the phone; pgup and pgdn choose one of its keys.")

    def action_glance(self) -> None:
        """The phone's screen comes and goes, asked for beside the keys and never before one: looking is no control."""
        self.toggle_class("-glancing")
        self._snapshots.repeat(self.has_class("-glancing"))
        self._glanced = None
        self._glance_again()
        if self.has_class("-glancing"):
            self._hints.say("The phone is asked for its screen. F5 brings its lines back.")

    def _glance_again(self) -> None:
        if in_sight(self):
            self._snapshots.ask_if_due()
            self._show_glance()  # the privacy mask may have come or gone

    def _show_glance(self) -> None:
        """In the display of the drawn phone; beside the keys where they are a list."""
        if not self.is_mounted:
            return
        failure, newest = self._snapshots.failure, self._snapshots.newest
        raster, keypad = newest.raster if newest else None, self.query_one(Keypad)
        is_glancing = self.has_class("-glancing")
        shows_picture = is_glancing and keypad.display_region is not None and raster is not None
        if shows_picture != self.has_class("-displaying"):
            self.set_class(shows_picture, "-displaying")
            self._draw_table()
        region = keypad.display_region
        self.set_class(is_glancing and region is None, "-beside")
        if self._glanced == (failure, newest, region):
            return
        self._glanced = (failure, newest, region)
        if is_glancing and failure:
            self._hints.say(f"No picture of its screen: {failure}")
        beside, display = self.query_one("#glance", PictureView), self.query_one("#display", PictureView)
        beside.border_subtitle = Content(failure or (newest.why if newest else "asking"))
        beside.show(raster, colours=draws_colours(self))
        if region is not None:
            display.styles.offset, display.styles.width, display.styles.height = region.offset, *region.size
            display.show(raster, colours=draws_colours(self))

    def action_leave(self) -> None:
        if self._is_left:  # giving control back is news, and the next look may come before the screen is gone
            return
        self._is_left = True
        self._control.drop(self._phone)
        self._view_state.session.fleet.revoke(self._phone)
        self.dismiss(None)

    @property
    def _hints(self) -> KeyHints:
        return self.query_one(KeyHints)

    @property
    def _model(self) -> PhoneModel:
        phone = self._view_state.session.fleet.phones.get(self._phone)
        return model((phone.system.product_id or phone.expected_model) if phone else None)

    def _press(self, key: str) -> None:
        if self._model.has(key):
            self._control.press(self._phone, key)
        else:
            self._control.leave_out(self._phone, key, f"the {self._model.number} has no such key")
        self.refresh_view()

    def refresh_view(self) -> None:
        """Shows the phone as it is now, whatever the main screen has frozen."""
        seen = (*self._view_state.stamp, self._control.version)
        if seen == self._seen or not self.is_mounted or self._is_left:
            return
        self._seen = seen
        if self._view_state.session.fleet.permission(self._phone) is not Permission.GRANTED:
            words = "Control was given back: no key was pressed for five minutes."
            self.notify(words, severity="warning", markup=False)
            self.action_leave()
            return
        self._view_state.selected = self._phone
        snapshot = self._view_state.snapshot(live=True)
        self.query_one(Header).refresh_from(snapshot)
        self.query_one(CallsPane).refresh_from(snapshot)
        self._draw_table()
        presses = self._control.presses(self._phone)
        now = self._view_state.session.clock.steady()
        self._lamps.update(snapshot.phone, next(reversed(presses), None), now)
        sent = self.query_one("#sent", RowsView)
        sent.show(sent_rows(presses, snapshot.zone, sent.size.width, self._lamps.answers))
        if (trees := self._view_state.session.trees) is not None:
            argument = trees.key_argument(self._phone)
            sent.set_subtitle(f"sent as {argument.name}=…, {argument.origin}")
        self._hints.show([_key_hints(name(snapshot.phone) if snapshot.phone else self._phone, self.size.width)])

    def blink(self) -> None:
        if self._view_state.dark != self._dark and self.is_mounted and in_sight(self):
            self._draw_table()

    def _draw_table(self) -> None:
        phone = self._view_state.session.fleet.phones.get(self._phone)
        last = next(reversed(self._control.presses(self._phone)), None)
        self._dark = self._view_state.dark
        self._chosen = self._chosen or key_names(self._model)[0]
        drawn = KeypadView(
            self._model, phone, self._chosen, dark=self._dark, shows_picture=self.has_class("-displaying")
        )
        if last is not None:
            drawn = drawn._replace(last=last.key, mark=Run(*_OUTCOMES[last.outcome]))
        view = self.query_one(Keypad)
        view.set_title(self._title(phone))
        view.refresh_from(drawn)

    def _title(self, phone: Phone | None) -> str:
        named = name(phone) if phone else self._phone
        return title_with_state(f"{named} · {self._model.number or 'unknown model'}", phone)


def sent_rows(
    presses: Iterable[Press], zone: tzinfo | None, width: int, lamps: Mapping[int, str] = MappingProxyType({})
) -> list[Row]:
    """A row a key and its outcome; below it, in the same `width` cells, the words or the lamp that came with that."""
    shown = [line for press in presses for line in _sent_rows(press, zone, width, lamps.get(press.number, ""))]
    return shown or [row(Run("No key has been sent yet.", Role.DIM))]


_SECONDS_FROM = 24
_TOLD_FROM = 30
"""Cells from which on an outcome has words, too."""


def _sent_rows(press: Press, zone: tzinfo | None, width: int, lamp: str) -> list[Row]:
    glyph, role = _OUTCOMES[press.outcome]
    at = press.seen_at.astimezone(zone)
    time = Run(f"{at:%H:%M:%S}  " if width >= _SECONDS_FROM else f"{at:%H:%M} ", Role.DIM)
    below = [row("  ", Run(words, role)) for words in wrapped(press.words, width - 2, 3)]
    took = press.outcome.value if press.took_ms is None else f"{press.took_ms:.0f} ms"
    outcome = Run(f"{glyph} {took}" if width >= _TOLD_FROM else glyph, role)
    room = max(width - cell_width((time, outcome)) - 1, 6)
    told = row(time, f"{pad(press.key, min(room, 12))} ", outcome)
    beside = f"  {lamp}" if lamp else ""
    if lamp and cell_width(told) + len(beside) > width:
        return [told, *(row("  ", Run(words, Role.INFO)) for words in wrapped(lamp, width - 2, 2)), *below]
    return [row(*told, Run(beside, Role.INFO)), *below]


def _key_hints(phone: str, width: int) -> Row:
    """The way back is what must never give way."""
    badge = Run(f" CONTROL: keys go to {phone} ", Role.BADGE_CONTROL)
    hints = (
        ("click, or pgup pgdn space", "any key"), ("F5", "its screen"), ("ctrl+g", "help"),
        ("esc", "give control back"),
    )  # fmt: skip
    return row(badge, " ", *key_hints(hints, width - cell_width((badge,)) - 1))
