"""Random dialects: what a phone tells is drawn first, then a spelling of everything that is unpublished."""

from collections.abc import Callable, Mapping, Sequence
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from phonetui.simulator.dialect import PLAIN, Dialect, Pairs
from phonetui.simulator.schema import ADMIN, INTEGRATOR, USER

Draw = Callable[[Random], object]
_NUMBERS = ("n/a", "N/A", "--", "-", "-1", "none", "")
_TEXTS = ("n/a", "--", "-", "None", "null", "")
_SCORES = (*_NUMBERS, "127", "0")
_VOIDS: Mapping[str, Sequence[str]] = {
    "Line Call BurstDuration": _NUMBERS,
    "Line Call DecodeLatency": (*_NUMBERS, "0"),
    "Line Call GapDuration": (*_NUMBERS, "65535", "30000"),
    "Line Call Jitter": _NUMBERS,
    "Line Call MOSCQ": _SCORES,
    "Line Call MOSLQ": _SCORES,
    "Line Call Rfactor": _SCORES,
    "Line Call RoundTripDelay": (*_NUMBERS, "0", "65535", "0 ms"),
    "Line Call PacketsLost": _NUMBERS,
    "Line Call PacketsDiscarded": _NUMBERS,
    "Line Call PeerName": _TEXTS,
    "Line Call RemoteHold": ("n/a", "--", "-", "null", ""),
    "Line Call Duration": _TEXTS,
    "PhoneStatus CurrentTime": _TEXTS,
    "Network Wifi MacAddress": _TEXTS,
}
"""How a leaf may say that it has no value."""


def _silent(*leaves: str) -> Pairs:
    return tuple((leaf, "") for leaf in leaves)


class Content(Struct, frozen=True):
    """What a phone tells, in plain words: the dialect that a random one is read like."""

    plain: Dialect
    role: str = ADMIN


CONTENTS: Mapping[str, Content] = {
    "whole": Content(PLAIN),
    "On-Prem": Content(replace(PLAIN, deployment="On-Prem")),
    "On-Prem without figures": Content(replace(PLAIN, deployment="On-Prem", event_figures=False)),
    "reports without figures": Content(replace(PLAIN, event_figures=False)),
    "3.5": Content(replace(PLAIN, release="3.5")),
    "no scores": Content(
        replace(PLAIN, values=_silent(*(f"Line Call {name}" for name in ("MOSCQ", "MOSLQ", "Rfactor", "RoundTripDelay", "BurstDuration", "GapDuration")), "PhoneStatus CurrentTime"))
    ),
    "no loss": Content(
        replace(PLAIN, values=_silent(*(f"Line Call {name}" for name in ("PacketsLost", "PacketsDiscarded", "Jitter", "DecodeLatency", "RemoteHold", "PeerName")), "Network Wifi MacAddress"))
    ),
    "no durations": Content(replace(PLAIN, values=_silent("Line Call Duration"))),
    "media for direction": Content(replace(PLAIN, call_type="audio")),
    "user": Content(replace(PLAIN, role_reads="silent"), USER),
    "user, refused": Content(replace(PLAIN, role_reads="less"), USER),
    "integrator": Content(replace(PLAIN, role_reads="less", whole_tree=False), INTEGRATOR),
}  # fmt: skip
TOLD = frozenset({"deployment", "release", "event_figures", "call_type", "role_reads"})
"""Fields of a dialect that decide what is told; all others only decide how."""

