"""A dialect: how a phone words what is so. The files are `dialects/*.toml`; nothing in them changes what is so.

Every form here is one that some firmware of the family, its ancestors or the room devices use, or that the published
rows leave open; which of them PhoneOS uses isn't published.
"""

from dataclasses import dataclass

from phonetui.simulator import shelf

FIRMWARE = "PHONEOS.3-6-1-0001"
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
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
    """What Callback says where nobody asked for one."""
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
    """These four: as in `Manners`, which they are the first values of."""


def dialects() -> tuple[str, ...]:
    """The names there are."""
    return shelf.names("dialects")


def read(name: str) -> Dialect:
    """Raises ConfigError for a name that isn't known, naming those that are."""
    return Dialect(**shelf.table("dialects", name))


PLAIN = Dialect(title="Plain")
