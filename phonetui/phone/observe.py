"""The one table between a phone's words and ours: xAPI path → field, unit, reader; and how much of a phone is followed.

`observe` takes a phone, its whole document and the changes that led to it, and reads again only what the changes
touch. A phone is a function of its document, so a ghost needs no rule of its own: what was removed reads as None.

The bounds are far beyond any desk phone, so that one that floods costs itself alone; what lies beyond is left out and
reported once. A whole tree has some 800 leaves in 12 KB; the biggest, with three key expansion modules, 120 lines.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain
from typing import Any

from phonetui import numeric
from phonetui.numeric import count, milliseconds
from phonetui.phone import parse, port_counters
from phonetui.phone.parse import duration, flag, latency, mos, r_factor, round_trip, text
from phonetui.phone.state import Call, Light, Lights, Line, Network, Phase, Phone, Port, System
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
PORTS = 16
COUNTERS = 200
"""Of one port; firmware is known to have 40."""
HISTORIES = 64
"""Calls whose figures are kept over time, 50 KB each after an hour."""


def admit(document: Document, updates: Iterable[Update]) -> tuple[tuple[Update, ...], bool]:
    """Those of `updates` that leave `document` within `LEAVES` and `CHARACTERS`, and whether any had to be left out.

    Ghosts always are, and so is what is no longer than the value that it takes the place of.
    """
    updates = tuple(updates)
    leaves, characters = len(document), document.characters
    added = sum(len(update.value) for update in updates if update.value is not None)
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
Rows = Mapping[tuple[str, ...], tuple[str, Reader]]
"""Names below the row's object → its field and how to read it."""

