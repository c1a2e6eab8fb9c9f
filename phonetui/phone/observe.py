"""The table from a phone's words to fields of its state: xAPI path → field, unit, reader; and limits per phone.

`observe` takes a phone, its whole document and the changes that led to it, and reads again only what the changes
touch. A phone is a function of its document, so a ghost needs no rule of its own: what was removed reads as None.

A reading of a call changes a third of its leaves, a push one of them: then those alone are read, and the rest of the
call stays what it was. Whatever comes or goes has the line read as a whole.

The bounds are far beyond any desk phone, so that one that floods costs itself alone; what lies beyond is left out and
reported once. A whole tree has some 800 leaves in 12 KB; the biggest, with three key expansion modules, 120 lines.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Any

from msgspec.structs import replace

from phonetui.numeric import count, milliseconds
from phonetui.phone import parse, port_counters
from phonetui.phone.lights import Light, Lights, light
from phonetui.phone.parse import duration, flag, latency, mos, r_factor, round_trip, text
from phonetui.phone.state import Call, Line, Network, Phase, Phone, System
from phonetui.text import NOTHING, Printable
from phonetui.xapi.catalog import Deployment, phoneos
from phonetui.xapi.document import Document, Update
from phonetui.xapi.path import ROOT, Path

LEAVES = 10_000
"""Of everything a phone said that still holds, whether read or pushed."""
CHARACTERS = 4 * 2**20
"""Of the values of all leaves; the same as one answer may have."""
LINES = 256
CALLS = 512
"""Places of calls of all lines, most of them idle."""
CALLS_OF_LINE = 32
"""The same of one line; phones are known to have up to ten."""
HISTORIES = 64
"""Calls whose figures are kept over time, 50 KB each after an hour."""


def admit(document: Document, updates: Iterable[Update]) -> tuple[tuple[Update, ...], bool]:
    """Those of `updates` that leave `document` within `LEAVES` and `CHARACTERS`, and whether any had to be left out.

    Ghosts always are, and so is what is no longer than the value that it takes the place of.
    """
    updates = tuple(updates)
    leaves, characters = len(document), document.characters
    added = sum([len(value) for _, value, _ in updates if value is not None])
    if leaves + len(updates) <= LEAVES and characters + added <= CHARACTERS:
        return updates, False
    gone = document.covered(update.path for update in updates if update.value is None)
    leaves -= len(gone)
    characters -= sum(len(document[path]) for path in gone)
    kept: list[Update] = []
    absent = set(gone)
    for update in updates:
        if update.value is not None:
            is_new = update.path not in document or update.path in absent
            more = len(update.value) - (0 if is_new else len(document[update.path]))
            if (is_new and leaves >= LEAVES) or (more > 0 and characters + more > CHARACTERS):
                continue
            absent.discard(update.path)
            leaves += is_new
            characters += more
        kept.append(update)
    return tuple(kept), len(kept) < len(updates)


def excess(document: Document, calls: Sequence[int], *, is_full: bool) -> Mapping[str, str]:
    """What there is too much of, each with the words for it.

    `calls` is how many places of calls are followed of each line, `is_full` whether values had to be left out.
    """
    lines = max(document.count(name) for name in ("Line", "ExtStatus"))
    many = sum(calls) >= CALLS or max(calls, default=0) >= CALLS_OF_LINE
    found = {
        "lines": f"too much: {lines:,} lines, {LINES} of them are followed" if lines > LINES else "",
        "calls": f"too much: {CALLS_OF_LINE} calls or more on a line, or {CALLS} in all" if many else "",
        "values": f"too much: {LEAVES:,} values or {CHARACTERS // 2**20} MiB, the rest is left out" if is_full else "",
    }
    return {kind: words for kind, words in found.items() if words}


Reader = Callable[[Printable], Any]
Rows = Mapping[tuple[str | int, ...], tuple[str, Reader]]
"""Names below the row's object → its field and how to read it."""