_WORDS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "Line Call CallState": {
        "Idle": ("idle", "On-hook", "OnHook"),
        "Dialing": ("Dialling", "dialing", "Off-hook", "Seized"),
        "Calling": ("calling", "Connecting", "Trying"),
        "Proceeding": ("In progress", "Progress", "EarlyMedia", "early media"),
        "Ringing": ("Alerting", "ringing", "Ringing In"),
        "Answering": ("ANSWERING", "Alerting"),
        "Connected": ("connected", "Active", "In Call", "InCall", "Established", "Confirmed", "Talking"),
        "Holding": ("OnHold", "Held", "on hold"),
        "Hold": ("OnHold", "Held", "HOLD"),
        "Resuming": ("resuming", "Resume"),
    },
    "Line Call Type": {
        "Inbound": ("Incoming", "inbound", "In", "Terminating"),
        "Outbound": ("Outgoing", "OUTBOUND", "Out", "Originating"),
    },
    "Line Call Direction": {
        "Inbound": ("Incoming", "inbound", "In"),
        "Outbound": ("Outgoing", "outbound", "Out"),
    },
    "Line Call RemoteHold": {"Yes": ("True", "yes", "1", "On", "true"), "No": ("False", "no", "0", "Off", "false")},
    "Line Call Tone": {"None": ("", "none", "--")},
    "Line Call Encoder": {
        "G711u": ("PCMU", "G.711u", "G.711 u-law", "g711u"), "G722": ("G.722", "g722"), "OPUS": ("opus", "Opus"),
    },
    "Line Call Decoder": {
        "G711u": ("PCMU", "G.711u", "G711 mu-law"), "G722": ("G.722", "g722/8000"), "OPUS": ("opus", "Opus"),
    },
    "ExtStatus RegistrationState": {
        "Registered": ("registered", "Registered (TLS)", "Online", "OK", "Yes", "In service"),
        "Not Registered": ("Unregistered", "NotRegistered", "not registered", "Offline", "No", "Deregistered"),
        "Registering": ("Registering...", "In progress", "Pending", "Trying"),
    },
    "ExtStatus MessageWaiting": {"Yes": ("True", "yes", "1", "On"), "No": ("False", "no", "0", "Off")},
    "PhoneStatus PCPort": {"Down": ("Link Down", "No link", "None", "Disconnected", "Not connected", "LinkDown", "no carrier")},
    "Standby Level": {"None": ("none", "")},
}  # fmt: skip
"""Other words for the simulator's own; several of one leaf may fall together where they mean the same kind of thing."""
_COLOURS = {
    "Off": ("off", "None", "OFF"), "Red": ("red", "RED", "Solid Red"), "Green": ("green", "GREEN"),
    "Amber": ("amber", "Orange", "Yellow"),
}  # fmt: skip
_CADENCES = {
    "Off": ("off", "None"), "Steady": ("Solid", "On", "steady", "NoBlink", "nb", "Constant"),
    "SlowBlink": ("Slow", "slow blink", "SLOW_BLINK", "sb"), "FastBlink": ("Fast", "fast-blink", "Rapid", "fb"),
}  # fmt: skip
_LAMPS = ("LEDStatus Line ", "LEDStatus Headset", "LEDStatus Speaker", "LEDStatus Mute", "LEDStatus Mwi")
_LINKS = (
    "{speed} {duplex}", "Up {speed}Mb {duplex}", "{speed}-{duplex}", "{speed}M {lower}", "{speed}BASE-T {duplex}",
    "{speed}/{lower}", "{speed} Mbps {lower} duplex", "Up, {speed} Mbit/s, {duplex} Duplex", "{speed}Mb/{lower}",
)  # fmt: skip
_COUNTERS = (
    "RxTotalPkt RxtotalPkt", "RxCrcErr RxcrcErr", "RxAlignErr RxalignErr", "RxMulticast Rxmulticast", "RxBroadcast Rxbroadcast",
    "RxUnicast Rxunicast", "RxShortErr RxUndersizePkts", "RxLongErr RxJabbers", "RxLongGood RxlongGood", "RxTokenDrop RxDropPkts",
    "TxTotalGoodPkt TxtotalGoodPkt", "TxCollisions Txcollisions", "TxExcessLength TxexcessLength", "TxLateCollision TxlateCollision",
    "LldpFramesOutTotal lldpFramesOutTotal", "LldpAgeoutsTotal lldpAgeoutsTotal", "CdpNeighborDeviceId CDPNeighborDeviceId",
    "CdpNeighborPort CDPNeighborPort", "CdpNeighborIPAddress CDPNeighborIP", "LldpNeighborDeviceId LLDPNeighborDeviceId",
    "LldpNeighborPort LLDPNeighborPort",
)  # fmt: skip
"""Labels of the same counters on the web pages of other firmware of the family."""
_EVENT_FIELDS: Mapping[str, Sequence[str]] = {
    "CallId": ("CallID", "Call_Id"),
    "LineId": ("LineID", "Line"),
    "Direction": ("CallDirection", "OrigCallDirection"),
    "PeerName": ("DisplayName", "RemoteName"),
    "PeerPhone": ("RemoteURI", "RemoteNumber"),
    "CauseCode": ("CauseValue",),
    "CauseString": ("Cause", "Reason"),
    "Duration": ("CallDuration",),
}


def _one_of(*choices: object) -> Draw:
    return lambda random: random.choice(choices)


def _words(random: Random) -> tuple[tuple[str, Pairs], ...]:
    tables = dict(_WORDS)
    for lamp in _LAMPS:
        tables |= {f"{lamp}LEDColor": _COLOURS, f"{lamp}LEDCadence": _CADENCES}
    drawn = (
        (leaf, tuple((word, random.choice(others)) for word, others in words.items() if random.random() < 0.6))
        for leaf, words in tables.items()
        if random.random() < 0.7
    )
    return tuple((leaf, pairs) for leaf, pairs in drawn if pairs)


def _renamed(random: Random) -> Pairs:
    if random.random() < 0.5:
        return ()
    pairs = (pair.split() for pair in _COUNTERS)
    return tuple((f"Network Statistics Port {name}", other) for name, other in pairs)


def _event_fields(random: Random) -> Pairs:
    return tuple((name, random.choice(others)) for name, others in _EVENT_FIELDS.items() if random.random() < 0.4)


