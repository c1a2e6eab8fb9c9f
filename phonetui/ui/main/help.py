"""What each pane's figures are, where they come from and beyond which limits they are judged: the table of words.

Limits are read out of the thresholds in force by the name of their field, so that the words cannot disagree with them.

Every key and every sign, made from the tables that the program itself runs by.

What the pane with the focus shows, word by word.

The palette: every action in the order of the alphabet, then every phone by its name.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits
from textual.system_commands import SystemCommandsProvider

from phonetui.actions import ACTIONS
from phonetui.phone.quality.grading import Limits, Thresholds
from phonetui.phone.state import Phone, PhoneId
from phonetui.ui.keyboard import shown
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.screens.dialog import Dialog
from phonetui.ui.text.format import GRADES, STATES, Mark, model, name
from phonetui.ui.text.rows import Role, Row, Run, clip, pad, row
from phonetui.ui.webex_status import STATUSES
from phonetui.ui.widgets.pane import Pane
from phonetui.ui.widgets.row_list import RowsView


class Word(NamedTuple):
    name: str
    """As the pane writes it."""
    meaning: str
    source: str = ""
    """The leaf of the phone, or how it is made of several."""
    limits: str = ""
    """The field of `Thresholds` that judges it."""
    unit: str = ""


PANES: dict[str, tuple[Word, ...]] = {
    "phones": (
        Word("sign, word", "how we stand with the phone; ? lists all signs", "our own requests and their answers"),
        Word("number", "opinion score of the call that stands worst, 1 to 5", "as MOS of the calls", "mos"),
        Word("×2", "how many calls are up", "Line Call CallState"),  # noqa: RUF001 - the tree's sign
        Word("≠ Webex", "what Webex says of it and we deny, after two looks", "devices list, connectionStatus"),
    ),
    "calls": (
        Word("loss", "packets that never came, lately", "PacketsLost against PacketsReceived", "loss_pct", "%"),
        Word("discard", "packets that came too late to play", "PacketsDiscarded", "discard_pct", "%"),
        Word("jitter", "how unevenly packets arrive, RFC 3550", "Line Call Jitter", "jitter_ms", "ms"),
        Word("delay", "there and back, by RTCP; 0 is not measured", "Line Call RoundTripDelay", "round_trip_ms", "ms"),
        Word("MOS CQ, LQ", "opinion of a conversation, of listening; 1 to 5", "Line Call MOSCQ, MOSLQ", "mos"),
        Word("MOS est", "our estimate by G.107, where the phone gives none", "loss, bursts, delay and codec", "mos"),
        Word("MOS, G.729", "the same with G.729 and iLBC, whose best is lower", "", "mos_narrow"),
        Word("R", "rating of the E-model, 0 to 100", "Line Call Rfactor", "r_factor"),
        Word("burst", "how long losses lie close together, RFC 3611", "Line Call BurstDuration", "burst_ms", "ms"),
        Word("gap", "how long it goes well between bursts", "Line Call GapDuration, ms"),
        Word("decoder", "how long sound waits in the phone", "Line Call DecodeLatency", "decode_latency_ms", "ms"),
        Word("silence", "nothing received, in talk and not held", "PacketsReceived stands still", "stall_s", "s"),
        Word("packets", "of the whole call, as the phone counts", "PacketsSent, …Received, …Lost, …Discarded"),
        Word("since", "packets from a moment that you chose, not of the call", "less what stood there then"),
        Word("so far", "shares of the time at each grade, and the worst seconds", "all of the above, over the call"),
    ),
    "lines": (
        Word("✓ ✗", "whether the line is registered, in the phone's word", "ExtStatus RegistrationState"),
        Word("● ○", "the line's light: colour and how it blinks", "LEDStatus Line; its words are inferred"),
        Word("msg", "a message waits", "ExtStatus MessageWaiting"),
        Word("message …", "lights of the handset, mute, speaker, headset", "LEDStatus"),
    ),
    "ports": (
        Word("link", "speed in Mbit/s and duplex; half is trouble", "PhoneStatus SWPort, PCPort"),
        Word("rx/s tx/s", "packets a second, between the last two readings", "Network Statistics Port"),
        Word("errors", "sum of counters that should stand still; ▲ they rise", "Network Statistics Port"),
        Word("since", "errors from a moment that you chose, not since boot", "less what stood there then"),
        Word("VLAN", "in which the phone itself speaks", "PhoneStatus OperationalVLANID"),
        Word("neighbour", "the switch and its port, by CDP or LLDP", "Network Statistics Port"),
        Word("set to", "what the port is set to; mismatch: it runs otherwise", "PhoneStatus SWPortConfig"),
    ),
    "events": (
        Word("· ● ▲ !", "told; good news; a warning; trouble", "the phone's events, alerts, our own doing"),
        Word("time", "when we saw it, in the zone of [ui] timezone", "this computer's clock"),
    ),
}
"""By the pane's id."""