CALL: Mapping[tuple[str], tuple[str, Reader]] = {
    ("CallState",): ("state", text),
    ("Tone",): ("tone", text),
    ("Type",): ("media", text),
    ("CallAppearance",): ("appearance", text),
    ("Encoder",): ("encoder", text),
    ("Decoder",): ("decoder", text),
    ("PeerName",): ("remote_name", text),
    ("PeerPhone",): ("remote_number", text),
    ("RemoteHold",): ("remote_hold", flag),
    ("Callback",): ("callback", text),
    ("MappedRtpPort",): ("mapped_rtp_port", text),
    ("Duration",): ("duration_s", duration),
    ("PacketsSent",): ("packets_sent", count),
    ("PacketsReceived",): ("packets_received", count),
    ("PacketsLost",): ("lost_packets", count),
    ("PacketsDiscarded",): ("discarded_packets", count),
    ("BytesSent",): ("bytes_sent", count),
    ("BytesReceived",): ("bytes_received", count),
    ("Jitter",): ("jitter_ms", milliseconds),
    ("DecodeLatency",): ("decode_latency_ms", latency),
    ("RoundTripDelay",): ("round_trip_ms", round_trip),
    ("BurstDuration",): ("burst_ms", milliseconds),
    ("GapDuration",): ("gap_ms", parse.gap),
    ("MOSLQ",): ("mos_lq", mos),
    ("MOSCQ",): ("mos_cq", mos),
    ("Rfactor",): ("r_factor", r_factor),
    ("LossRate",): ("loss_rate", text),
    ("DiscardRate",): ("discard_rate", text),
}
_OF_A_CALL = ("remote_number", "remote_name", "packets_sent", "packets_received")
"""Fields of a call that an empty slot doesn't have: with one of them a slot without a state holds a call, not none."""
RAW = {"MOSLQ": "mos_lq_raw", "MOSCQ": "mos_cq_raw", "Rfactor": "r_factor_raw"}
"""Leaf of a call → the field that keeps it as it came, because not every value can be read."""
_DECISIVE = frozenset({"state", "media", *_OF_A_CALL})
"""Fields that a call's phase and direction follow from."""
_FIGURES: Mapping[str | int, tuple[str, Reader, str | None]] = {
    name: (field, reader, RAW.get(name)) for (name,), (field, reader) in CALL.items()
}
"""Leaf of a call → its field, how to read it, and the field that keeps it as it came."""
EXTENSION: Rows = {
    ("RegistrationState",): ("registration", text),
    ("MessageWaiting",): ("message_waiting", flag),
}
_LEDS, _LINES, _EXTENSIONS = Path.of("LEDStatus"), Path.of("Line"), Path.of("ExtStatus")
_LINE_LIGHTS = _LEDS / "Line"
SYSTEM: Rows = {
    ("ProductId",): ("product_id", text),
    ("ProductType",): ("product_type", text),
    ("HostName",): ("host_name", text),
    ("Hardware", "Module", "MACAddress"): ("mac", text),
    ("Hardware", "Module", "Version"): ("hardware_version", text),
    ("Hardware", "Module", "VID"): ("vid", text),
    ("Software", "Version"): ("version", text),
}
NETWORK: Rows = {
    ("IPv4", "Address"): ("ipv4", text),
    ("Ethernet", "MacAddress"): ("ethernet_mac", text),
    ("Wifi", "MacAddress"): ("wifi_mac", text),
    ("ActiveInterface",): ("interface", text),
}
LIGHTS = {"mute": "Mute", "speaker": "Speaker", "headset": "Headset", "message": "Mwi"}
"""Field of `Lights` → the beginning of its two leaves."""


def observe(
    phone: Phone, document: Document, changes: Iterable[Update], at: float, *, mos_divisor: float | None = None
) -> Phone:
    """`phone` as `document` shows it after `changes`, at monotonic second `at`.

    `mos_divisor` is the operator's word for how the phone writes opinion scores; None reads them by their size.
    """
    changes = tuple(changes)
    touched = {update.path[:2] for update in changes}
    names = set(chain(*map(_readers, touched)))
    fields: dict[str, Any] = {name: _FIELDS[name](document) for name in names if name in _FIELDS}
    if "ports" in names:
        fields["ports"] = port_counters.observe_ports(phone.ports, document, changes, at)
    if (is_mpp := _is_mpp(phone, document, changes)) is not phone.is_mpp:
        fields["is_mpp"] = is_mpp
    if "lines" in names:
        fields["lines"] = _lines(phone.lines, document, changes, mos_divisor)
    return replace(phone, **fields) if fields else phone


@lru_cache(1024)
def _readers(place: tuple[str | int, ...]) -> Iterable[str]:
    """The fields that depend on what lies at or below `place`; where the table doesn't name it, on what holds it."""
    below = tuple(name for known, names in _READERS.items() if known[: len(place)] == place for name in names)
    return below or _READERS.get(place[:1], ())


