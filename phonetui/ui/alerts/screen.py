"""The screens of alerts and of events."""

from collections.abc import Hashable, Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from phonetui.archive.export import journal_json_lines, journal_line, plain_text
from phonetui.phone.alerts.alert import Alert
from phonetui.phone.journal import JournalEntry, Weight
from phonetui.phone.state import PhoneId
from phonetui.ui import screens
from phonetui.ui.alerts import rows as pane
from phonetui.ui.export import ExportFormat, offer, send
from phonetui.ui.keyboard import bindings
from phonetui.ui.screens.live_screen import ListScreen
from phonetui.ui.screens.phone_list import PhoneListScreen
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.filters import filtered_by
from phonetui.ui.text.rows import Role, Row, Run, row, wrapped
from phonetui.ui.view_state import ViewState
from phonetui.ui.widgets.row_list import RowsView, StaticRows


class AlertsScreen(PhoneListScreen[Alert]):
    """Shows the moment that the main screen shows: a frozen display stays frozen."""

    screen_id = "alerts"
    CSS_PATH = "../styles/alerts.tcss"
    AUTO_FOCUS = "#list"
    listing = "list"
    noun = "alert"
    typed = pane.ALERT_FILTER_HINT
    fields = pane.ALERT_FIELDS
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("alerts"),
        Binding("enter", "visit", "Go to the phone", show=False),
    ]

    def __init__(self, view_state: ViewState) -> None:
        super().__init__(view_state)
        self._alerts: tuple[Alert, ...] = ()

    def body(self) -> ComposeResult:
        yield StaticRows(id="hints")
        yield RowsView(id="list")
        yield StaticRows(id="detail")

    def key_of_item(self, item: Alert) -> Hashable:
        return item.key

    def phone_of(self, item: Alert) -> PhoneId | None:
        return item.phone

    def is_problem(self, item: Alert) -> bool:
        return item.is_active and not item.is_muted

    def draw(self, snapshot: Snapshot) -> None:
        self._draw_diagnoses(snapshot)
        held = [alert for alert in snapshot.alerts if not alert.is_second_end or alert.phone == self.only]
        self._alerts = tuple(filtered_by(self.fields, self.of_scope(held), self._words))
        view = self._view("list")
        view.set_title(self.title_with_scope("Alerts"))
        rows = pane.alert_rows(snapshot.named(self._alerts), snapshot.moment, view.size.width - 1)
        self.show_list(self._alerts, rows or self._why_empty(snapshot))
        self.cursor_moved()
        self.show_key_hints(self._key_hints(), pane.alert_counts(self._alerts))

    def _why_empty(self, snapshot: Snapshot) -> list[Row]:
        if self._words:
            return [row(Run(self.no_match, Role.DIM))]
        if self.only is not None and snapshot.alerts:
            words = f"No alert of {self.whose}: {self.key_of('alerts.scope')} shows those of all phones."
            return [row(Run(words, Role.DIM))]
        return pane.why_empty(snapshot, self._session.config.muted_alerts)

    def _key_hints(self) -> Iterator[tuple[str, str]]:
        chosen = self.item
        if chosen:
            yield "enter", "go to the phone"
            yield self.key_of("alerts.mute"), "unmute" if chosen.is_muted else "mute"
        yield self.key_of("alerts.scope"), self.scope_hint
        yield self.key_of("alerts.filter"), "filter"
        if chosen:
            yield self.key_of("alerts.copy"), "copy"

    action_alerts_filter = ListScreen.ask_words

    def action_alerts_scope(self) -> None:
        self.change_scope()

    def action_alerts_copy(self) -> None:
        alert = self.require_target()
        if alert is not None:
            named = self._view_state.snapshot().named([alert])[0]
            send(self.app, pane.alert_line(named, self._session.zone), "The alert")

    def cursor_terms(self) -> "Sequence[screens.Term]":
        alert = self.item
        if alert is None:
            return ()
        return [screens.Term(alert.id, screens.meaning_of("alerts", alert.id), "the alert under the cursor")]

    def _draw_diagnoses(self, snapshot: Snapshot) -> None:
        rows = pane.diagnosis_rows(snapshot.hints, self.size.width - 2)
        self._view("hints").set_class(bool(rows), "-some")
        self.show_whole("hints", rows)

    def cursor_moved(self) -> None:
        below = self._view("detail")
        chosen, snapshot = self.item, self._view_state.snapshot()
        if chosen is None:
            below.show([])
            return
        is_hidden = self._session.is_private and chosen.phone in snapshot.names
        pattern = "" if is_hidden else pane.mute_pattern(chosen)
        shown = snapshot.named([chosen])[0]
        below.show(pane.alert_detail(shown, self._session.zone, below.size.width, pattern, below.size.height))

    def action_visit(self) -> None:
        alert = self.require_target()
        if alert is None:
            return
        if alert.phone is None:
            self.notify("This alert is of no phone in particular.", markup=False)
        else:
            self._view_state.selected = alert.phone
            self.dismiss(None)

    def action_alerts_mute(self) -> None:
        alert = self.require_target()
        if alert is None:
            return
        self._session.fleet.mute(alert.key, muted=not alert.is_muted)
        if self._view_state.is_frozen:
            what = "Unmuted" if alert.is_muted else "Muted"
            self.notify(f"{what} for this session; the frozen display does not show it.", markup=False)
        self.refresh_view()


