"""The pane of the selected phone's calls: both ends side by side, graphs, and where to look.


 line 1  ● Connected  out  00:01:43  Boardroom 5003                 G722  ✗ CRITICAL loss
 MOS  ── Boardroom  ╌─ Lobby              Boardroom hears      Lobby hears
   5┤⠉⠒⢄⡠⠒⠉⠉⠒⢄⣀⣀                MOS CQ       3.1 ✗ CRITICAL      4.4 ● good
   1┤                            loss       6.0 % ✗ CRITICAL    0.0 % ● good
     12:02     12:03             …
   → receive direction impaired, Lobby → Boardroom
   → check the cabling of access-sw-1 Gi1/0/2  CRC +39 there
   packets  sent 4250   received 4065   lost 185   discarded 54

Without room for graphs each figure has the near end's line over time beside it.
"""

from collections.abc import Callable, Iterator
from itertools import zip_longest
from textwrap import wrap
from typing import ClassVar

from textual.binding import Binding, BindingType

from phonetui.phone.calls.call_legs import Ambiguous, Partner
from phonetui.phone.diagnosis import CallEnd, Diagnosis, FaultLocation, fault_location
from phonetui.phone.measure import Grade, Measure, Pause
from phonetui.phone.quality.grading import Limits, step
from phonetui.phone.quality.media_segment import MIN_PACKETS, min_talk_s
from phonetui.phone.state import Call, Phase, Phone, PhoneId, State
from phonetui.ui.panes import call_metrics as metrics
from phonetui.ui.panes.call_graph import call_graphs
from phonetui.ui.snapshot import NO_PHONE, NO_PHONES, Snapshot, seen
from phonetui.ui.text.format import (
    DASH,
    DIRECTIONS,
    GRADES,
    MAY_NOT_SEE,
    PHASES,
    STATES,
    TUNNEL_LOST,
    Mark,
    age,
    duration,
    metric_word,
    model,
    name,
    release,
    steps,
    up_time,
    words,
)
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, clipped, pad, row, spread
from phonetui.ui.widgets.pane import Pane

_GRAPH_FROM = 24
"""Cells beside the table from which on a graph says something."""
_GRAPH_HEIGHT = 8
"""Rows that it needs, with its title and times."""
_LOCATIONS = {
    FaultLocation.IN: Role.POOR,
    FaultLocation.OUT: Role.POOR,
    FaultLocation.BOTH: Role.POOR,
    FaultLocation.NONE: Role.GOOD,
}
_PAUSES = {Pause.NONE: "", Pause.POSSIBLE: ": one way, or a hold", Pause.LIKELY: ": may be a pause"}
"""What a silence may be otherwise."""


def call_rows(snapshot: Snapshot, phone: Phone, call: Call, width: int, height: int = 0) -> Iterator[Row]:
    """The block of one call; its graphs grow until it has `height` rows."""
    measure = phone.measure(call.key)
    near, far = CallEnd(phone, call, measure), far_end(snapshot, call)
    above = [seen(phone, headline(call, metrics.worse_measure(near, far), width))]
    if call.is_from_events:
        above.append(row(Run("  figures at its end: this phone reports a call when it is over", Role.DIM)))
    if not (call.phase in (Phase.TALK, Phase.HELD) or (measure and measure.grade is not Grade.UNKNOWN)):
        yield from (*above, *far_end_rows(snapshot, phone, call, width))
        return
    above += stillness(snapshot, phone, call)
    below = [
        *far_end_rows(snapshot, phone, call, width),
        *location_rows(near, far, width),
        *where_to_look(snapshot, phone, call, width),
        seen(phone, clipped(metrics.packets_row(snapshot, call), width)),
    ]
    if measure and (so_far := metrics.so_far_row(measure, snapshot.zone)):
        below.append(seen(phone, clipped(so_far, width)))
    below += (seen(phone, runs) for runs in _reported_rows(call, measure, width))
    if measure and measure.grade is Grade.MEASURING and call.phase is Phase.TALK:
        below.append(seen(phone, _still_needed(call, measure)))
    yield from above
    yield from _figures(snapshot, near, far, width, height - len(above) - len(below))
    yield from below


