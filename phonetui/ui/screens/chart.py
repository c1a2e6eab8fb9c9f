"""The screen of one call over time: one figure drawn large, all of them read at the cursor."""

from bisect import bisect_left, bisect_right
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from phonetui.actions import CHART_ACTIONS
from phonetui.phone.history import CallHistory
from phonetui.phone.partner import Ambiguous, Partner
from phonetui.phone.state import Call, CallKey, Phone
from phonetui.ui.bindings import bindings
from phonetui.ui.format import STATES, name
from phonetui.ui.keyboard import shown
from phonetui.ui.panes import chart as pane
from phonetui.ui.panes.axes import SPANS_S, Span
from phonetui.ui.panes.chart import Chart
from phonetui.ui.panes.figures import every_limits
from phonetui.ui.panes.header import Header
from phonetui.ui.panes.reading import CHARTED, head, reading
from phonetui.ui.panes.scene import Scene
from phonetui.ui.row import Role, Row, Run, clip, row
from phonetui.ui.screens.looking import Looking
from phonetui.ui.viewpoint import Viewpoint
from phonetui.ui.widgets.rows import RowsView

LOOK_S = 1.0
"""Between two looks: a call is not read more often."""
_DEFAULT_SPAN = SPANS_S.index(300)
_EPOCH_S = 0.5
"""How far two readings of the clocks may differ before the times of day are moved."""


class Drawn(NamedTuple):
    """What is on the screen, and where in time."""

    chart: Chart
    span: Span


