"""The calls of the selected phone: state, figures, other end, and where to look when something is wrong."""

from collections.abc import Iterator
from textwrap import wrap

from phonetui.phone.calls.call_legs import Ambiguous, Partner
from phonetui.phone.diagnosis import CallEnd, Diagnosis, FaultLocation, fault_location
from phonetui.phone.measure import Grade, Measure, Pause
from phonetui.phone.quality.grading import Limits, step
from phonetui.phone.quality.media_segment import MIN_PACKETS, min_talk_s
from phonetui.phone.state import Call, Phase, Phone, State
from phonetui.ui.panes.call_metrics import figures, totals
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
    model,
    name,
    number,
    release,
    steps,
    up_time,
    words,
)
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, clipped, pad, row, spread
from phonetui.ui.widgets.pane import Pane

_BESIDE_NAME = 70
"""Cells for everything else in the other end's row: the verdict at its end is what it is for."""
_VERDICTS = {
    FaultLocation.IN: Run(f"→ {FaultLocation.IN.value}", Role.POOR),
    FaultLocation.OUT: Run(f"→ {FaultLocation.OUT.value}", Role.POOR),
    FaultLocation.BOTH: Run(f"→ {FaultLocation.BOTH.value}", Role.POOR),
    FaultLocation.NONE: Run("→ both ends hear well", Role.GOOD),
}


_PAUSES = {Pause.NONE: "", Pause.POSSIBLE: ": one way, or a hold", Pause.LIKELY: ": may be a pause"}
"""What a silence may be otherwise."""


def stillness(snapshot: Snapshot, phone: Phone, call: Call) -> Iterator[Row]:
    """That nothing arrives, or goes either way, while it should."""
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


def other_end(snapshot: Snapshot, phone: Phone, call: Call, width: int) -> Iterator[Row]:
    """Nothing where the other end is no phone of ours."""
    partner = snapshot.partners.get(call.key)
    if isinstance(partner, Partner):
        yield clipped(row("  ", Run("other end: ", Role.LABEL), *_paired(snapshot, phone, call, partner, width)), width)
    elif isinstance(partner, Ambiguous):
        names = " or ".join(_named(snapshot, candidate[0], 16) for candidate in partner.candidates)
        words = f"{'not sure,' if len(partner.candidates) > 1 else 'maybe'} {names}: {partner.reason}"
        yield clipped(seen(phone, row("  ", Run("other end: ", Role.LABEL), Run(words, Role.DIM))), width)


def where_to_look(snapshot: Snapshot, phone: Phone, call: Call, width: int) -> Iterator[Row]:
    """What the call's figures point at, then what several phones do; each with its evidence."""
    shared = [hint for hint in snapshot.hints if phone.id in hint.phones] if phone.measure(call.key) else []
    for hint in (*snapshot.causes.get(call.key, ()), *shared):
        for runs in _hint(hint, width):
            yield seen(phone, runs)


def _paired(snapshot: Snapshot, phone: Phone, call: Call, partner: Partner, width: int) -> Iterator[Run]:
    yield Run(f"{_named(snapshot, partner.phone, max(width - _BESIDE_NAME, 8))}  ", Role.TITLE)
    far = snapshot.phones.get(partner.phone)
    theirs = next((known for known in far.calls if known.key == partner.key), None) if far else None
    if far is None or theirs is None:
        return
    yield from seen(far, tuple(_figures(theirs, far.measure(theirs.key))))
    verdict = fault_location(
        CallEnd(phone, call, phone.measure(call.key)), CallEnd(far, theirs, far.measure(theirs.key))
    )
    if verdict is not None and phone.is_current and far.is_current:
        yield _VERDICTS[verdict]


def _figures(call: Call, measure: Measure | None) -> Iterator[Run]:
    if call.phase is not Phase.TALK:
        yield Run(f"{call.state or call.phase.value}  ", Role.PLAIN)
        return
    for label, value, unit, digits in (
        ("loss", measure.loss_pct if measure else None, "%", 1),
        ("jitter", call.jitter_ms, "ms", 0),
    ):
        yield Run(f"{label} ", Role.LABEL)
        yield Run(f"{number(value, unit, digits=digits)}  ", Role.DIM if value is None else Role.VALUE)


