"""A keyframe as one body: the phones' documents as columns over all phones, and the states as values.

Phones whose documents have the same paths in the same order share a shape, and the values of each path stand side by
side: what a thousand phones say alike costs next to nothing. When a leaf changed is microseconds before the keyframe.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from phonetui.errors import ProtocolError
from phonetui.monitor.keyframe import Keyframe, PhoneKeyframe, PhoneSetup
from phonetui.phone.calls.call_tracker import CallTracker
from phonetui.phone.state import PhoneId
from phonetui.recording.values import ValueDecoder, ValueEncoder, path_of
from phonetui.text import Printable, printable
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path

STATES = 1
"""Of what keyframes hold beside documents. One of another number is made of its documents alone: it moves whenever
states would be judged otherwise, so that an old recording is judged by new rules."""
_SECOND = 1_000_000


def keyframe_content(keyframe: Keyframe) -> dict[str, Any]:
    """What goes into the file."""
    setups, states = ValueEncoder(), ValueEncoder()
    configured = setups.encode(
        (
            keyframe.seen_at, keyframe.thresholds, keyframe.mutes, keyframe.units, keyframe.tunnels,
            {phone: each.setup for phone, each in keyframe.phones.items()},
        )
    )  # fmt: skip
    known = states.encode(
        (
            {phone: (each.state, each.tracker) for phone, each in keyframe.phones.items()},
            keyframe.records, keyframe.alerts, keyframe.analysis, keyframe.ballots, keyframe.clock,
        )
    )  # fmt: skip
    return {
        "at": keyframe.at, "documents": _documents(keyframe), "setup": configured, "setup classes": setups.classes,
        "version": STATES, "states": known, "classes": states.classes,
    }  # fmt: skip


def keyframe_of(content: Any, *, with_states: bool = True) -> Keyframe:
    """What `keyframe_content` was given, without the figures of `Keyframe.figures`.

    Without states (by `with_states`, or because another release wrote them) it has documents alone. Raises
    ProtocolError where not even these can be read.
    """
    try:
        at = float(content["at"])
        setups = ValueDecoder(content["setup classes"]).decode(content["setup"])
        seen_at, thresholds, mutes, units, tunnels, setup = setups
        documents = dict(_documents_of(content["documents"], at))
        states = _states(content) if with_states else None
        phones = {}
        if not all(isinstance(each, PhoneSetup) for each in setup.values()):
            raise ProtocolError("a keyframe whose phones cannot be read")  # noqa: TRY301 - passed on below
        for phone, each in setup.items():
            document, changed_at = documents[phone]
            state, tracker = states.phones[phone] if states else (None, CallTracker())
            phones[phone] = PhoneKeyframe(each, document, changed_at, state, tracker)
        return Keyframe(
            at, seen_at, thresholds, mutes, phones, states.records if states else (), states.alerts if states else None,
            states.analysis if states else None, units, states.ballots if states else {}, tunnels,
            states.clock if states else None,
        )  # fmt: skip
    except ProtocolError:
        raise
    except Exception as error:
        raise ProtocolError(f"a keyframe that cannot be read: {type(error).__name__}") from error


class _States(NamedTuple):
    phones: Mapping[PhoneId, Any]
    records: Any
    alerts: Any
    analysis: Any
    ballots: Any
    clock: Any


def _states(content: Any) -> _States | None:
    """None where another release wrote them."""
    if content["version"] != STATES:
        return None
    try:
        return _States(*ValueDecoder(content["classes"]).decode(content["states"]))
    except ProtocolError:
        return None


def _documents(keyframe: Keyframe) -> dict[str, Any]:
    paths: dict[Path, int] = {}
    shapes: dict[tuple[int, ...], list[tuple[str, PhoneKeyframe]]] = {}
    for phone, each in keyframe.phones.items():
        shape = tuple([paths.setdefault(path, len(paths)) for path in each.document])
        shapes.setdefault(shape, []).append((phone, each))
    now = round(keyframe.at * _SECOND)
    written = []
    for shape, members in shapes.items():
        values = [list(each.document.values()) for _, each in members]
        ages = [_ages(each, now, keyframe.at) for _, each in members]
        columns = list(map(list, zip(*values, strict=True)))
        written.append((shape, [phone for phone, _ in members], columns, list(map(list, zip(*ages, strict=True)))))
    return {"paths": list(paths), "shapes": written}


def _ages(phone: PhoneKeyframe, now: int, at: float) -> list[int]:
    """Microseconds since each leaf changed; most changed together."""
    known: dict[float, int] = {}
    ages = []
    for path in phone.document:
        changed_at = phone.changed_at.get(path, at)
        age = known.get(changed_at)
        if age is None:
            age = known[changed_at] = now - round(changed_at * _SECOND)
        ages.append(age)
    return ages


def _documents_of(content: Any, at: float) -> Iterator[tuple[PhoneId, tuple[Document, Mapping[Path, float]]]]:
    paths, now = [path_of(steps) for steps in content["paths"]], round(at * _SECOND)
    for shape, phones, columns, ages in content["shapes"]:
        places = [paths[number] for number in shape]
        rows = zip(*columns, strict=True) if columns else [()] * len(phones)
        times = zip(*ages, strict=True) if ages else [()] * len(phones)
        for phone, row, passed in zip(phones, rows, times, strict=True):
            leaves: dict[Path, Printable] = dict(zip(places, map(printable, row), strict=True))
            changed = {place: (now - age) / _SECOND for place, age in zip(places, passed, strict=True)}
            yield PhoneId(printable(phone)), (Document(leaves), changed)