CALL: Rows = {
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
EXTENSION: Rows = {
    ("RegistrationState",): ("registration", text),
    ("MessageWaiting",): ("message_waiting", flag),
}
_LINES, _EXTENSIONS, _LEDS = Path.of("Line"), Path.of("ExtStatus"), Path.of("LEDStatus")
_LINE_LIGHTS = _LEDS / "Line"
LIGHTS = {"mute": "Mute", "speaker": "Speaker", "headset": "Headset", "message": "Mwi"}
"""Field of `Lights` → the beginning of its two leaves."""
PORT_LEAVES = {1: "SWPort", 2: "PCPort"}
"""Port number → its leaf in `PhoneStatus` (that port 1 is the switch port is inferred)."""


def observe(
    phone: Phone, document: Document, changes: Iterable[Update], at: float, *, mos_divisor: float | None = None
) -> Phone:
    """`phone` as `document` shows it after `changes`, at monotonic second `at`.

    `mos_divisor` is the operator's word for how the phone writes opinion scores; None reads them by their size.
    """
    changes = tuple(changes)
    touched = {update.path[:2] for update in changes}
    names = set(chain(*map(_readers, touched)))
    fields: dict[str, Any] = {name: _FIELDS[name](document) for name in names if name != "lines"}
    if "ports" in fields:
        fields["ports"] = port_counters.with_rates(phone.ports, fields["ports"], at)
    if "lines" in names:
        fields["lines"] = _lines(phone.lines, document, changes, mos_divisor)
    return replace(phone, **fields) if fields else phone


def _readers(place: tuple[str | int, ...]) -> Iterable[str]:
    """The fields that depend on what lies at or below `place`; where the table doesn't name it, on what holds it."""
    below = [name for known, names in _READERS.items() if known[: len(place)] == place for name in names]
    return below or _READERS.get(place[:1], ())


def _network(document: Document) -> Network:
    fields = _read(NETWORK, document.under(Path.of("Network")), 1)
    vlan = document.get(Path.of("PhoneStatus", "OperationalVLANID"))
    external = document.get(Path.of("PhoneStatus", "ExternalIP"))
    return Network(**fields, vlan=vlan or None, external_ip=external or None)


def _light(document: Document, place: Path, word: str) -> Light | None:
    return parse.light(document.get(place / f"{word}LEDColor"), document.get(place / f"{word}LEDCadence"))


def _lines(
    before: tuple[Line, ...], document: Document, changes: tuple[Update, ...], mos_divisor: float | None
) -> tuple[Line, ...]:
    """Those that the changes don't touch are the same objects as before."""
    touched = _touched(changes)
    if touched is None:
        touched = {line.index for line in before}
        touched.update(chain(*map(document.indices, (_EXTENSIONS, _LINES, _LINE_LIGHTS))))
    known, room = {line.index: line for line in before}, CALLS
    lines: list[Line] = []
    for index in sorted(touched | known.keys()):
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


def _touched(changes: Iterable[Update]) -> set[int] | None:
    """The lines that changes are about; None where one is about more than a line."""
    touched = set()
    for change in changes:
        path = change.path
        if path[:1] in (_LINES, _EXTENSIONS):
            index = path[1] if len(path) > 1 else None
        elif path[:2] == _LINE_LIGHTS[: len(path)]:
            index = path[2] if len(path) > 2 else None
        else:
            continue
        if not isinstance(index, int):
            return None
        touched.add(index)
    return touched


def _line(document: Document, index: int) -> Line:
    place = Path.of("Line", index, "Call")
    several: dict[int, dict[Path, Printable]] = {}
    for path, value in document.under(place).items():
        number = path[3] if len(path) > 3 else None
        if isinstance(number, int) and (number in several or len(several) < CALLS_OF_LINE):
            several.setdefault(number, {})[path] = value
    calls = (_call(leaves, index, number) for number, leaves in several.items())
    fields = _read(EXTENSION, document.under(Path.of("ExtStatus", index)), 2)
    is_registered = parse.registered(fields["registration"]) if fields.get("registration") else None
    light = _light(document, Path.of("LEDStatus", "Line", index), "")
    return Line(index, **fields, is_registered=is_registered, light=light, calls=tuple(calls))


def _call(leaves: Mapping[Path, Printable], line: int, number: int) -> Call:
    fields = _read(CALL, leaves, 4)
    place = Path.of("Line", line, "Call", number)
    fields |= {field: leaves.get(place / name) or None for name, field in RAW.items()}
    is_stateless = fields.get("state") is None and any(fields.get(name) for name in _OF_A_CALL)
    phase = Phase.UNKNOWN if is_stateless else parse.phase(fields.get("state"))
    direction = parse.direction(fields["media"]) if fields.get("media") else None
    return Call(line, number, **fields, phase=phase, direction=direction)


def _ports(document: Document) -> tuple[Port, ...]:
    found: dict[int, dict[str, Printable]] = {
        index: {} for index, name in PORT_LEAVES.items() if Path.of("PhoneStatus", name) in document
    }
    for path, raw in document.under(Path.of("Network", "Statistics", "Port")).items():
        if len(path) > 4 and isinstance(index := path[3], int) and (index in found or len(found) < PORTS):
            named = found.setdefault(index, {})
            if len(named) < COUNTERS:
                named[" ".join(map(str, path[4:]))] = raw
    return tuple(_port(document, index, found[index]) for index in sorted(found))


def _port(document: Document, index: int, named: Mapping[str, Printable]) -> Port:
    name = PORT_LEAVES.get(index, "")
    return Port(
        index,
        link=parse.link(document.get(Path.of("PhoneStatus", name))),
        configured=document.get(Path.of("PhoneStatus", f"{name}Config")),
        counters=tuple((key, value) for key, raw in named.items() if (value := numeric.integer(raw)) is not None),
        neighbour=_neighbour(named, "deviceid"),
        neighbour_port=_neighbour(named, "port"),
    )


def _neighbour(leaves: Mapping[str, Printable], ending: str) -> Printable | None:
    """What a `CdpNeighborDeviceId` or a twin of it says; CDP first, which Cisco switches fill best."""
    folded = ((name.casefold(), raw) for name, raw in leaves.items())
    found = sorted((name, raw) for name, raw in folded if "neighbor" in name and name.endswith(ending))
    return next((raw for _, raw in found if text(raw)), None)


def _read(rows: Rows, leaves: Mapping[Path, Printable], depth: int) -> dict[str, Any]:
    fields = {}
    for path, raw in leaves.items():
        row = rows.get(tuple(step for step in path[depth:] if isinstance(step, str)))
        if row is not None:
            name, reader = row
            fields[name] = reader(raw)
    return fields


def _leaf(path: Path, reader: Reader) -> Callable[[Document], Any]:
    def read(document: Document) -> Any:
        raw = document.get(path)
        return None if raw is None else reader(raw)

    return read


@cache
def _mpp_only() -> frozenset[tuple[str, ...]]:
    entries = phoneos().below(ROOT)
    return frozenset(entry.path.names for entry in entries if entry.deployment is Deployment.MPP)


_FIELDS: Mapping[str, Callable[[Document], Any]] = {
    "system": lambda document: System(**_read(SYSTEM, document.under(Path.of("SystemUnit")), 1)),
    "network": _network,
    "lights": lambda document: Lights(**{name: _light(document, _LEDS, word) for name, word in LIGHTS.items()}),
    "ports": _ports,
    "is_mpp": lambda document: any(path.names in _mpp_only() for path in document),
    "standby": _leaf(Path.of("Standby", "Level"), text),
    "clock": _leaf(Path.of("PhoneStatus", "CurrentTime"), text),
    "up_s": _leaf(Path.of("PhoneStatus", "ElapsedTime"), duration),
    "failed_login": _leaf(Path.of("Security", "LastFailedAdminLogin"), lambda raw: text(raw) or NOTHING),
}
_READERS: Mapping[tuple[str | int, ...], tuple[str, ...]] = {
    ("SystemUnit",): ("system",),
    ("Network",): ("network",),
    ("Network", "Statistics"): ("ports",),
    ("PhoneStatus",): ("is_mpp",),
    ("PhoneStatus", "CurrentTime"): ("clock",),
    ("PhoneStatus", "ElapsedTime"): ("up_s",),
    ("PhoneStatus", "ExternalIP"): ("network", "is_mpp"),
    ("PhoneStatus", "OperationalVLANID"): ("network",),
    **{("PhoneStatus", f"{name}{more}"): ("ports",) for name in PORT_LEAVES.values() for more in ("", "Config")},
    ("LEDStatus",): ("lights", "lines"),
    ("ExtStatus",): ("lines",),
    ("Line",): ("lines",),
    ("DownloadStatus",): ("is_mpp",),
    ("Standby",): ("standby",),
    ("Security",): ("failed_login",),
}
"""Place in the tree → the fields of `Phone` that depend on it, however much it says besides."""
