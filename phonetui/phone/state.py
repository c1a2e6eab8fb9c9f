"""What is known of one phone, as frozen values. `None` is "the phone did not say", never zero.

Phone ─┬─ Connection        one of the contract's eight states, and the jump host's `TunnelState`
       ├─ Claim             what Webex says of it, where that knows it
       ├─ System, Network   what it is, where it is
       ├─ Lights            mute, speaker, headset, message
       ├─ Port …            the switch port (1) and the PC port (2)
       ├─ Line … ── Call …  registration, message waiting, light; calls with their figures as the phone gives them
       └─ Measure …         what the calls' figures over time come to
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

from msgspec import Struct, field

from phonetui.phone.lights import Light, Lights
from phonetui.phone.measure import Measure, ScoreTrend
from phonetui.text import NOTHING, Printable

PhoneId = NewType("PhoneId", str)
"""A phone's unique name in the configuration; never its display name."""

CallKey = tuple[int, int]
"""Line and call id: a place on the phone, used again by later calls."""


SUCCESSFUL = "SipCallSuccessful"
DISCONNECT = "SipCallDisconnect"
EVENT_WORDS: Mapping[str, str] = MappingProxyType({SUCCESSFUL: "answered", DISCONNECT: "ended"})
"""What happened to a call, for people, by the name of the phone's event."""


def call_words(line: str | int, call: str | int) -> str:
    """A call's place for people: `L1`, and which of the line's calls where it isn't the first, `L1 call 1`."""
    return f"L{line}" if str(call) in ("", "0") else f"L{line} call {call}"


class State(StrEnum):
    """The state of the connection to a phone, in the contract's words."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALE = "stale"
    SLEEPING = "sleeping"
    REBOOTING = "rebooting"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    NOT_XAPI = "not-xapi"


COLLECTOR_LOST = "collector"
"""A connection's reason where another machine watches the phone, and is not heard: nobody knows how the phone is."""


class Connection(Struct, frozen=True, gc=False):
    """The connection to one phone: its state, why, and how fresh what is known is."""

    state: State = State.CONNECTING
    reason: str = ""
    """One word of the contract (`credentials`, `timeout`, …) or empty."""
    detail: Printable = NOTHING
    """What happened, in one line; empty while all is well."""
    hint: Printable = NOTHING
    """What to try."""
    seen_at: datetime | None = None
    """Aware UTC; when the phone last answered."""
    fresh_at: float | None = None
    """Monotonic seconds of the last good answer, for the age of what is shown."""
    interval_s: float = 10.0
    """How often this phone is asked at present: data older than this has an age worth showing."""
    pushes: bool = False
    """Whether the phone sends its changes by itself."""
    answer_ms: float | None = None
    """How long the latest answer took, all the way; None before the first."""
    tunnel_ms: float | None = None
    """Round trip of SSH to the jump host; None without one, or while that is lost."""
    unpushed: Printable = NOTHING
    """Why it doesn't, where it was asked to; empty otherwise."""
    is_eased: bool = False
    """Whether it is asked less often than wished, because it answers slowly."""
    unverified: bool = False
    """Whether the phone's certificate is not checked at all (`tls = "off"`)."""


class Disagreement(StrEnum):
    """What one side says and the other denies."""

    ONLY_WEBEX = "Webex says it is online, here it doesn't answer"
    ONLY_HERE = "it answers here, Webex says it is offline"


class Claim(Struct, frozen=True, kw_only=True):
    """What Webex reports of a monitored phone, beside what is observed."""

    device: str
    """Under which the inventory keeps the device."""
    by: str
    """By what it was found to be this phone: `id`, `mac`, `serial` or `address`."""
    status: Printable | None = None
    """The status in Webex's word; None where it gives none."""
    is_online: bool | None = None
    """None for an unknown word."""
    problems: tuple[Printable, ...] = ()
    """Error codes that go with it."""
    seen_at: datetime | None = None
    """Aware UTC; when Webex last heard of the phone."""
    status_at: float
    """Monotonic seconds: since when sweeps bring this status."""
    place: tuple[Printable, ...] = ()
    """Organization, location, workspace or person."""
    disagreement: Disagreement | None = None