def far_end(snapshot: Snapshot, call: Call) -> CallEnd | None:
    """The other end, where that is a phone of ours."""
    partner = snapshot.partners.get(call.key)
    phone = snapshot.phones.get(partner.phone) if isinstance(partner, Partner) else None
    if phone is None or not isinstance(partner, Partner):
        return None
    theirs = next((known for known in phone.calls if known.key == partner.key), None)
    return CallEnd(phone, theirs, phone.measure(theirs.key)) if theirs else None


def headline(call: Call, measure: Measure | None, width: int) -> Row:
    glyph, role = PHASES[call.phase]
    who = " ".join(filter(None, (call.remote_name, call.remote_number))) or "caller unknown"
    left = row(
        Run(f"L{call.line}  ", Role.LABEL),
        Run(f"{glyph} {pad(words(call.state), 10)} ", role),
        Run(f"{pad(DIRECTIONS[call.direction] if call.direction else DASH, 3)}  ", Role.LABEL),
        Run(f"{duration(call.duration_s)}  ", Role.VALUE),
        Run(who, Role.TITLE),
    )
    return spread(left, _standing(call, measure), width)


def _standing(call: Call, measure: Measure | None) -> Row:
    """The end of the headline: codecs and grade, and by what it is not good."""
    codecs = ""
    if call.encoder or call.decoder:
        codecs = " ⇄ ".join(dict.fromkeys(clip(words(codec), 8) for codec in (call.encoder, call.decoder)))
    if call.phase is not Phase.TALK or measure is None:
        return row(Run(codecs, Role.LABEL))
    return row(Run(codecs, Role.LABEL), "  ", verdict(measure))


def verdict(measure: Measure | None) -> Run:
    """`✗ CRITICAL loss`: the call's grade at one end, and by what it is not good."""
    if measure is None:
        return Run("")
    mark = GRADES[measure.grade]
    by = f" {metric_word(measure.judged[0].metric)}" if measure.grade.is_impaired and measure.judged else ""
    return Run(f"{mark.glyph} {mark.word}{by}", mark.role)


def _figures(snapshot: Snapshot, near: CallEnd, far: CallEnd | None, width: int, room: int) -> Iterator[Row]:
    """`room` rows where graphs can fill them."""
    reported = metrics.phone_reported(near.call, near.measure) if near.measure else None
    known = any(metrics.value(style, end) is not None for style in metrics.METRICS for end in (near, far) if end)
    if not known and not any(reported or ()) and not (near.measure and near.measure.grade.is_verdict):
        yield row("  ", Run("? unknown: the phone gives no figures for this call", Role.UNKNOWN))
        return
    table = metrics.table_rows(snapshot, near, far, width)
    beside = width - max(map(cell_width, table)) - 2
    if beside >= _GRAPH_FROM and room >= _GRAPH_HEIGHT and near.phone.connection.fresh_at is not None:
        graphs = call_graphs(snapshot, near, far, beside, max(room, len(table)))
        for graph, figures in zip_longest(graphs, table, fillvalue=()):
            yield row(*graph, " " * (beside - cell_width(graph) + 2), *figures)
        return
    history = snapshot.histories.get(near.call.key)
    styles = {metrics.label(style, near): style for style in metrics.METRICS}
    for figures in table:
        style = styles.get(figures[0].text.strip()) if figures else None
        drawn: Row = ()
        if style is not None:
            limits = metrics.limits(style, near.call, snapshot.thresholds)
            drawn = metrics.sparkline_row(near.phone, style, history, limits, beside)
        yield row(*figures, " ", *drawn)