def _light(document: Document, place: Path, word: str) -> Light | None:
    return light(document.get(place / f"{word}LEDColor"), document.get(place / f"{word}LEDCadence"))


def _read(rows: Mapping[Any, tuple[str, Reader]], leaves: Mapping[Path, Printable], depth: int) -> dict[str, Any]:
    """The fields that `leaves` give, by their names from step `depth` on, whatever indices stand between them."""
    fields = {}
    for path, raw in leaves.items():
        row = rows.get(path[depth:]) or rows.get(tuple(step for step in path[depth:] if isinstance(step, str)))
        if row is not None:
            name, reader = row
            fields[name] = reader(raw)
    return fields


def _lines(
    before: tuple[Line, ...], document: Document, changes: tuple[Update, ...], mos_divisor: float | None
) -> tuple[Line, ...]:
    """Those that the changes don't touch are the same objects as before."""
    touched = _touched(changes)
    if touched is not None and (renewed := _with_new_figures(before, touched, mos_divisor)) is not None:
        return renewed
    known, room = {line.index: line for line in before}, CALLS
    if touched is None:
        every = {line.index for line in before}
        every.update(chain(*map(document.indices, (_EXTENSIONS, _LINES, _LINE_LIGHTS))))
        touched = dict.fromkeys(every, ())
    lines: list[Line] = []
    for index in sorted(touched.keys() | known.keys()):
        is_known = index not in touched
        line = known[index] if is_known else parse.with_scores(known.get(index), _line(document, index), mos_divisor)
        # A line key that is no extension (a speed dial, a spare one) is worth a row only while its light is on.
        is_published = document.has_item("ExtStatus", index) or document.has_item("Line", index)
        if is_published or (line.light and line.light.is_lit):
            lines.append(line if len(line.calls) <= room else replace(line, calls=line.calls[:room]))
            room -= len(lines[-1].calls)
        if len(lines) == LINES:
            break
    return tuple(lines)


def _touched(changes: Iterable[Update]) -> dict[int, Sequence[Update]] | None:
    """The lines that changes are about, each with those changes; None where one is about more than a line."""
    touched: dict[int, list[Update]] = {}
    for change in changes:
        path = change.path
        first = path[0] if path else None
        if first in ("Line", "ExtStatus"):
            index = path[1] if len(path) > 1 else None
        elif first is None or (first == "LEDStatus" and path[:2] == _LINE_LIGHTS[: len(path)]):
            index = path[2] if len(path) > 2 else None
        else:
            continue
        if not isinstance(index, int):
            return None
        touched.setdefault(index, []).append(change)
    return {**touched}


def _with_new_figures(
    before: tuple[Line, ...], touched: Mapping[int, Sequence[Update]], mos_divisor: float | None
) -> tuple[Line, ...] | None:
    """The lines, where nothing but values of calls that the touched ones had is new; else None."""
    renewed = list(before)
    for index, changes in touched.items():
        place = _place(before, index)
        calls = _with_figures(before[place].calls, changes) if place is not None else None
        if place is None or calls is None:
            return None
        line = before[place]
        renewed[place] = parse.with_scores(line, replace(line, calls=calls), mos_divisor)
    return tuple(renewed)


def _place(lines: Sequence[Line], index: int) -> int | None:
    """Where the line of that index stands: mostly there, as phones number their lines from 1 on."""
    if 0 < index <= len(lines) and lines[index - 1].index == index:
        return index - 1
    return next((place for place, line in enumerate(lines) if line.index == index), None)


def _with_figures(calls: Sequence[Call], changes: Iterable[Update]) -> tuple[Call, ...] | None:
    """The calls with other values in leaves that they had; None where anything else changed on the line."""
    fields: dict[int, dict[str, Any]] = {}
    for path, raw, _ in changes:
        if raw is None or len(path) != 5 or path[2] != "Call" or not isinstance(number := path[3], int):
            return None
        row = _FIGURES.get(path[4])
        if row is not None:
            name, reader, kept = row
            found = fields.setdefault(number, {})
            found[name] = reader(raw)
            if kept is not None:
                found[kept] = raw or None
    if fields.keys() - {call.id for call in calls}:
        return None
    return tuple([_after(call, fields[call.id]) if call.id in fields else call for call in calls])


def _after(call: Call, fields: dict[str, Any]) -> Call:
    after = replace(call, **fields)
    if _DECISIVE.isdisjoint(fields):
        return after
    phase, direction = _phase_and_direction({name: getattr(after, name) for name in _DECISIVE})
    return replace(after, phase=phase, direction=direction)


