"""Dialects: how a phone names and places its leaves and events, and in which forms it writes values.

The files are `dialects/*.toml`; nothing in them changes what is so. Every form here is one that some firmware of the
family, its ancestors or the room devices use, or that the published rows leave open; which of them PhoneOS uses isn't
published.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct

from phonetui.simulator import data_names, read_data
from phonetui.xapi.path import Path

FIRMWARE = "PHONEOS.3-6-1-0001"
Pairs = tuple[tuple[str, str], ...]


class Dialect(Struct, frozen=True, kw_only=True):
    """One file's content; what a file leaves out is as in `plain`."""

    title: str
    firmware: str = FIRMWARE
    release: str = "3.6"
    """Rows of the catalogue that came later aren't there."""
    deployment: str = "MPP"
    """`MPP`, or `On-Prem`: without the rows that only MPP has."""

    mos: str = "decimal"
    """`decimal` 4.1, `tenths` 41, `hundredths` 410."""
    no_score: str = ""
    """What stands for a score that wasn't computed; empty: a zero in the form of the others."""
    no_rating: str = "127"
    """The same for the R factor."""
    no_round_trip: str = "0"
    """What stands for a round trip that wasn't measured, before the unit."""
    rates: str = "bytes"
    """`bytes` 256ths rounded down, `whole percent` 2, `percent` 2.3, `signed percent` 2.3%, `spaced percent` 2.3 %,
    `fraction` 0.023."""
    durations: str = "clock"
    """`clock` 00:01:43 and `7 days, 02:13:02`, `seconds` 103, `unit` 103 s, `short` 1:43 and 170:13:02, `days` 0 days,
    00:01:43."""
    milliseconds: str = ""
    """What follows the number."""
    mac: str = "colons"
    """`colons` 00:00:5E:00:53:01, `dashes`, `bare`, `dots` 0000.5E00.5301."""
    lower_mac: bool = False
    switch_link: str = "{speed} {duplex}"
    """SWPort; a port that is down is `Down` everywhere."""
    computer_link: str = "{speed} {duplex}"
    """PCPort."""
    port_link: str = "{speed} {duplex}"
    """PortInformation."""
    call_type: str = ""
    """What Type says instead of the call's direction."""
    callback: str = ""
    """What Callback says where none was requested."""
    empty: str = ""
    """What stands for nothing, outside of calls."""
    empty_call: str = ""
    """The same in a call."""
    values: Pairs = ()
    """Leaves that always read so, by their notation without indices."""
    words: tuple[tuple[str, Pairs], ...] = ()
    """Words that a leaf uses for others, by its notation without indices."""

    omits_empty: bool = False
    """A leaf that has nothing to say isn't there."""

    first_call: int = 0
    """The id of a line's first call."""
    idle_calls: bool = False
    """Every slot for a call is there all the time: `Idle` and zeros."""
    idle_slots: bool = False
    """Every feedback slot is there all the time, a free one with an empty URL."""
    line_keys: int = 0
    """At least so many line keys have a lamp, dark where there is no line."""
    leaves: Pairs = ()
    """More leaves, by their notation."""
    call_leaves: Pairs = ()
    """More leaves of each call."""

    renamed: Pairs = ()
    """Leaves of other names, by their notation without indices: of counters, whose names aren't published."""
    lower_leaves: bool = False
    """The status tree's names are in lower case."""
    items: bool = False
    """`item="1"` on every element that isn't in a list."""
    list_marks: bool = True
    """`maxOccurrence` on every element that is in one."""
    network_item: bool = False
    """Network is a list of one."""
    namespace: str = ""
    """`xmlns` of every document; empty: none."""
    padding: str = ""
    """What stands on either side of a value in XML and in JSON feedback."""
    ghost: str = "True"
    """How feedback says that something is gone."""
    nothing: str = "empty result"
    """The answer for a place without leaves: an `empty result`, an empty `document`, or one that is an `error`."""
    serial: bool = True
    """Whether the sender of feedback gives its serial number."""
    sender: bool = True
    """Whether feedback says at all who sends it."""
    bare_json: bool = False
    """Feedback in JSON has values as they are, not inside of `Value`."""
    json_numbers: bool = False
    """Feedback in JSON has numbers as numbers."""
    lower_names: bool = False
    """`/command.xml` and `/valuespace.xml` write every name in lower case, and so expect it back."""

    event_fields: Pairs = ()
    """Other names for fields of events: `CallId`, `CallID`."""
    lower_events: bool = False
    """Events and their fields have names in lower case."""
    event_items: bool = True
    """`item="1"` or `"id": "1"` on every element of an event."""
    event_figures: bool = True
    """Whether the report of a call's end has the call's figures."""

    key_argument: str = "Key"
    """The argument of `Ui SendKey`."""
    lists_commands: bool = True
    """Whether there are `/command.xml` and `/valuespace.xml`."""
    whole_tree: bool = True
    """Whether there is `/status.xml`."""
    results: str = "two words"
    """What a result is named by: the last `two words` of the command, the last `word`, or `none`."""
    parameter_errors: str = "value"
    """A wrong parameter is named with a `value` below it, with its `text`, or in a `reason`."""
    screenshot: str = "body"
    """The picture: in base64 as `body` or as the result's `text`, by a `url` or a `file` name, or as the `answer`."""
    picture_name: str = ""
    """The element with the picture, or with its place; empty: `Body`, `URL` or `FileName`."""
    screens: Pairs = ()
    """Sizes of screens that aren't the published ones, by model: `480x272`."""
    role_errors: str = "result"
    """How what the account may not do is refused: in a `result`, or by the HTTP `status` 403."""
    denial: str = "Insufficient permission"
    """The words of such a result."""
    role_reads: str = "all"
    """What lesser roles see of the status tree: `all`; `less`, the rest refused; `silent`, the rest just missing."""

    websocket: bool = False
    sessions: bool = True
    https_only: bool = False
    foreign_status: bool = False
    """These four: first values of `ServerBehaviour`."""