def _reported_rows(call: Call, measure: Measure | None, width: int) -> Iterator[Row]:
    """What the phone says itself, of the whole call."""
    said = metrics.phone_reported(call, measure or Measure(*call.key)).summary()
    if said:
        yield row("  ", Run("reported ", Role.LABEL), Run(clip(said, width - 11), Role.PLAIN))


def stillness(snapshot: Snapshot, phone: Phone, call: Call) -> Iterator[Row]:
    """Rows that say that nothing arrives, or goes either way, while it should."""
    measure = phone.measure(call.key)
    if measure is None or call.phase is not Phase.TALK or call.remote_hold:
        return
    limits = snapshot.thresholds.stall_s
    for seconds, wording in (
        (measure.no_media_s, "no packet either way"),
        (
            measure.no_receive_s,
            "nothing received" if measure.pause is not Pause.NONE else "no audio in: nothing received",
        ),
    ):
        if seconds is not None and seconds >= limits.fair:
            mark = _still(step(seconds + 0.01, limits), measure.pause)
            told = f"{mark.glyph} {wording} for over {_over(seconds, limits)}{_PAUSES[measure.pause]}"
            yield seen(phone, row("  ", Run(told, mark.role)))
            return


def _still(grade: Grade, pause: Pause) -> Mark:
    if pause is Pause.NONE:
        return GRADES[grade]
    return GRADES[Grade.FAIR if pause is Pause.POSSIBLE else Grade.UNKNOWN]


def _over(seconds: float, limits: Limits) -> str:
    """In steps, so that the words stand still."""
    return steps(seconds) or f"{limits.poor if seconds >= limits.poor else limits.fair:g} s"


def far_end_rows(snapshot: Snapshot, phone: Phone, call: Call, width: int) -> Iterator[Row]:
    """Why there is one end alone; nothing where both are shown, or no phone of ours can be the other one."""
    partner = snapshot.partners.get(call.key)
    if isinstance(partner, Ambiguous):
        names = " or ".join(_named(snapshot, candidate[0]) for candidate in partner.candidates)
        words = f"{'not sure,' if len(partner.candidates) > 1 else 'maybe'} {names}: {partner.reason}"
        yield clipped(seen(phone, row("  ", Run("far end  ", Role.LABEL), Run(words, Role.DIM))), width)
    elif isinstance(partner, Partner):
        end = far_end(snapshot, call)
        is_beside = width >= metrics.LABEL_CELLS + 2 * metrics.CELL_CELLS
        if is_beside and end is not None and end.call.phase is Phase.TALK:
            return
        state = f"  {end.call.state or end.call.phase.value}" if end else ""
        words = f"{_named(snapshot, partner.phone)}{state}"
        yield clipped(seen(phone, row("  ", Run("far end  ", Role.LABEL), Run(words, Role.PLAIN))), width)


def _named(snapshot: Snapshot, phone: PhoneId) -> str:
    known = next((known for known in snapshot.phones.values() if known.id == phone), None)
    return clip(name(known) if known else phone, 16)


def location_rows(near: CallEnd, far: CallEnd | None, width: int) -> Iterator[Row]:
    """Rows that say in which direction the trouble lies, where both ends can be judged."""
    found = fault_location(near, far) if far else None
    if found is None or far is None or not (near.phone.is_current and far.phone.is_current):
        return
    if found is FaultLocation.NONE and any(end.measure and end.measure.grade.is_impaired for end in (near, far)):
        return  # what the verdict rests on says nothing of a direction
    here, there = clip(name(near.phone), 24), clip(name(far.phone), 24)
    way = {FaultLocation.IN: f", {there} → {here}", FaultLocation.OUT: f", {here} → {there}"}.get(found, "")
    yield clipped(row("  ", Run(f"→ {found.value}{way}", _LOCATIONS[found])), width)