def _named(snapshot: Snapshot, phone: str, cells: int) -> str:
    known = next((known for known in snapshot.phones.values() if known.id == phone), None)
    return clip(name(known) if known else phone, cells)


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


def _over(seconds: float, limits: Limits) -> str:
    """In steps, so that the words stand still."""
    return steps(seconds) or f"{limits.poor if seconds >= limits.poor else limits.fair:g} s"


FIRST_WITH_CALLS = (3, 6, 0)
"""The PhoneOS release that publishes calls (the catalogue's release of `Line [n] Call [n]`)."""


class CallsPane(Pane):
    number = "2"
    name_ = "Calls"

    def __init__(self, webex_key: str = "", *, id: str | None = None) -> None:  # noqa: A002 - the toolkit's word
        """`webex_key` is the name of the key that shows all that Webex says of a phone, where there is one."""
        super().__init__(id=id)
        self._webex_key = webex_key

    def rows_of(self, snapshot: Snapshot, width: int, height: int) -> list[Row]:  # noqa: ARG002 - calls scroll
        if snapshot.device is None or snapshot.cloud is None:
            return rows(snapshot, width)
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
    if phone.via is None:
        return None
    pace = f", every {phone.connection.interval_s:g} s" if phone.is_behind_webex else ""
    return f"via {clip(phone.via, 24)}{pace}"


def rows(snapshot: Snapshot, width: int) -> list[Row]:
    phone = snapshot.phone
    if phone is None:
        is_any = snapshot.phones or (snapshot.cloud and snapshot.cloud.inventory.devices)
        add = row("  ", Run("→ phonetui config import FILE.csv adds phones to it", Role.INFO))
        return [NO_PHONE] if is_any else [row(Run(NO_PHONES, Role.DIM)), add]
    told = list(notice(phone, snapshot.at))
    calls = [block for call in phone.calls for block in (*_call(snapshot, phone, call, width), ())]
    if calls:
        return [*told, *([()] if told else []), *calls[:-1]]
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
    if version and version < FIRST_WITH_CALLS:
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


def _call(snapshot: Snapshot, phone: Phone, call: Call, width: int) -> Iterator[Row]:
    measure = phone.measure(call.key)
    yield seen(phone, _headline(call, measure, width))
    if call.is_from_events:
        yield row(Run("  figures at its end: this phone reports a call when it is over", Role.DIM))
    if call.phase in (Phase.TALK, Phase.HELD) or (measure and measure.grade is not Grade.UNKNOWN):
        yield from stillness(snapshot, phone, call)
        yield from figures(snapshot, phone, call, width)
        yield from other_end(snapshot, phone, call, width)
        yield from where_to_look(snapshot, phone, call, width)
        yield from totals(snapshot, phone, call, width)
    else:
        yield from other_end(snapshot, phone, call, width)
    if measure and measure.grade is Grade.MEASURING and call.phase is Phase.TALK:
        yield seen(phone, _still_needed(call))


def _headline(call: Call, measure: Measure | None, width: int) -> Row:
    glyph, role = PHASES[call.phase]
    who = " ".join(filter(None, (call.remote_name, call.remote_number))) or "caller unknown"
    left = row(
        Run(f"line {call.line}  ", Role.LABEL),
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
    mark = GRADES[measure.grade]
    by = f" {measure.judged[0].metric}" if measure.grade.severity > Grade.GOOD.severity and measure.judged else ""
    return row(Run(codecs, Role.LABEL), "  ", Run(f"{mark.glyph} {mark.word}{by}", mark.role))


def _still_needed(call: Call) -> Row:
    needed = f"{MIN_PACKETS} packets and {min_talk_s(call):g} s"
    return row(Run(f"  too early to judge: a grade needs {needed}", Role.MEASURING))