def explanation_rows(pane: str, thresholds: Thresholds) -> list[Row]:
    return [line for word in PANES[pane] for line in (*_word(word, thresholds), ())][:-1]


def _word(word: Word, thresholds: Thresholds) -> Iterator[Row]:
    yield row(Run(f" {pad(word.name, 12)}", Role.TITLE), word.meaning)
    if word.source:
        yield row(" " * 13, Run(f"from {word.source}", Role.LABEL))
    if word.limits:
        yield row(" " * 13, Run(limits_of(getattr(thresholds, word.limits), word.unit), Role.ACCENT))


def limits_of(limit: Limits, unit: str) -> str:
    """`fair > 1 %   poor > 3 %   critical > 5 %`"""
    sign = "<" if limit.is_floor else ">"
    steps = (("fair", limit.fair), ("poor", limit.poor), ("critical", limit.critical))
    return "   ".join(f"{name} {sign} {value:g} {unit}".rstrip() for name, value in steps if value is not None)


_LISTS = (
    ("↑ ↓ j k", "Move; pgup pgdn home end G move far"),
    ("← → enter", "Close, open a group of phones"),
    ("tab", "Next pane; shift+tab the one before"),
    ("esc", "Back: ends the filter, then the zoom"),
)


class HelpScreen(Dialog[None]):
    CSS_PATH = "../styles/help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter", "leave", "Back")]

    def __init__(self, keys: Mapping[str, str], thresholds: Thresholds) -> None:
        super().__init__()
        self._rows = help_rows(keys, thresholds)

    def compose(self) -> ComposeResult:
        view = RowsView(id="help")
        view.border_title = "Help"
        view.border_subtitle = "esc back"
        yield view

    def on_mount(self) -> None:
        self.call_after_refresh(self.query_one(RowsView).show, self._rows)


def help_rows(keys: Mapping[str, str], thresholds: Thresholds) -> list[Row]:
    keyed = {action: _keys(keys[action.id]) for action in ACTIONS}
    beside = min(max(map(len, keyed.values())) + 2, 11)
    most = max(len(action.words) for action in ACTIONS) + 2
    actions = [
        row(Run(f" {pad(keyed[action], beside)}", Role.KEY), pad(action.words, most), Run(action.id, Role.DIM))
        for action in ACTIONS
    ]
    lists = [row(Run(f" {pad(key, 11)}", Role.KEY), words) for key, words in _LISTS]
    grades = [_sign(mark, _GRADE_WORDS[mark.word]) for mark in GRADES.values()]
    states = [_sign(mark, _STATE_WORDS[state.value]) for state, mark in STATES.items()]
    claims = [_sign(mark, _CLAIM_WORDS[status]) for status, mark in STATUSES.items()]
    odds = _sign(Mark("≠", "Webex: …", Role.FAIR), "what Webex says and we deny, still so after another look")
    figures = (
        ("loss", thresholds.loss_pct, "%"),
        ("discard", thresholds.discard_pct, "%"),
        ("jitter", thresholds.jitter_ms, "ms"),
        ("round trip", thresholds.round_trip_ms, "ms"),
        ("MOS", thresholds.mos, ""),
        ("MOS, G.729", thresholds.mos_narrow, ""),
        ("R factor", thresholds.r_factor, ""),
    )
    limits = [row(" ", pad(name, 14), limits_of(limit, unit)) for name, limit, unit in figures]
    return [
        _title("Keys", "the names at the right are for [keys] of the configuration"), *actions, (),
        _title("Lists"), *lists, (),
        _title("Grades of a call"), *grades, (),
        _title("Limits", "beyond which a figure is fair, poor, critical; [quality] moves them"), *limits, (),
        _title("Phones"), *states, (),
        _title("Phones as Webex claims"), *claims, odds,
    ]  # fmt: skip


