"""What lies beyond the phone: the other end of its call, whether anything arrives, where to look for the trouble."""

from collections.abc import Iterator
from textwrap import wrap

from phonetui.phone.calls.call_legs import Ambiguous, Diagnosis, Partner
from phonetui.phone.diagnosis import CallEnd, FaultLocation, bad_way
from phonetui.phone.quality.measure import Grade, Measure, Pause
from phonetui.phone.quality.thresholds import Limits, step
from phonetui.phone.state import Call, Phase, Phone
from phonetui.ui.format import GRADES, Mark, name, number, steps
from phonetui.ui.panes.scene import Scene, seen
from phonetui.ui.row import Role, Row, Run, clip, clipped, row, width

_BESIDE_NAME = 70
"""Cells for everything else in the other end's row: the verdict at its end is what it is for."""
_VERDICTS = {
    FaultLocation.IN: Run(f"→ trouble is {FaultLocation.IN.value}", Role.POOR),
    FaultLocation.OUT: Run(f"→ trouble is {FaultLocation.OUT.value}", Role.POOR),
    FaultLocation.BOTH: Run(f"→ trouble is {FaultLocation.BOTH.value}", Role.POOR),
    FaultLocation.NONE: Run("→ both ends hear well", Role.GOOD),
}


_PAUSES = {Pause.NONE: "", Pause.POSSIBLE: ": one way, or a hold", Pause.LIKELY: ": may be a pause"}
"""What a silence may be otherwise."""


def stillness(scene: Scene, phone: Phone, call: Call) -> Iterator[Row]:
    """That nothing arrives, or goes either way, while it should."""
    measure = phone.measure(call.key)
    if measure is None or call.phase is not Phase.TALK or call.remote_hold:
        return
    limits = scene.thresholds.stall_s
    for seconds, words in (
        (measure.silent_s, "no packet either way"),
        (measure.stall_s, "nothing received" if measure.pause is not Pause.NONE else "no audio in: nothing received"),
    ):
        if seconds is not None and seconds >= limits.fair:
            mark = _still(step(seconds + 0.01, limits), measure.pause)
            told = f"{mark.glyph} {words} for over {_over(seconds, limits)}{_PAUSES[measure.pause]}"
            yield seen(phone, row("  ", Run(told, mark.role)))
            return


def _still(grade: Grade, pause: Pause) -> Mark:
    if pause is Pause.NONE:
        return GRADES[grade]
    return GRADES[Grade.FAIR if pause is Pause.POSSIBLE else Grade.UNKNOWN]


def other_end(scene: Scene, phone: Phone, call: Call, across: int) -> Iterator[Row]:
    """Nothing where the other end is no phone of ours."""
    partner = scene.partners.get(call.key)
    if isinstance(partner, Partner):
        yield clipped(row("  ", Run("other end: ", Role.LABEL), *_paired(scene, phone, call, partner, across)), across)
    elif isinstance(partner, Ambiguous):
        names = " or ".join(_named(scene, candidate[0], 16) for candidate in partner.candidates)
        words = f"{'not sure,' if len(partner.candidates) > 1 else 'maybe'} {names}: {partner.reason}"
        yield clipped(seen(phone, row("  ", Run("other end: ", Role.LABEL), Run(words, Role.DIM))), across)


def where_to_look(scene: Scene, phone: Phone, call: Call, across: int) -> Iterator[Row]:
    """What the call's figures point at, then what several phones do; each with its evidence."""
    shared = [hint for hint in scene.hints if phone.id in hint.phones] if phone.measure(call.key) else []
    for hint in (*scene.causes.get(call.key, ()), *shared):
        for runs in _hint(hint, across):
            yield seen(phone, runs)


def _paired(scene: Scene, phone: Phone, call: Call, partner: Partner, across: int) -> Iterator[Run]:
    yield Run(f"{_named(scene, partner.phone, max(across - _BESIDE_NAME, 8))}  ", Role.TITLE)
    far = scene.phones.get(partner.phone)
    theirs = next((known for known in far.calls if known.key == partner.key), None) if far else None
    if far is None or theirs is None:
        return
    yield from seen(far, tuple(_figures(theirs, far.measure(theirs.key))))
    verdict = bad_way(CallEnd(phone, call, phone.measure(call.key)), CallEnd(far, theirs, far.measure(theirs.key)))
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


def _named(scene: Scene, phone: str, cells: int) -> str:
    known = next((known for known in scene.phones.values() if known.id == phone), None)
    return clip(name(known) if known else phone, cells)


def _hint(hint: Diagnosis, across: int) -> Iterator[Row]:
    """In one row where it fits, else with its evidence in rows of their own."""
    words = row("  ", Run(f"→ {hint.words}", Role.INFO))
    beside = row(*words, Run(f"  {hint.evidence}", Role.LABEL))
    if width(beside) <= across:
        yield beside
        return
    yield clipped(words, across)
    for part in wrap(hint.evidence, max(across - 4, 16)):
        yield clipped(row("    ", Run(part, Role.LABEL)), across)


def _over(seconds: float, limits: Limits) -> str:
    """In steps, so that the words stand still."""
    return steps(seconds) or f"{limits.poor if seconds >= limits.poor else limits.fair:g} s"