class EventsScreen(PhoneListScreen[JournalEntry]):
    """Follows what comes for as long as the cursor is on the last line; a frozen display stays frozen."""

    screen_id = "events"
    CSS_PATH = "../styles/journal.tcss"
    AUTO_FOCUS = "#entries"
    listing = "entries"
    noun = "entry"
    typed = pane.EVENT_FILTER_HINT
    fields = pane.EVENT_FIELDS
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("events"),
        Binding("enter", "visit", "Go to the phone", show=False),
    ]

    def __init__(self, view_state: ViewState) -> None:
        super().__init__(view_state)
        self._source: Sequence[JournalEntry] | None = None
        self._listed: Sequence[JournalEntry] = ()
        self._chosen_by: tuple[str, PhoneId | None] = ("", None)
        """The words and the phone that left them of the source."""
        self._follows = True
        """Whether the cursor goes to the newest."""

    def body(self) -> ComposeResult:
        yield RowsView(id="entries")
        yield StaticRows(id="entry")

    def draw(self, snapshot: Snapshot) -> None:
        self._choose(snapshot.entries)
        view = self._view("entries")
        view.set_title(self.title_with_scope("Events"))
        if self._listed:
            newest = self._listed[-1]
            rows = pane.event_rows(snapshot.named(self._listed), snapshot.zone, view.size.width - 1)
            self.show_list(self._listed, rows, at=newest if self._follows else None, fallback=newest)
        else:
            self.show_list((), [self._why_empty()])
        self._draw_entry()

    def phone_of(self, item: JournalEntry) -> PhoneId | None:
        return item.phone if item.phone in self._session.fleet.phones else None

    def is_problem(self, item: JournalEntry) -> bool:
        return item.weight in (Weight.WARNING, Weight.TROUBLE)

    def _choose(self, entries: Sequence[JournalEntry]) -> None:
        """Filters again only what is new: there may be thousands."""
        if entries is not self._source or (self._words, self.only) != self._chosen_by:
            scoped = self.of_scope(entries)
            self._source, self._chosen_by = entries, (self._words, self.only)
            self._listed = filtered_by(self.fields, scoped, self._words) if self._words else scoped

    def _why_empty(self) -> Row:
        if not self._source:
            return pane.NOTHING_YET
        if self._words:
            return row(Run(self.no_match, Role.DIM))
        return row(Run("Nothing has happened to this phone yet.", Role.DIM))

    def _draw_entry(self) -> None:
        """The entry whole, the keys, and how many there are."""
        below, entry = self._view("entry"), self.item
        whole = "" if entry is None else self._line(entry)
        below.show([row(" ", words) for words in wrapped(whole, below.size.width - 2, below.size.height)])
        named = {"filter": "filter", "scope": self.scope_hint, "export": "export", "copy": "copy"}
        hints = [("enter", "phone"), *((self.key_of(f"events.{name}"), word) for name, word in named.items())]
        self.show_key_hints(hints if self._listed else hints[1:3] if self._source else (), self._counts())

    def _line(self, entry: JournalEntry) -> str:
        return journal_line(self._view_state.snapshot().named([entry])[0], self._session.zone)

    def _counts(self) -> Row:
        total, listed = len(self._source or ()), len(self._listed)
        count = f"{total:,} entries" if listed == total else f"{listed:,} of {total:,} entries"
        follows = "follows  " if self._follows and self._listed else ""
        return row(Run(follows, Role.ACCENT), Run(f"{count} ", Role.DIM))

    def cursor_moved(self) -> None:
        self._follows = self._list_view.is_at_end
        self._draw_entry()

    def action_visit(self) -> None:
        entry = self.require_target()
        if entry is None:
            return
        if entry.phone not in self._session.fleet.phones:
            self.notify("This entry is of no phone in particular.", markup=False)
        else:
            self._view_state.selected = entry.phone
            self.dismiss(None)

    def action_events_scope(self) -> None:
        self.change_scope()

    def cursor_terms(self) -> "Sequence[screens.Term]":
        entry = self.item
        if entry is None:
            return ()
        whose = self._view_state.snapshot().named([entry])[0].phone
        return [screens.Term(entry.kind.value, entry.weight.value, f"the entry under the cursor, of {whose}")]

    def action_events_export(self) -> None:
        listed = tuple(self._view_state.snapshot().named(self._listed) if self._session.is_private else self._listed)
        if not listed:
            self.notify("There is nothing to write.", markup=False)
            return
        zone = self._session.zone
        extent = f"{len(listed):,} {'entry' if len(listed) == 1 else 'entries'} as listed"
        name = f"events-{self._session.clock.now():%Y%m%dT%H%M%SZ}"
        text = ExportFormat("Text", extent, name, "log", lambda: plain_text(listed, zone))
        offer(self, [text, ExportFormat("JSON Lines", extent, name, "jsonl", lambda: journal_json_lines(listed))])

    def action_events_copy(self) -> None:
        entry = self.require_target()
        if entry is not None:
            send(self.app, self._line(entry), "The entry")

    action_events_filter = ListScreen.ask_words