def _sign(mark: Mark, words: str) -> Row:
    return row(" ", Run(pad(f"{mark.glyph} {mark.word}", 15), mark.role), words)


def _title(words: str, more: str = "") -> Row:
    return row(Run(words, Role.TITLE), Run(f"  {more}" if more else "", Role.DIM))


def _keys(keys: str) -> str:
    return " ".join(shown(key) for key in keys.split(","))


_GRADE_WORDS = {
    "unknown": "the phone gives nothing to judge by",
    "measuring": "too few packets or too short to say",
    "good": "every figure that exists is inside its limits",
    "fair": "noticeable to some",
    "POOR": "many would complain",
    "CRITICAL": "hardly usable",
}
_STATE_WORDS = {
    "connecting": "first answer still to come",
    "live": "answers; beside it idle, ringing, or the worst call's grade",
    "stale": "no good answer for three intervals: what is shown is old",
    "sleeping": "in deep sleep, silent on purpose",
    "rebooting": "starting again; a few minutes at most",
    "unreachable": "no answer: network, power, or address",
    "refused": "answers, but lets nobody in: credentials, role, certificate",
    "not-xapi": "something answers there that is not a phone's xAPI",
}
_CLAIM_WORDS = {
    "connected": "online",
    "connected_with_issues": "online, with error codes",
    "disconnected": "offline; beside it, since when Webex has not heard of it",
    "offline_expired": "offline, and expired in Webex's word",
    "offline_deep_sleep": "asleep on purpose",
    "activating": "its activation goes on; it was never online yet",
    "pending": "waits for its activation; it was never online yet",
}


class Explanation(Dialog[None]):
    CSS_PATH = "../styles/help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,f1,enter", "leave", "Back")]

    def __init__(self, pane: Pane, thresholds: Thresholds) -> None:
        super().__init__()
        self._title = pane.name_
        self._rows = explanation_rows(pane.id or "", thresholds)

    def compose(self) -> ComposeResult:
        view = RowsView(id="help")
        view.border_title = f"{self._title}: what is what"
        view.border_subtitle = "esc back"
        yield view

    def on_mount(self) -> None:
        self.call_after_refresh(self.query_one(RowsView).show, self._rows)


@runtime_checkable
class Holding(Protocol):
    """A screen that may hold what the operator typed."""

    @property
    def held(self) -> str:
        """What would be lost with it; empty where nothing would."""


class Palette(SystemCommandsProvider):
    """Names come from people and phones, so they are shown as text, never read as markup.

    Two providers would be listed in another order in every run, as the toolkit keeps them in a set.
    """

    async def discover(self) -> Hits:
        async for hit in super().discover():
            yield hit
        for phone, go in self._phones():
            yield DiscoveryHit(Text(_words(phone)), go)

    async def search(self, query: str) -> Hits:
        async for hit in super().search(query):
            yield hit
        matcher = self.matcher(query)
        for phone, go in self._phones():
            score = matcher.match(_words(phone))
            if score > 0:
                yield Hit(score, Text(_words(phone)), go)

    def _phones(self) -> Iterator[tuple[Phone, Callable[[], Awaitable[None]]]]:
        main = next((screen for screen in self.app.screen_stack if isinstance(screen, MainScreen)), None)
        if main is None:
            return
        for phone in main.view_state.session.fleet.phones.values():
            yield phone, going(main, phone.id)


def going(main: MainScreen, phone: PhoneId) -> Callable[[], Awaitable[None]]:
    """What leads to a phone from wherever the operator is."""

    async def go() -> None:
        """The screens above the main one are left, unless one of them holds what would be lost with it."""
        app = main.app
        above = app.screen_stack[app.screen_stack.index(main) + 1 :]
        if why := next((screen.held for screen in above if isinstance(screen, Holding) and screen.held), ""):
            app.notify(f"Not left for another phone: {why}.", severity="warning", markup=False)
            return
        with app.batch_update():
            for _ in above:
                await app.pop_screen()
            main.go_to(phone)

    return go


def _words(phone: Phone) -> str:
    return clip(" ".join(filter(None, ("Go to", name(phone), model(phone), phone.address))), 100)