def where_to_look(snapshot: Snapshot, phone: Phone, call: Call, width: int) -> Iterator[Row]:
    """What the call's figures point at, then what several phones do; each with its evidence."""
    shared = [hint for hint in snapshot.hints if phone.id in hint.phones] if phone.measure(call.key) else []
    for hint in (*snapshot.causes.get(call.key, ()), *shared):
        for runs in _hint(hint, width):
            yield seen(phone, runs)


def _hint(hint: Diagnosis, width: int) -> Iterator[Row]:
    """In one row where it fits, else with its evidence in rows of their own."""
    words = row("  ", Run(f"→ {hint.words}", Role.INFO))
    beside = row(*words, Run(f"  {hint.evidence}", Role.LABEL))
    if cell_width(beside) <= width:
        yield beside
        return
    yield clipped(words, width)
    for part in wrap(hint.evidence, max(width - 4, 16)):
        yield clipped(row("    ", Run(part, Role.LABEL)), width)


def _still_needed(call: Call, measure: Measure) -> Row:
    talk_s = min_talk_s(call)
    have = f"{min(measure.measured_packets, MIN_PACKETS)} of {MIN_PACKETS} packets"
    return row(Run(f"  measuring: {have}, {min(measure.measured_s, talk_s):.0f} of {talk_s:g} s", Role.MEASURING))


FIRST_WITH_CALLS = (3, 6, 0)
"""The PhoneOS release that publishes calls (the catalogue's release of `Line [n] Call [n]`)."""


class CallsPane(Pane):
    number = "2"
    name_ = "Calls"

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", "Open the call", show=False)]

    def __init__(
        self,
        webex_key: str = "",
        open_call: Callable[[], None] = lambda: None,
        *,
        id: str | None = None,  # noqa: A002 - the toolkit's word
    ) -> None:
        """`webex_key` is the name of the key that shows all that Webex says of a phone, where there is one.

        `open_call` is called where the operator wants the call alone on the screen.
        """
        super().__init__(id=id)
        self._webex_key = webex_key
        self._open_call = open_call

    def action_open(self) -> None:
        self._open_call()

    def dependencies(self, snapshot: Snapshot) -> tuple[object, ...] | None:
        """A call's figures over time go on with its phone alone, but for a recording that is moved in."""
        phone = snapshot.phone
        if snapshot.device is not None or snapshot.timeline is not None:
            return None
        ends = tuple([snapshot.phones.get(end) for partner in snapshot.partners.values() for end in partner.phones])
        why_none = (bool(snapshot.phones), snapshot.cloud) if phone is None else (age(phone.connection, snapshot.at),)
        return (phone, ends, snapshot.partners, snapshot.causes, snapshot.hints, snapshot.baseline, *why_none)

    def rows_of(self, snapshot: Snapshot, width: int, height: int) -> list[Row]:
        if snapshot.device is None or snapshot.cloud is None:
            return rows(snapshot, width, height)
        from phonetui.ui.panes import webex_card  # noqa: PLC0415 - no Webex before the first frame

        enter = (("enter", "watch it through Webex"),) if snapshot.adopts else ()
        more = ((self._webex_key, "all that Webex says, and what can be done"),) if self._webex_key else ()
        context = webex_card.WebexContext(snapshot.device, snapshot.cloud, snapshot.at, snapshot.moment)
        return webex_card.short_card(context, width, (*enter, *more))

    def title_of(self, snapshot: Snapshot) -> str:
        if snapshot.device is None:
            return title(snapshot.phone)
        from phonetui.ui.panes.webex_card import title as device_title  # noqa: PLC0415 - as above

        return device_title(snapshot.device)


def title(phone: Phone | None) -> str:
    """What the calls belong to: facts that hardly ever change."""
    if phone is None:
        return "Calls"
    version = release(phone.system.version)
    facts = (
        name(phone),
        clip(model(phone) or "", 16),
        None if phone.is_behind_webex and phone.address == phone.via else clip(phone.address, 40),
        ".".join(map(str, version)) if version else clip(phone.system.version or "", 24),
        _way(phone),
        up_time(phone.up_s),
    )
    return " · ".join(["Calls", *filter(None, facts)])


