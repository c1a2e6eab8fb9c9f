"""The configuration as frozen values, with the built-in defaults."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field

from phonetui.phone.alerts.alert import Severity
from phonetui.phone.quality.grading import DEFAULT, Thresholds
from phonetui.phone.quality.loss import LossRateUnit
from phonetui.phone.state import PhoneId
from phonetui.text import Printable


class Secret:
    """A password or token. Shown as stars wherever it is printed; `reveal` is called at the socket alone."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class Origin(StrEnum):
    """Where a secret that isn't in the file is kept."""

    ENV = "env"
    COMMAND = "command"
    KEYRING = "keyring"


class SecretSource(Struct, frozen=True):
    """Where a password or token is fetched when it is first needed."""

    origin: Origin
    place: str
    """A variable's name, a command line, a keyring's service."""

    def __repr__(self) -> str:
        """A command line may hold a credential."""
        return f"SecretSource({self.origin!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("origin", self.origin)]


class TlsMode(StrEnum):
    PIN = "pin"
    """Trust on first use, refuse a change."""
    CA = "ca"
    """Verify chain and name."""
    OFF = "off"
    """Don't verify."""


class ControlMode(StrEnum):
    OFF = "off"
    """Read-only: nothing is sent to the phone that could change anything."""
    CONFIRM = "confirm"
    """Taking control of a phone is asked once."""
    ON = "on"


class Poll(Struct, frozen=True):
    """Seconds between readings; never below `FLOOR_S`."""

    call_s: float = 2.0
    """While a call is up."""
    idle_s: float = 10.0
    slow_s: float = 60.0
    """What hardly changes: inventory, downloads."""


FLOOR_S = 0.5
"""The shortest poll interval: two readings a second is what a phone's small web server is asked at most."""


AUTO = "auto"
"""The word for what is found out."""


class SendKey(Struct, frozen=True):
    parameter: str = AUTO
    """The argument's name in `Ui SendKey`, which is unpublished; AUTO: found out, see monitor.key_arguments."""
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Canonical key → spelling, over the model's own table."""


class PhoneSettings(Struct, frozen=True, kw_only=True):
    id: PhoneId
    scheme: str = "https"
    """`https`, `http`, `wss` or `ws`."""
    host: str
    """Empty only where Webex knows the phone by its id."""
    port: int | None = None
    """None is the scheme's own."""
    device: str | None = None
    """The phone's id in Webex; None finds it by its address."""
    username: str = "xapi"
    password: Secret | None = None
    """None until it is resolved, or where nobody gave one."""
    password_source: SecretSource | None = None
    tls: TlsMode = TlsMode.PIN
    tls_ca: str | None = None
    tls_name: str | None = None
    fingerprint: str | None = None
    """`sha256:` and 64 hex digits: pinned by the configuration, over the pin store."""
    control: ControlMode = ControlMode.CONFIRM
    transport: str = "auto"
    login: str = "basic"
    """`basic`: the password with each HTTP request; `session`: once, where the phone offers sessions."""
    poll: Poll = Poll()
    timeout_s: float = 10.0
    loss_rate_scale: LossRateUnit | None = None
    """In which unit the phone writes its rates; None finds out."""
    mos_scale: float | None = None
    """By what the phone multiplies opinion scores; None tells by their size."""
    sendkey: SendKey = field(default_factory=SendKey)
    group: tuple[Printable, ...] = ()
    jump: str | None = None
    model: str | None = None
    tags: tuple[Printable, ...] = ()
    numbers: tuple[Printable, ...] = ()
    """Those that ring it: phones publish none of their own, and calls between phones are recognised by them."""
    mac: str | None = None
    """However it is spelled; by this and the serial number a phone that was never reached is found in Webex."""
    serial: str | None = None

    @property
    def is_behind_webex(self) -> bool:
        """Whether Webex is asked in the phone's place: no connection of ours, no password, no jump host."""
        return self.transport == "webex"

    @property
    def authority(self) -> str:
        """`host`, with `:port` where it isn't the scheme's own; an IPv6 host in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def effective_port(self) -> int:
        if self.port is not None:
            return self.port
        return 443 if self.scheme in ("https", "wss") else 80


class FeedbackSettings(Struct, frozen=True, kw_only=True):
    listen: str = "auto"
    advertise: str = "auto"
    scheme: str = "http"
    cert: str | None = None
    key: str | None = None
    slot: int | None = None
    """None chooses: ours by its URL, else the first empty of 4, 2, 1."""
    through_jump: bool = True


class UiSettings(Struct, frozen=True, kw_only=True):
    theme: str = "phonetui-dark"
    ascii: bool = False
    mouse: bool = True
    blink: bool = False
    timezone: str | None = None
    privacy: bool = False
    graphics: str = "blocks"
    """What pictures are drawn with: `blocks`, `kitty`, `sixel`, or `auto` for the best that the terminal can."""


class JumpSettings(Struct, frozen=True, kw_only=True):
    name: str
    host: str
    port: int | None = None
    user: str | None = None
    key_file: str | None = None
    known_hosts: str | None = None
    via: str | None = None
    advertise: str | None = None
    """Under which of its addresses phones reach it; None finds out."""


class WebexSettings(Struct, frozen=True, kw_only=True):
    token: Secret | None = None
    token_source: SecretSource | None = None
    org: str | None = None
    base_url: str = "https://webexapis.com/v1"
    proxy: str | None = None
    """URL of a proxy that leads there; the environment's are used nowhere."""
    client_id: str | None = None
    """The client id of the user's own integration or service app."""
    client_secret: Secret | None = None
    client_secret_source: SecretSource | None = None
    refresh_token: Secret | None = None
    """The refresh token of a service app, from which its tokens come."""
    refresh_token_source: SecretSource | None = None
    scopes: tuple[str, ...] = ()
    """What a sign-in asks for; empty is all that looking and changing need."""