def _more(*leaves: tuple[str, str]) -> Draw:
    return lambda random: tuple(leaf for leaf in leaves if random.random() < 0.5)


_yes_or_no = _one_of(False, True)
SPELLINGS: Mapping[str, Draw] = {
    "title": _one_of("Random"),
    "firmware": _one_of("PHONEOS.3-6-1-0001", "PHONEOS.4-1-0-0017", "sip98xx.3.6.1"),
    "mos": _one_of("decimal", "tenths", "hundredths"),
    "no_score": _one_of("", "--", "n/a", "127", "0", "-1"),
    "no_rating": _one_of("127", "0", "--", "n/a", "-1", ""),
    "no_round_trip": _one_of("0", "65535"),
    "rates": _one_of("bytes", "whole percent", "percent", "signed percent", "spaced percent", "fraction"),
    "durations": _one_of("clock", "seconds", "unit", "short", "days"),
    "milliseconds": _one_of("", " ms", "ms", " msec"),
    "mac": _one_of("colons", "dashes", "bare", "dots"),
    "lower_mac": _yes_or_no,
    "switch_link": _one_of(*_LINKS),
    "computer_link": _one_of(*_LINKS),
    "port_link": _one_of(*_LINKS),
    "callback": _one_of("", "No", "--", "False"),
    "empty": _one_of("", "n/a", "--", "None", "N/A", "-", "null"),
    "empty_call": _one_of("", "n/a", "--", "-", "N/A"),
    "values": _one_of(()),
    "words": _words,
    "omits_empty": _yes_or_no,
    "first_call": _one_of(0, 0, 1, 27),
    "idle_calls": _yes_or_no,
    "idle_slots": _yes_or_no,
    "line_keys": _one_of(0, 10, 32),
    "leaves": _more(
        ("Assistant State", "Listening"), ("PhoneStatus Battery 1 Level", "87"), ("SystemUnit Uptime", "103")
    ),
    "call_leaves": _more(("ConcealedSeconds", "0"), ("Transport", "TLS"), ("JitterBuffer", "40 ms")),
    "renamed": _renamed,
    "lower_leaves": _one_of(False, False, True),
    "items": _yes_or_no,
    "list_marks": _yes_or_no,
    "network_item": _yes_or_no,
    "namespace": _one_of("", "http://www.tandberg.com/XML/CUIL/2.0"),
    "padding": _one_of("", " ", "\n  "),
    "ghost": _one_of("True", "true"),
    "nothing": _one_of("empty result", "document", "error"),
    "serial": _yes_or_no,
    "sender": _yes_or_no,
    "bare_json": _yes_or_no,
    "json_numbers": _yes_or_no,
    "lower_names": _yes_or_no,
    "event_fields": _event_fields,
    "lower_events": _one_of(False, False, True),
    "event_items": _yes_or_no,
    "key_argument": _one_of("Key", "KeyCode", "KeyId", "Name"),
    "lists_commands": _yes_or_no,
    "whole_tree": _yes_or_no,
    "results": _one_of("two words", "word", "none"),
    "parameter_errors": _one_of("value", "text", "reason"),
    "screenshot": _one_of("body", "text", "url", "file", "answer"),
    "picture_name": _one_of("", "Image", "Data", "Path", "File", "Location"),
    "role_errors": _one_of("result", "status"),
    "denial": _one_of("Insufficient permission", "Permission denied", "insufficient privileges", "Not authorized"),
    "websocket": _yes_or_no,
    "sessions": _yes_or_no,
    "https_only": _yes_or_no,
    "foreign_status": _yes_or_no,
    "screens": _one_of((), (("9841", "396x162"), ("9851", "480x272")), (("9871", "1280x800"), ("8875", "1280x800"))),
}
"""Field → how it is drawn."""


class RandomPhone(Struct, frozen=True):
    dialect: Dialect
    content: Content
    wire: str
    """`XML`, `JSON` (readings are XML then), or `WebSocket`."""


def random_phone(number: int) -> RandomPhone:
    """Always the same for one number."""
    random = Random(f"random phone {number}")
    names = tuple(CONTENTS)
    content = (
        CONTENTS[names[number % (2 * len(names))]] if number % (2 * len(names)) < len(names) else CONTENTS["whole"]
    )
    plain = content.plain
    fields = {name: draw(random) for name, draw in SPELLINGS.items()}
    fields["values"] = tuple((leaf, random.choice(_VOIDS[leaf])) for leaf, _ in plain.values)
    if content.role != ADMIN:
        fields["whole_tree"] = plain.whole_tree  # what is refused is told only where it is asked for by itself
    if plain.call_type:
        fields["call_type"] = random.choice(("audio", "Audio", "video"))
    return RandomPhone(replace(plain, **fields), content, random.choice(("XML", "JSON", "WebSocket")))