def _way(phone: Phone) -> str | None:
    connection = phone.connection
    pace = f"every {connection.interval_s:g} s" if phone.is_behind_webex or connection.is_eased else ""
    slow = "answers slowly" if connection.is_eased else ""
    via = f"via {clip(phone.via, 24)}" if phone.via is not None else ""
    return ", ".join(filter(None, (via, slow, pace))) or None


def rows(snapshot: Snapshot, width: int, height: int = 0) -> list[Row]:
    """The first call's graphs grow until all calls fill `height` rows."""
    phone = snapshot.phone
    if phone is None:
        is_any = snapshot.phones or (snapshot.cloud and snapshot.cloud.inventory.devices)
        add = row("  ", Run("→ phonetui config import FILE.csv adds phones to it", Role.INFO))
        return [NO_PHONE] if is_any else [row(Run(NO_PHONES, Role.DIM)), add]
    told = list(notice(phone, snapshot.at))
    first, *others = tuple(phone.calls) or (None,)
    if first is not None:
        below = [block for call in others for block in ((), *call_rows(snapshot, phone, call, width))]
        above = [*told, *([()] if told else [])]
        return [*above, *call_rows(snapshot, phone, first, width, height - len(above) - len(below)), *below]
    if phone.connection.state is State.CONNECTING:
        return told
    return [*told, *(row(Run(words, Role.DIM)) for words in _why_empty(phone))]


def notice(phone: Phone, at: float) -> Iterator[Row]:
    """Why what is shown may not hold any more: nothing while all is well."""
    connection = phone.connection
    old = age(connection, at)
    is_cut_off = connection.reason == TUNNEL_LOST.word
    if connection.state is State.LIVE and not is_cut_off:
        if old:
            yield row(Run(f"≈ last answer over {old} ago", Role.STALE))
        return
    found = TUNNEL_LOST if is_cut_off else STATES[connection.state]
    since = f", last answer over {old} ago" if old else ""
    if connection.state is State.CONNECTING and not is_cut_off:
        yield row(Run(f"{found.glyph} {found.word} to {phone.address} …", found.role))
    else:
        reason = f" ({connection.reason})" if connection.reason and not is_cut_off else ""
        yield row(Run(f"{found.glyph} {found.word}{reason}{since}", found.role))
    if connection.detail:
        yield row("  ", Run(connection.detail, Role.PLAIN))
    if connection.hint:
        yield row("  ", Run(f"→ {connection.hint}", Role.INFO))


def _why_empty(phone: Phone) -> Iterator[str]:
    version = release(phone.system.version)
    shows_calls = phone.is_mpp or any(line.calls for line in phone.lines)
    if version is None and not phone.lines and phone.connection.state is State.LIVE:
        yield "Reading …"  # nothing is claimed of a phone before its answers are in
    elif version and version < FIRST_WITH_CALLS:
        yield f"Calls need PhoneOS 3.6; this phone runs {'.'.join(map(str, version))}."
    elif phone.connection.state is not State.LIVE:
        yield "No call was up when it last answered." if phone.connection.fresh_at is not None and shows_calls else ""
    elif "Line" in phone.forbidden:
        yield f"{MAY_NOT_SEE}: calls. See the events for the role that it needs."
    elif shows_calls:
        yield "Idle: no call is up."
    else:
        lit = [str(line.index) for line in phone.lines if line.light is not None and line.light.is_lit]
        if lit:
            yield f"The light of line {', '.join(lit)} is lit: a call may be up there."
        yield "This phone shows us no calls. On-Prem (Unified CM) phones report each at its end,"
        yield "and there are accounts that may not see them."