class MetricsSettings(Struct, frozen=True, kw_only=True):
    """Settings of the exporter for Prometheus."""

    listen: str | None = None
    """`127.0.0.1:9819`; None serves none."""
    tls_cert: str | None = None
    tls_key: str | None = None
    token: Secret | None = None
    """The bearer token that a scraper must send."""
    token_source: SecretSource | None = None


class NatsSettings(Struct, frozen=True, kw_only=True):
    """Settings of the NATS server that collectors and viewers share."""

    url: str | None = None
    """`nats://host:4222`; None: phones are watched by this program alone."""
    creds: str | None = None
    """File of an nkey's seed, or of a user's JWT with its seed; None signs in as nobody, and signs no command."""
    ca: str | None = None
    """Certificates that the server's must rest on, where it speaks TLS; None: the system's."""
    jump: str | None = None
    """The jump host that a viewer reaches the server through."""
    site: str = "main"
    """Of a collector: whose phones it watches, together with others of the same site."""
    shards: int = 8
    """Of a collector: in how many parts a site's phones are divided among its collectors."""
    operators: tuple[str, ...] = ()
    """Of a collector: public nkeys whose signed commands it carries out."""


class VoiceReportSettings(Struct, frozen=True, kw_only=True):
    """Where phones send their voice quality reports (RFC 6035)."""

    listen: tuple[str, ...] = ()
    """`udp://192.0.2.1:5060` for UDP and TCP, `tcp://…` for TCP alone; empty takes none."""
    proxies: tuple[str, ...] = ()
    """Addresses and networks of SIP proxies that reports of any phone may come from."""


class MeshSettings(Struct, frozen=True, kw_only=True):
    """What test calls may call beside what no country takes for a call for help."""

    country: str | None = None
    """Where the phones are, two letters (ISO 3166); its emergency numbers stay refused whatever `extensions` says."""
    extensions: tuple[str, ...] = ()
    """`101-119`, `8112`: internal numbers that are emergency numbers of some other country."""


class ReportSettings(Struct, frozen=True, kw_only=True):
    publish: str | None = None
    """`sip:collector.example.com`: where a voice quality report goes for each call that ended; None: nowhere."""


class RecordingSettings(Struct, frozen=True, kw_only=True):
    directory: str | None = None
    """Where the dashboard and `collect` record while they run; None: nowhere."""
    days: float = 30.0
    max_gb: float = 10.0
    """Of all files of the directory; the older limit wins. 0 is no limit, for both."""
    redact: bool = False


class WebhookSettings(Struct, frozen=True, kw_only=True):
    url: Secret | None = None
    """It may hold a token."""
    url_source: SecretSource | None = None
    shape: str = "own"
    """`own`, `alertmanager` or `ntfy`."""


class NotifySettings(Struct, frozen=True, kw_only=True):
    """How alerts reach people."""

    bell: bool = True
    """Whether the dashboard rings when an alert is raised."""
    osc: str = AUTO
    """What the dashboard's terminal takes: `9`, `99`, `777`, `off`, or AUTO."""
    command: tuple[str, ...] = ()
    """Program and arguments; empty runs none."""
    webhook: WebhookSettings | None = None
    apprise: tuple[Secret | SecretSource, ...] = ()
    """URLs, which hold tokens; those kept elsewhere are fetched at the start."""
    severity: Severity = Severity.POOR
    """The mildest that is reported."""
    cooldown_s: float = 300.0
    """Within which nothing of one cause is reported twice."""


class Config(Struct, frozen=True, kw_only=True):
    phones: tuple[PhoneSettings, ...] = ()
    defaults: PhoneSettings = field(default_factory=lambda: PhoneSettings(id=PhoneId(""), host=""))
    """`[defaults]` as a phone without name and host: what a phone named by its URL alone starts from."""
    read_only: bool = False
    quality: Thresholds = DEFAULT
    muted_alerts: tuple[str, ...] = ()
    history_days: int = 90
    recording: RecordingSettings = field(default_factory=RecordingSettings)
    jumps: tuple[JumpSettings, ...] = ()
    feedback: FeedbackSettings = field(default_factory=FeedbackSettings)
    webex: WebexSettings = field(default_factory=WebexSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    nats: NatsSettings = field(default_factory=NatsSettings)
    vq: VoiceReportSettings = field(default_factory=VoiceReportSettings)
    mesh: MeshSettings = field(default_factory=MeshSettings)
    report: ReportSettings = field(default_factory=ReportSettings)
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Action id → keys."""
    ui: UiSettings = field(default_factory=UiSettings)
    title: Printable | None = None