def _phase_and_direction(fields: Mapping[str, Any]) -> tuple[Phase, Any]:
    is_stateless = fields.get("state") is None and any(fields.get(name) for name in _OF_A_CALL)
    phase = Phase.UNKNOWN if is_stateless else parse.phase(fields.get("state"))
    return phase, parse.direction(fields["media"]) if fields.get("media") else None


def _line(document: Document, index: int) -> Line:
    several: dict[int, dict[Path, Printable]] = {}
    for path, value in document.below("Line", index).items():
        number = path[3] if len(path) > 3 and path[2] == "Call" else None
        if isinstance(number, int) and (number in several or len(several) < CALLS_OF_LINE):
            several.setdefault(number, {})[path] = value
    calls = (_call(leaves, index, number) for number, leaves in several.items())
    fields = _read(EXTENSION, document.below("ExtStatus", index), 2)
    is_registered = parse.registered(fields["registration"]) if fields.get("registration") else None
    light = _light(document, Path.of("LEDStatus", "Line", index), "")
    return Line(index, **fields, is_registered=is_registered, light=light, calls=tuple(calls))


def _call(leaves: Mapping[Path, Printable], line: int, number: int) -> Call:
    fields = _read(CALL, leaves, 4)
    place = Path.of("Line", line, "Call", number)
    fields |= {field: leaves.get(place / name) or None for name, field in RAW.items()}
    phase, direction = _phase_and_direction(fields)
    return Call(line, number, **fields, phase=phase, direction=direction)


def _network(document: Document) -> Network:
    fields = _read(NETWORK, document.under(Path.of("Network")), 1)
    vlan = document.get(Path.of("PhoneStatus", "OperationalVLANID"))
    external = document.get(Path.of("PhoneStatus", "ExternalIP"))
    return Network(**fields, vlan=vlan or None, external_ip=external or None)


def _is_mpp(phone: Phone, document: Document, changes: Iterable[Update]) -> bool:
    """Whether it publishes anything that MPP phones alone do; only what is gone has the whole tree looked through."""
    if phone.is_mpp:
        return not any(change.value is None for change in changes) or any(map(_is_mpp_only, document))
    return any(_is_mpp_only(change.path) for change in changes if change.value is not None)


def _leaf(path: Path, reader: Reader) -> Callable[[Document], Any]:
    def read(document: Document) -> Any:
        raw = document.get(path)
        return None if raw is None else reader(raw)

    return read


@lru_cache(4096)
def _is_mpp_only(path: Path) -> bool:
    return path.names in _mpp_only()


@cache
def _mpp_only() -> frozenset[tuple[str, ...]]:
    entries = phoneos().below(ROOT)
    return frozenset(entry.path.names for entry in entries if entry.deployment is Deployment.MPP)


_FIELDS: Mapping[str, Callable[[Document], Any]] = {  # those that changes decide, too, have a function of their own
    "system": lambda document: System(**_read(SYSTEM, document.under(Path.of("SystemUnit")), 1)),
    "network": _network,
    "lights": lambda document: Lights(**{name: _light(document, _LEDS, word) for name, word in LIGHTS.items()}),
    "standby": _leaf(Path.of("Standby", "Level"), text),
    "clock": _leaf(Path.of("PhoneStatus", "CurrentTime"), text),
    "up_s": _leaf(Path.of("PhoneStatus", "ElapsedTime"), duration),
    "failed_login": _leaf(Path.of("Security", "LastFailedAdminLogin"), lambda raw: text(raw) or NOTHING),
}
_READERS: Mapping[tuple[str | int, ...], tuple[str, ...]] = {
    ("SystemUnit",): ("system",),
    ("Network",): ("network",),
    ("Network", "Statistics"): ("ports",),
    ("PhoneStatus", "CurrentTime"): ("clock",),
    ("PhoneStatus", "ElapsedTime"): ("up_s",),
    ("PhoneStatus", "ExternalIP"): ("network",),
    ("PhoneStatus", "OperationalVLANID"): ("network",),
    **{
        ("PhoneStatus", f"{name}{more}"): ("ports",)
        for name in port_counters.LEAVES.values()
        for more in ("", "Config")
    },
    ("LEDStatus",): ("lights", "lines"),
    ("ExtStatus",): ("lines",),
    ("Line",): ("lines",),
    ("Standby",): ("standby",),
    ("Security",): ("failed_login",),
}
"""Place in the tree → the fields of `Phone` that depend on it, however much it says besides."""