class System(Struct, frozen=True, gc=False):
    """What the phone says of itself: model, identity and firmware."""

    product_id: Printable | None = None
    product_type: Printable | None = None
    host_name: Printable | None = None
    mac: Printable | None = None
    hardware_version: Printable | None = None
    vid: Printable | None = None
    version: Printable | None = None


class Network(Struct, frozen=True, gc=False):
    """Addresses of the phone in its network, and its VLAN."""

    ipv4: Printable | None = None
    external_ip: Printable | None = None
    ethernet_mac: Printable | None = None
    wifi_mac: Printable | None = None
    interface: Printable | None = None
    vlan: Printable | None = None
    """As the phone words it: a number, `n/a`, …"""


class Link(Struct, frozen=True, gc=False):
    """A port's link."""

    raw: Printable
    speed_mbps: int | None = None
    full_duplex: bool | None = None
    is_up: bool | None = None
    """None where the words are unknown."""


class Port(Struct, frozen=True):
    """One Ethernet port of the phone, with its error and traffic counters."""

    index: int
    """1 is the switch port, 2 the PC port (inferred)."""
    link: Link | None = None
    configured: Printable | None = None
    counters: tuple[tuple[str, int], ...] = ()
    """Every counter under the phone's own name, since boot."""
    counted_at: float | None = None
    """Monotonic seconds of the reading in which the counters last moved."""
    has_moved: bool = False
    """Whether they moved then: they may have stood still before the first observation."""
    neighbour: Printable | None = None
    """The switch, by CDP or LLDP."""
    neighbour_port: Printable | None = None
    rx_per_s: float | None = None
    """Packets a second received lately, within 10 %; None until the counters moved twice."""
    tx_per_s: float | None = None
    errors: int | None = None
    """Sum of the counters that should stand still; None where the phone gives none."""
    errors_risen: int | None = None
    """Increase of the errors between the last two readings."""


class Phase(StrEnum):
    """What kind of state a call is in, whatever word the firmware has for it."""

    IDLE = "idle"
    SETUP = "setup"
    ALERTING = "alerting"
    TALK = "talk"
    HELD = "held"
    ENDING = "ending"
    ERROR = "error"
    UNKNOWN = "unknown"

    @property
    def is_live(self) -> bool:
        return self is not Phase.IDLE


class CallDirection(StrEnum):
    """Who called: the far end, or this phone."""

    INCOMING = "in"
    OUTGOING = "out"


class Call(Struct, frozen=True, omit_defaults=True):
    """One call as the phone describes it; figures are the phone's own, read but not judged."""

    line: int
    id: int
    """The call's id on its line, from 0."""
    state: Printable | None = None
    phase: Phase = Phase.UNKNOWN
    tone: Printable | None = None
    direction: CallDirection | None = None
    media: Printable | None = None
    """The `Type` leaf as it came: a direction or a kind of media, by firmware."""
    appearance: Printable | None = None
    encoder: Printable | None = None
    decoder: Printable | None = None
    remote_name: Printable | None = None
    remote_number: Printable | None = None
    remote_hold: bool | None = None
    callback: Printable | None = None
    mapped_rtp_port: Printable | None = None
    duration_s: float | None = None
    packets_sent: int | None = None
    packets_received: int | None = None
    lost_packets: int | None = None
    discarded_packets: int | None = None
    bytes_sent: int | None = None
    bytes_received: int | None = None
    jitter_ms: float | None = None
    decode_latency_ms: float | None = None
    round_trip_ms: float | None = None
    """0 is read as None: the far end sent no RTCP."""
    burst_ms: float | None = None
    gap_ms: float | None = None
    mos_lq: float | None = None
    mos_cq: float | None = None
    r_factor: float | None = None
    mos_lq_raw: Printable | None = None
    """As it came; with `mos_lq` None a value that was refused, such as `7`, or the phone's word for none."""
    mos_cq_raw: Printable | None = None
    r_factor_raw: Printable | None = None
    loss_rate: Printable | None = None
    """As it came: percent, x/256 or a fraction, unpublished."""
    discard_rate: Printable | None = None
    is_from_events: bool = False
    """Whether the phone reported it by an event alone: it publishes no calls, and figures come at the call's end."""

    @property
    def key(self) -> CallKey:
        return (self.line, self.id)


