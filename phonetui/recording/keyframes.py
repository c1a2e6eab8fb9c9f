"""A keyframe as bytes: the phones' documents as columns over all phones, the states as values.

Phones whose documents have the same paths in the same order share a shape, and the values of each path stand side by
side: what a thousand phones say alike costs next to nothing. When a leaf changed is microseconds before the keyframe.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import msgpack

from phonetui.errors import ProtocolError
from phonetui.monitor.keyframe import Keyframe, PhoneKeyframe, PhoneSetup
from phonetui.phone.calls.call_tracker import CallTracker
from phonetui.phone.state import PhoneId
from phonetui.recording.columns import number_of
from phonetui.recording.values import ValueDecoder, ValueEncoder, path_of
from phonetui.text import Printable, printable
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path

STATES = 1
"""Of what keyframes hold beside documents. One of another number is made of its documents alone: it moves whenever
states would be judged otherwise, so that an old recording is judged by new rules."""
_SECOND = 1_000_000


def keyframe_content(keyframe: Keyframe) -> dict[str, Any]:
    """The content of a keyframe's frame."""
    setups, states = ValueEncoder(), ValueEncoder()
    configured = setups.encode(
        (
            keyframe.seen_at, keyframe.thresholds, keyframe.mutes, keyframe.units, keyframe.tunnels,
            {phone: each.setup for phone, each in keyframe.phones.items()},
        )
    )  # fmt: skip
    phones = {phone: (each.state, each.tracker) for phone, each in keyframe.phones.items()}
    others = (keyframe.records, keyframe.alerts, keyframe.analysis, keyframe.ballots, keyframe.clock)
    known = states.encode_parts(states.encode_packed(phones, msgpack.encode), *map(states.encode, others))
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


class KeyframeTables:
    """What the blocks after a keyframe go on from: its phones and paths by their numbers, and the numbers of leaves."""

    def __init__(self, at_us: int, documents: Any) -> None:
        """`documents` as a keyframe's content has them. Raises ProtocolError for what is none."""
        self.at_us = at_us
        try:
            self.paths = tuple(path if isinstance(path, Path) else path_of(path) for path in documents["paths"])
            self._shapes = [(tuple(shape), columns) for shape, _, columns, _ in documents["shapes"]]
            rows = [
                (PhoneId(printable(phone)), number, row)
                for number, (_, phones, *_) in enumerate(documents["shapes"])
                for row, phone in enumerate(phones)
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise ProtocolError("a keyframe that cannot be read") from error
        self.phones = tuple(phone for phone, _, _ in rows)
        self._rows = [(number, row) for _, number, row in rows]
        self._places: dict[int, dict[int, int]] = {}
        """Columns by shape and path."""

    def number(self, phone: int, path: int) -> int:
        """The number that a leaf had; 0 where it had none."""
        if phone >= len(self._rows):
            return 0
        number, row = self._rows[phone]
        shape, columns = self._shapes[number]
        places = self._places.get(number)
        if places is None:
            places = self._places[number] = {path: place for place, path in enumerate(shape)}
        place = places.get(path)
        return 0 if place is None else number_of(columns[place][row]) or 0


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
    numbers, ages = _Numbers(), _Ages(keyframe.at)
    shapes: dict[tuple[int, ...], list[tuple[str, list[str], list[int]]]] = {}
    for phone, each in keyframe.phones.items():
        leaves = dict(each.document.items())
        shape = tuple(map(numbers.__getitem__, leaves))
        changed = list(map(ages.__getitem__, map(each.changed_at.get, leaves)))
        shapes.setdefault(shape, []).append((phone, list(leaves.values()), changed))
    written = []
    for shape, members in shapes.items():
        phones, values, passed = zip(*members, strict=True)
        columns, times = (list(map(list, zip(*each, strict=True))) for each in (values, passed))
        written.append((shape, phones, columns, times))
    return {"paths": list(numbers), "shapes": written}


class _Numbers(dict[Path, int]):
    """Numbers by path, in the order in which they are asked for."""

    def __missing__(self, path: Path) -> int:
        number = self[path] = len(self)
        return number


class _Ages(dict[float | None, int]):
    """Microseconds since a moment, or since now for None; most leaves of a phone changed together."""

    def __init__(self, at: float) -> None:
        self._now = round(at * _SECOND)
        self[None] = 0

    def __missing__(self, changed_at: float | None) -> int:
        age = self[changed_at] = 0 if changed_at is None else self._now - round(changed_at * _SECOND)
        return age


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