class ChartScreen(Looking):
    """Shows the moment that the main screen shows: a frozen display stays frozen."""

    CSS_PATH = "chart.tcss"
    AUTO_FOCUS = ""  # every key is the screen's own
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(CHART_ACTIONS),
        Binding("down,tab", "metric(1)", "Next figure", show=False),
        Binding("up,shift+tab", "metric(-1)", "Figure before", show=False),
        Binding("left", "cursor(-1)", "Earlier", show=False),
        Binding("right", "cursor(1)", "Later", show=False),
        Binding("pageup", "cursor(-10)", "Much earlier", show=False),
        Binding("pagedown", "cursor(10)", "Much later", show=False),
        Binding("home", "cursor(-100000)", "The first reading", show=False),
        Binding("end", "follow", "The newest reading", show=False),
        Binding("escape,q,g", "leave", "Back to the main screen", show=False),
    ]

    def __init__(self, viewpoint: Viewpoint) -> None:
        super().__init__(viewpoint, look_s=LOOK_S)
        self._metric = 0
        self._span = _DEFAULT_SPAN
        self._key: CallKey | None = None
        """The call that is drawn."""
        self._cursor: float | None = None
        """Monotonic seconds of a reading; None follows the newest."""
        self._epoch = 0.0
        self._drawn: Drawn | None = None

    def compose(self) -> ComposeResult:
        yield Header()
        yield RowsView(id="metrics")
        yield RowsView(id="chart")
        yield RowsView(id="reading")
        yield RowsView(id="ways")

    def on_mount(self) -> None:
        for view in self.query(RowsView):
            view.can_focus = False

    def look(self) -> None:
        if not self.is_mounted or not self.size:
            return
        self._seen = self._viewpoint.stamp
        scene = self._viewpoint.scene()
        self.query_one(Header).look(scene)
        call = self._call(scene)
        history = scene.histories.get(call.key) if call is not None else None
        if scene.phone is None or call is None or history is None or scene.phone.connection.fresh_at is None:
            self._drawn = None
            self._view("chart").entitle("Chart")
            self._view("chart").show([row(Run(_why_empty(scene), Role.DIM))])
            self._view("metrics").show([])
            self._view("reading").show([])
        else:
            self._draw(scene, scene.phone, call, history)
        self._view("ways").show([self._ways()])

    def _call(self, scene: Scene) -> Call | None:
        """The one that was chosen, as long as it has figures; else the first that has."""
        calls = [call for call in scene.phone.calls if call.key in scene.histories] if scene.phone else []
        chosen = next((call for call in calls if call.key == self._key), calls[0] if calls else None)
        if chosen is None or chosen.key != self._key:
            self._key, self._cursor = (chosen.key if chosen else None), None
        return chosen

    def _draw(self, scene: Scene, phone: Phone, call: Call, history: CallHistory) -> None:
        view = self._view("chart")
        far, told = self._other_end(scene, call)
        metric = CHARTED[self._metric]
        span = self._time(scene, phone, pane.plotted(view.size.width))
        if self._cursor is not None and self._cursor <= span.since:
            self._cursor = next((at for at, _ in history.mos.window(span.since, span.until)), None)
        chart = Chart(
            metric=metric, every_limits=every_limits(call, scene.thresholds), near=history, far=far,
            entries=[entry for entry in scene.entries if entry.phone == phone.id],
            gap_s=max(3 * phone.connection.interval_s, 5.0), is_current=phone.is_current, cursor=self._cursor,
            zone=scene.zone,
        )  # fmt: skip
        self._drawn = Drawn(chart, span)
        remote = " ".join(filter(None, (call.remote_name, call.remote_number)))
        state = "" if phone.is_current else f" · {STATES[phone.connection.state].word}"
        view.entitle(clip(f"{metric.label} · {phone.name} · line {call.line} · {remote}{state}", view.size.width - 4))
        view.show(pane.rows(chart, span, view.size.height))
        length = f"{span.across * span.step_s / 60:g} min"
        self._view("metrics").show(
            [head(metric, self.size.width - 2, f"{length} to {span.clock(span.until, scene.zone)[:5]}")]
        )
        self._view("reading").show(reading(chart, span, (name(phone), told), self.size.width - 2))

    def _time(self, scene: Scene, phone: Phone, across: int) -> Span:
        """Ends at the newest answer, not now: it stands still while nothing comes."""
        epoch = scene.moment.timestamp() - scene.at
        if abs(epoch - self._epoch) > _EPOCH_S:
            self._epoch = epoch
        return Span(phone.connection.fresh_at or scene.at, across, SPANS_S[self._span] / across, self._epoch)

    def _other_end(self, scene: Scene, call: Call) -> tuple[CallHistory | None, str]:
        """Its figures and its name, or why there are none."""
        partner = scene.partners.get(call.key)
        if isinstance(partner, Partner) and partner.phone in scene.phones:
            far = self._viewpoint.history(partner.phone).get(partner.key)
            other = name(scene.phones[partner.phone])
            return far, other if far is not None else f"other end: {other}, without figures"
        return None, "other end: several calls could be it" if isinstance(
            partner, Ambiguous
        ) else "other end: not known"

    def action_metric(self, by: int) -> None:
        self._metric = (self._metric + by) % len(CHARTED)
        self.look()

    def action_chart_widen(self) -> None:
        self._span = min(self._span + 1, len(SPANS_S) - 1)
        self.look()

    def action_chart_narrow(self) -> None:
        self._span = max(self._span - 1, 0)
        self.look()

    def action_chart_call(self) -> None:
        """The phone's next call that has figures."""
        keys = list(self._viewpoint.scene().histories)
        if self._key is not None and self._key in keys:
            self._key = keys[(keys.index(self._key) + 1) % len(keys)]
            self._cursor = None
            self.look()

    def action_phone_previous(self) -> None:
        self._step(-1)

    def action_phone_next(self) -> None:
        self._step(1)

    def _step(self, by: int) -> None:
        self._viewpoint.step(by, list(self._viewpoint.session.fleet.phones))
        self._key = self._cursor = None
        self.look()

    def action_cursor(self, by: int) -> None:
        """By columns that have a reading; past the newest it follows again."""
        if self._drawn is None:
            return
        chart, span = self._drawn
        last = {span.column(at): at for at, _ in chart.near.mos.window(span.since, span.until)}
        columns = sorted(last)
        here = columns[-1] if columns and self._cursor is None else span.column(self._cursor or 0.0)
        place = (bisect_left(columns, here) if by < 0 else bisect_right(columns, here) - 1) + by
        self._cursor = last[columns[max(place, 0)]] if place < len(columns) - 1 else None
        self.look()

    def action_follow(self) -> None:
        self._cursor = None
        self.look()

    def _ways(self) -> Row:
        keys = {action: shown(key.partition(",")[0]) for action, key in self._viewpoint.session.keys.items()}
        time = f"{keys['chart.widen']} {keys['chart.narrow']}"
        told = [
            ("← →", "read"),
            ("↑ ↓", "figure"),
            (time, "time"),
            (f"{keys['phone.previous']} {keys['phone.next']}", "phone"),
        ]
        if len(self._viewpoint.scene().histories) > 1:
            told.append((keys["chart.call"], "call"))
        told.append(("esc", "back"))
        return row(" ", *(run for key, word in told for run in (Run(key, Role.KEY), Run(f" {word}  ", Role.LABEL))))


def _why_empty(scene: Scene) -> str:
    phone = scene.phone
    if phone is None:
        return "There are no phones: the configuration names none."
    if not phone.is_current:
        said = ": ".join(filter(None, (STATES[phone.connection.state].word, phone.connection.detail)))
        return f"{name(phone)} has no figures to draw: {clip(said, 200)}."
    if phone.has_live_call:
        return f"{name(phone)}: no figures yet. They begin when the call is answered and the phone gives any."
    return f"{name(phone)}: no call is up. Calls that are over are among the calls of the main screen."