class ReportedCall(Struct, frozen=True):
    """A call that ended lately, with the figures of the phone's report of its end."""

    call: Call
    at: float
    """Monotonic seconds of the report."""


class Line(Struct, frozen=True):
    """One line of the phone, with its registration and its calls."""

    index: int
    registration: Printable | None = None
    is_registered: bool | None = None
    message_waiting: bool | None = None
    light: Light | None = None
    calls: tuple[Call, ...] = ()


class Phone(Struct, frozen=True, kw_only=True, gc=False):
    """All that is known of one phone at one moment."""

    id: PhoneId
    name: Printable
    address: Printable
    """Host, with the port where it isn't the scheme's own."""
    group: tuple[Printable, ...] = ()
    """Place in the tree as the configuration has it, outermost first."""
    tags: tuple[Printable, ...] = ()
    """The operator's own words for it."""
    via: Printable | None = None
    """The jump host that it is reached through, or Webex."""
    is_behind_webex: bool = False
    """Whether Webex is asked in its place: seldom, and its calls don't go that way."""
    expected_model: Printable | None = None
    connection: Connection = field(default_factory=Connection)
    claim: Claim | None = None
    """None where no organization in Webex has it."""
    system: System = field(default_factory=System)
    network: Network = field(default_factory=Network)
    standby: Printable | None = None
    clock: Printable | None = None
    """The phone's own clock, as it words it."""
    up_s: float | None = None
    """Seconds since boot."""
    failed_login: Printable | None = None
    """When an administrator's log-in failed last, as the phone words it; empty where none ever did."""
    lights: Lights = field(default_factory=Lights)
    lines: tuple[Line, ...] = ()
    is_mpp: bool = False
    """Whether it publishes what MPP phones alone do, so that call figures are to be expected of it."""
    forbidden: frozenset[str] = frozenset()
    """Top names of the status tree that this account may not see."""
    event_calls: tuple[Call, ...] = ()
    """Calls that are up by the word of events, of a phone that publishes none."""
    reported_calls: tuple[ReportedCall, ...] = ()
    """Those that ended lately; news for a minute."""
    ports: tuple[Port, ...] = ()
    measures: tuple[Measure, ...] = ()
    trend: ScoreTrend = field(default_factory=ScoreTrend)
    """The trend of calls in the last ten minutes."""

    @property
    def place(self) -> tuple[Printable, ...]:
        """The place in the tree, outermost first: the configuration's, else Webex's."""
        return self.group or (self.claim.place if self.claim else ())

    @property
    def calls(self) -> Iterator[Call]:
        """Calls that are there, idle slots left out."""
        for line in self.lines:
            for call in line.calls:
                if call.phase is not Phase.IDLE:
                    yield call
        yield from self.event_calls

    @property
    def has_live_call(self) -> bool:
        return next(iter(self.calls), None) is not None

    def measure(self, key: CallKey) -> Measure | None:
        """The measure of the call in this place; None where nothing is measured of it."""
        return next((measure for measure in self.measures if measure.key == key), None)

    @property
    def worst(self) -> Measure | None:
        """The measure of the call that stands worst."""
        return max(self.measures, key=lambda measure: measure.grade, default=None)

    @property
    def is_current(self) -> bool:
        """Whether what is known still holds, as far as is known."""
        return self.connection.state is State.LIVE


class TunnelState(Struct, frozen=True, kw_only=True):
    """The SSH connection to one jump host, and the phones behind it."""

    name: Printable
    """The jump host's name in the configuration."""
    state: str
    """`opening`, `up`, `lost` or `refused`."""
    since: datetime
    """Aware UTC."""
    round_trip_ms: float | None = None
    """The SSH connection's round trip; None while it isn't up."""
    phones: tuple[PhoneId, ...] = ()
    """Those that are reached through it, in the order of the configuration."""
    reason: str = ""
    """One word of the contract: `tunnel`, `host-key`, `credentials`; empty while all is well."""
    detail: Printable = NOTHING
    """What happened, in one line."""
    hint: Printable = NOTHING
    blamed: Printable | None = None
    """The jump host on the way to this one that is down, and has what is wrong; None where the way is open."""