def dialects() -> tuple[str, ...]:
    """The names there are."""
    return data_names("dialects")


def read(name: str) -> Dialect:
    """The dialect of that name. Raises ConfigError for a name that isn't known, naming those that are."""
    return Dialect(**read_data("dialects", name))


PLAIN = Dialect(title="Plain")


_NETWORK, _CALL = "Network", ("Line", "Call")


def keeps_places(dialect: Dialect) -> bool:
    """Whether every leaf stands where the catalogue has it."""
    return not (dialect.network_item or dialect.first_call or dialect.renamed or dialect.lower_leaves)


def document_place(dialect: Dialect, path: Path) -> Path:
    """The place of a leaf or an item in a document: Network may be a list of one."""
    steps: list[str | int] = list(path)
    if dialect.renamed and (other := _table(dialect.renamed).get(" ".join(path.names))) is not None:
        steps[-1] = other
    if path.names[:2] == _CALL and len(path) > 3:
        steps[3] = call_id(dialect, int(path[3]))
    if dialect.network_item and path[:1] == (_NETWORK,):
        steps.insert(1, 1)
    if dialect.lower_leaves:
        steps = [step.lower() if isinstance(step, str) else step for step in steps]
    return Path(steps)


def call_id(dialect: Dialect, number: int) -> int:
    """`number` counts a line's places for calls from 0."""
    return number + dialect.first_call


def screen_size(dialect: Dialect, model: str, published: tuple[int, int]) -> tuple[int, int]:
    """Width and height of pictures in pixels."""
    width, _, height = _table(dialect.screens).get(model, "").partition("x")
    return (int(width), int(height)) if width else published


def event(dialect: Dialect, name: str) -> str:
    """An event's name as the dialect spells it."""
    return name.lower() if dialect.lower_events else name


def field(dialect: Dialect, name: str) -> str:
    """The name of an event's field as the dialect spells it."""
    name = _table(dialect.event_fields).get(name, name)
    return name.lower() if dialect.lower_events else name


@lru_cache(1024)
def _table(pairs: Pairs) -> dict[str, str]:
    return dict(pairs)


_VOIDS = {"Rfactor": ("127", "no_rating"), "RoundTripDelay": ("0", "no_round_trip")}
"""Leaf → what it says where there is no value, and the dialect's own word for that."""
_CLOCK = re.compile(r"(?:(\d+) days, )?(\d+):(\d\d):(\d\d)")
_LINK = re.compile(r"(\d+) (\w+)")
Names = tuple[str, ...]


class Wording:
    """The text that the office has for a leaf → the dialect's."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._values = {tuple(notation.split()): text for notation, text in dialect.values}
        self._words = {tuple(notation.split()): dict(pairs) for notation, pairs in dialect.words}

    def of(self, names: Names, text: str) -> str:
        """`names` is the leaf's place without indices."""
        if names in self._values:
            return self._values[names]
        leaf, called = names[-1], names[0] == "Line"
        if leaf == "Type" and called:
            text = self._dialect.call_type or text
        elif leaf == "Callback":
            text = text or self._dialect.callback
        else:
            text = self._formed(leaf, text)
        text = self._words.get(names, {}).get(text, text)
        return text or (self._dialect.empty_call if called else self._dialect.empty)

    def _formed(self, leaf: str, text: str) -> str:
        dialect = self._dialect
        void, other = _VOIDS.get(leaf, (None, ""))
        text = getattr(dialect, other) if text == void else text
        write = _FORMS.get(leaf)
        return write(dialect, text) if write else text.replace(FIRMWARE, dialect.firmware)


def score(dialect: Dialect, text: str) -> str:
    """An opinion score from its decimal form, where 0.0 is one that wasn't computed."""
    if dialect.no_score and not float(text):
        return dialect.no_score
    factor = {"decimal": 0, "tenths": 10, "hundredths": 100}[dialect.mos]
    return str(round(float(text) * factor)) if factor else text


def duration(form: str, text: str) -> str:
    """A duration in another form, from `00:01:43` or `7 days, 02:13:02`; anything else stays."""
    match = _CLOCK.fullmatch(text)
    if match is None or form == "clock":
        return text
    days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
    hours += 24 * days
    if form == "days":
        return text if match[1] else f"0 days, {text}"
    if form in ("seconds", "unit"):
        return f"{hours * 3600 + minutes * 60 + seconds}{' s' if form == 'unit' else ''}"
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def address(dialect: Dialect, text: str) -> str:
    """A MAC address from its form with colons."""
    text = text.lower() if dialect.lower_mac else text
    match dialect.mac:
        case "dashes":
            return text.replace(":", "-")
        case "bare":
            return text.replace(":", "")
        case "dots":
            return re.sub(r"(..):(..):?", r"\1\2.", text).removesuffix(".")
    return text


def link(form: str, text: str) -> str:
    """A link in another form, from `1000 Full`; what has no speed, such as `Down`, stays."""
    match = _LINK.fullmatch(text)
    return form.format(speed=match[1], duplex=match[2], lower=match[2].lower()) if match else text


_RATE: dict[str, Callable[[float], str]] = {
    "bytes": lambda share: str(min(255, int(share * 256))),
    "fraction": lambda share: f"{share:.3f}",
    "percent": lambda share: f"{100 * share:.1f}",
    "signed percent": lambda share: f"{100 * share:.1f}%",
    "spaced percent": lambda share: f"{100 * share:.1f} %",
    "whole percent": lambda share: str(round(100 * share)),
}
_FORMS: dict[str, Callable[[Dialect, str], str]] = {
    **dict.fromkeys(("MOSLQ", "MOSCQ"), score),
    **dict.fromkeys(("LossRate", "DiscardRate"), lambda dialect, text: _RATE[dialect.rates](float(text))),
    **dict.fromkeys(
        ("Jitter", "DecodeLatency", "RoundTripDelay", "BurstDuration", "GapDuration"),
        lambda dialect, text: text + dialect.milliseconds,
    ),
    **dict.fromkeys(("Duration", "ElapsedTime"), lambda dialect, text: duration(dialect.durations, text)),
    **dict.fromkeys(("MACAddress", "MacAddress"), address),
    "SWPort": lambda dialect, text: link(dialect.switch_link, text),
    "PCPort": lambda dialect, text: link(dialect.computer_link, text),
    "PortInformation": lambda dialect, text: link(dialect.port_link, text),
}
"""Leaf → how a dialect writes its text."""
