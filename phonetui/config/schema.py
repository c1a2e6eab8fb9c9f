"""The table of all configuration keys: what each may be, what it means, and where else it can be set.

Checking, the template of `config init`, `config show` and the columns of a CSV file of phones are all made from it. The
built-in default of a key is that of the `settings` it ends in.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import fields

from phonetui.actions import ACTIONS, BY_ID
from phonetui.config import values
from phonetui.config.complaint import Complain, Complaint, KeyPath, nearest_hint
from phonetui.config.settings import FLOOR_S, Config, ControlMode, TlsMode
from phonetui.config.values import ConfigLeaf, choice
from phonetui.phone.alerts.alert import Severity
from phonetui.phone.quality.grading import Limits, Thresholds
from phonetui.phone.quality.loss import LossRateUnit


class ConfigKey(Struct, frozen=True):
    rule: "Rule"
    words: str = ""
    """Its meaning, for the template."""
    example: str = ""
    """TOML that the template shows instead of the default. A key that has neither is only named there."""
    is_column: bool = False
    """Whether a CSV file of phones may have a column of this name."""


class SchemaTable(Struct, frozen=True):
    keys: Mapping[str, ConfigKey]


class NamedTables(Struct, frozen=True):
    """A table whose keys are names of the operator's choosing."""

    rule: "Rule"
    name: ConfigLeaf = values.TEXT


class TableArray(Struct, frozen=True):
    """An array of tables: `[[phone]]`."""

    rule: SchemaTable


Rule = ConfigLeaf | SchemaTable | NamedTables | TableArray

_SECONDS = ConfigKey(values.number(FLOOR_S, 86_400, " seconds"))
_LIMIT = ConfigKey(values.number(0, 100_000))
_LIMITS = SchemaTable({"fair": _LIMIT, "poor": _LIMIT, "critical": _LIMIT})

_KEY_NAMES = ConfigKey(NamedTables(values.TEXT, values.PHONE_KEY))

ACCESS = {
    "username": ConfigKey(values.TEXT, "of the phone's xAPI account", is_column=True),
    "password": ConfigKey(
        values.SECRET,
        'or { command = "pass show phones" }, { keyring = "phonetui" } (needs phonetui[keyring]) or, in a file that '
        "nobody else can read, a string",
        '{ env = "LAB_PHONES" }',
    ),
    "tls": ConfigKey(choice(*TlsMode), "pin: trust on first use, refuse a change | ca: verify chain and name | off"),
    "tls_ca": ConfigKey(values.FILE),
    "tls_name": ConfigKey(values.HOST),
    "control": ConfigKey(
        choice(*ControlMode), "off: read-only | confirm: take control of a phone first | on", is_column=True
    ),
    "transport": ConfigKey(choice("auto", "http", "websocket", "webex"), "auto | http | websocket | webex"),
    "login": ConfigKey(
        choice("basic", "session"), "basic: with each request | session: once, where the phone offers sessions"
    ),
    "poll": ConfigKey(
        SchemaTable({"call": _SECONDS, "idle": _SECONDS, "slow": _SECONDS}),
        "seconds: live calls, phones without a call, inventory; at least 0.5",
    ),
    "timeout_s": ConfigKey(values.number(0.1, 300, " seconds"), "seconds for each request"),
    "loss_rate_scale": ConfigKey(values.auto(choice(*LossRateUnit)), "auto | percent | rfc3611 | fraction"),
    "mos_scale": ConfigKey(values.MOS_SCALE, "auto | 1 | 10 | 100"),
    "sendkey": ConfigKey(
        SchemaTable({"parameter": ConfigKey(values.TEXT), "names": _KEY_NAMES}),
        'its argument\'s name, found out; names = { VolDwn = "VolDown" } overrides spellings',
    ),
}
"""How phones are reached: keys for one phone or, in [defaults], for all."""

_PLACE = {
    "group": ConfigKey(values.GROUP, "place in the tree, any depth", '"HQ/Ground floor"', is_column=True),
    "model": ConfigKey(values.MODEL, "only to draw the phone before it has answered", '"9851"', is_column=True),
    "jump": ConfigKey(values.TEXT, "", '"bastion"', is_column=True),
    "tags": ConfigKey(values.TEXTS, "", '["reception"]', is_column=True),
}
SHARED = {**ACCESS, **_PLACE}
"""Keys of a phone that [defaults] may give to all; those of the place in the tree are shown at the phone."""

PHONE = {
    "name": ConfigKey(values.TEXT, "unique", '"lobby"', is_column=True),
    "host": ConfigKey(values.HOST, 'or url = "https://192.0.2.21:8443"', '"192.0.2.21"', is_column=True),
    "url": ConfigKey(values.TEXT),
    **_PLACE,
    "numbers": ConfigKey(
        values.NUMBERS, "all that ring it, to see both ends of calls between phones", '["5021"]', is_column=True
    ),
    "mac": ConfigKey(
        values.MAC,
        "so that Webex's phone is known to be this one before it has answered",
        '"00:1A:2B:3C:4D:5E"',
        is_column=True,
    ),
    "serial": ConfigKey(values.TEXT, "likewise", '"FVH12345678"', is_column=True),
    "device": ConfigKey(values.TEXT, "its id in Webex"),
    "fingerprint": ConfigKey(values.FINGERPRINT),
    **ACCESS,
}

JUMP = SchemaTable(
    {
        "host": ConfigKey(values.HOST, "", '"bastion.example.com"'),
        "port": ConfigKey(values.integer(1, 65535)),
        "user": ConfigKey(values.TEXT),
        "key_file": ConfigKey(values.FILE),
        "known_hosts": ConfigKey(values.PATH),
        "via": ConfigKey(values.TEXT, "a jump host in front of this one"),
        "advertise": ConfigKey(values.HOST, "its address for phones, where it cannot be found out"),
    }
)
_WORDS = {"mos_narrow": "G.729 and iLBC", "worsen": "samples of the last so many before a grade falls"}
_QUALITY = {
    field.name: ConfigKey(_LIMITS if isinstance(field.default, Limits) else values.SHARE, _WORDS.get(field.name, ""))
    for field in fields(Thresholds)
}
_HISTORY = {
    "days": ConfigKey(values.integer(0, 3650), "for how long calls, and what phones were, are kept; 0: not at all")
}
_RECORDING = {
    "directory": ConfigKey(
        values.PATH,
        "where the dashboard and 'collect' record while they run, for 'phonetui replay'",
        '"~/phonetui-recordings"',
    ),
    "days": ConfigKey(values.number(0, 3650), "whole files that are older go; 0: never"),
    "max_gb": ConfigKey(values.number(0, 100_000), "the oldest files go beyond this; 0: never"),
    "redact": ConfigKey(values.FLAG, "true: names, numbers and addresses are masked before anything is written"),
}
_FEEDBACK = {
    "listen": ConfigKey(
        values.listener("auto", "off"),
        'auto: where phones are routed to, a free port | off: polling only | "192.0.2.1:8443" | "0.0.0.0:8443" and '
        '"[::]:8443": every address of ours; port 0 is a free one',
    ),
    "advertise": ConfigKey(ConfigLeaf("'auto' or the address that phones push to", values.TEXT.read)),
    "scheme": ConfigKey(choice("http", "https"), "https with cert and key, for phones that trust them"),
    "cert": ConfigKey(values.FILE),
    "key": ConfigKey(values.FILE),
    "slot": ConfigKey(values.SLOT, "ours by its URL, else the first empty of 4, 2, 1"),
    "through_jump": ConfigKey(values.FLAG, "ask the jump host to listen and hand pushes back"),
}
_WEBEX = {
    "token": ConfigKey(
        values.SECRET,
        "or sign in with 'phonetui webex login', with your integration:",
        '{ env = "WEBEX_TOKEN" }',
    ),
    "client_id": ConfigKey(values.TEXT, "", '"C123"'),
    "client_secret": ConfigKey(values.SECRET, "", '{ env = "WEBEX_SECRET" }'),
    "base_url": ConfigKey(values.TEXT),
    "proxy": ConfigKey(values.PROXY, "that leads to Webex; HTTPS_PROXY is not used", '"http://proxy.example.com:3128"'),
    "org": ConfigKey(values.TEXT),
    "refresh_token": ConfigKey(values.SECRET, "of a service app"),
    "scopes": ConfigKey(values.TEXTS, "what a sign-in asks for; empty is all that looking and changing need"),
}
_METRICS = {
    "listen": ConfigKey(values.listener(), "where Prometheus asks", '"127.0.0.1:9819"'),
    "tls_cert": ConfigKey(values.FILE),
    "tls_key": ConfigKey(values.FILE),
    "token": ConfigKey(values.SECRET, "that it must send as its bearer token", '{ env = "METRICS_TOKEN" }'),
}
_NOTIFY = {
    "bell": ConfigKey(values.FLAG, "the dashboard rings when an alert is raised"),
    "osc": ConfigKey(
        choice("auto", "off", "9", "99", "777"), "what its terminal shows one with: auto | off | 9 | 99 | 777"
    ),
    "command": ConfigKey(values.TEXTS, "program and arguments; it reads JSON", '["/usr/local/bin/on-alert"]'),
    "webhook": ConfigKey(
        SchemaTable(
            {
                "url": ConfigKey(values.SECRET),
                "shape": ConfigKey(choice("own", "alertmanager", "ntfy")),
            }
        ),
        "own | alertmanager | ntfy",
        '{ url = { env = "WEBHOOK_URL" }, shape = "own" }',
    ),
    "apprise": ConfigKey(values.SECRETS, "URLs of Apprise (needs phonetui[notify])", '[{ env = "CHAT_URL" }]'),
    "severity": ConfigKey(choice(*Severity), "the mildest that is told"),
    "cooldown_s": ConfigKey(values.number(0, 86_400, " seconds"), "nothing of one cause is told twice within it"),
}
_NATS = {
    "url": ConfigKey(
        values.NATS_URL, "the server that collectors and viewers meet on", '"nats://nats.example.com:4222"'
    ),
    "creds": ConfigKey(values.FILE, "of an nkey's seed, as 'phonetui nats init' writes it, or of a JWT with one"),
    "ca": ConfigKey(values.FILE, "certificates that the server's must rest on"),
    "jump": ConfigKey(values.TEXT, "the jump host that leads to it from a viewer", '"bastion"'),
    "site": ConfigKey(values.TEXT, "whose phones a collector watches, together with others of the same site"),
    "shards": ConfigKey(
        values.integer(1, 200), "in how many parts its collectors divide them; the same for all of them"
    ),
    "operators": ConfigKey(values.TEXTS, "public nkeys whose commands a collector carries out", '["UABC…"]'),
}
_VQ = {
    "listen": ConfigKey(
        values.SIP_LISTENERS,
        "where phones send them: UDP and TCP, or TCP alone with tcp://",
        '["udp://192.0.2.1:5060"]',
    ),
    "proxies": ConfigKey(values.NETWORKS, "SIP proxies that may pass on those of any phone", '["192.0.2.10"]'),
}
_MESH = {
    "country": ConfigKey(values.COUNTRY, "where the phones are: its emergency numbers are never called", '"NO"'),
    "extensions": ConfigKey(
        values.EXTENSIONS,
        "internal numbers of yours that call for help in some other country, and are refused unless they stand here",
        '["101-109", "114-119"]',
    ),
}
_REPORT = {
    "publish": ConfigKey(
        values.SIP_URI, "a collector (RFC 6035) that is sent a report for each call that ended", '"sip:192.0.2.20"'
    ),
}
_UI = {
    "theme": ConfigKey(values.TEXT),
    "ascii": ConfigKey(values.FLAG),
    "mouse": ConfigKey(values.FLAG),
    "blink": ConfigKey(values.FLAG, "true: lights that blink do so here, too"),
    "privacy": ConfigKey(values.FLAG),
    "graphics": ConfigKey(
        choice("blocks", "auto", "kitty", "sixel"),
        "a phone's screen in half blocks | in dots, where the terminal says that it can: kitty, sixel, or auto for the "
        "better of these two",
    ),
    "timezone": ConfigKey(values.TEXT, "", '"Europe/Berlin"'),
}

SCHEMA = SchemaTable(
    {
        "defaults": ConfigKey(SchemaTable(SHARED), "any key of a phone, for all phones"),
        "phone": ConfigKey(TableArray(SchemaTable(PHONE))),
        "jump": ConfigKey(NamedTables(JUMP), "an SSH jump host; unset keys come from your OpenSSH configuration"),
        "quality": ConfigKey(SchemaTable(_QUALITY), "limits; a value on its limit is still good"),
        "alerts": ConfigKey(SchemaTable({"mute": ConfigKey(values.MUTES, '"lobby", "lobby:jitter", "*:mwi"')})),
        "history": ConfigKey(SchemaTable(_HISTORY)),
        "recording": ConfigKey(SchemaTable(_RECORDING)),
        "feedback": ConfigKey(SchemaTable(_FEEDBACK), "where phones push to"),
        "webex": ConfigKey(
            SchemaTable(_WEBEX), "for 'phonetui webex', and the phones that the dashboard shows below Webex"
        ),
        "notify": ConfigKey(SchemaTable(_NOTIFY), "how alerts reach people"),
        "vq": ConfigKey(SchemaTable(_VQ), "voice quality reports of the phones' own (RFC 6035)"),
        "report": ConfigKey(SchemaTable(_REPORT)),
        "mesh": ConfigKey(SchemaTable(_MESH), "test calls between your own phones: 'phonetui mesh'"),
        "metrics": ConfigKey(SchemaTable(_METRICS), "figures for Prometheus, of collect and of the dashboard"),
        "nats": ConfigKey(SchemaTable(_NATS), "beyond one machine: 'phonetui collect --nats', 'phonetui --attach'"),
        "keys": ConfigKey(
            SchemaTable(dict.fromkeys(BY_ID, ConfigKey(values.KEYS))),
            "any action by its id, as '?' shows it; no key twice on one screen",
        ),
        "ui": ConfigKey(SchemaTable(_UI)),
    }
)
"""The whole file, in the order of the template."""


def settings_tables(config: Config) -> dict[str, Any]:
    """The settings by their table; jump hosts and phones, which have a table each, are left out."""
    return {
        "defaults": config.defaults,
        "quality": config.quality,
        "alerts": {"mute": config.muted_alerts},
        "history": {"days": config.history_days},
        "recording": config.recording,
        "feedback": config.feedback,
        "webex": config.webex,
        "notify": config.notify,
        "vq": config.vq,
        "report": config.report,
        "mesh": config.mesh,
        "metrics": config.metrics,
        "nats": config.nats,
        "keys": {action.id: config.keys.get(action.id, action.keys) for action in ACTIONS},
        "ui": config.ui,
    }


def leaves(rule: Rule, value: Any, at: KeyPath = ()) -> Iterator[tuple[KeyPath, ConfigLeaf, Any]]:
    """Every value below tables, or below the settings that they end in; keys that a table doesn't have are left out."""
    match rule:
        case ConfigLeaf():
            yield at, rule, value
        case SchemaTable() if isinstance(value, Mapping):
            for name, each in value.items():
                yield from leaves(rule.keys[name].rule, each, (*at, name))
        case SchemaTable():
            for name, key in rule.keys.items():
                yield from leaves(key.rule, _held(value, name), (*at, name))
        case NamedTables():
            for name, each in value.items():
                yield from leaves(rule.rule, each, (*at, name))
        case TableArray():
            for index, each in enumerate(value):
                yield from leaves(rule.rule, each, (*at, index))


def _held(settings: Any, name: str) -> Any:
    """The field of the key's name, with its unit, or where its secret is kept."""
    fields = (getattr(settings, field, None) for field in (name, f"{name}_s", f"{name}_source"))
    return next((held for held in fields if held is not None), None)


_WRONG = object()
"""Stands for a value that was complained about."""


def validate(tables: Mapping[str, Any], complain: Complain) -> dict[str, Any]:
    """The file's tables with every value read; what the schema forbids is complained about and left out."""
    valid: dict[str, Any] = _validate(dict(tables), SCHEMA, (), complain)
    return valid


def _validate(value: Any, rule: Rule, where: KeyPath, complain: Complain) -> Any:
    match rule:
        case ConfigLeaf():
            try:
                return rule.read(value)
            except ValueError:
                complain(Complaint(where, f"must be {rule.allowed}"))
                return _WRONG
        case TableArray():
            if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
                complain(Complaint(where, f"must be tables headed [[{where[-1]}]]"))
                return []
            return [_validate(item, rule.rule, (*where, index), complain) for index, item in enumerate(value)]
        case SchemaTable() | NamedTables():
            if not isinstance(value, dict):
                complain(Complaint(where, "must be a table", f"Write it as {_example(rule, where)}"))
                return {}
            items = [_item(name, item, rule, (*where, name), complain) for name, item in value.items()]
            return {name: item for name, item in items if item is not _WRONG}


def _item(name: str, item: Any, rule: SchemaTable | NamedTables, where: KeyPath, complain: Complain) -> tuple[str, Any]:
    """One key of a table, by the name that it goes by."""
    if isinstance(rule, SchemaTable):
        if name in rule.keys:
            return name, _validate(item, rule.keys[name].rule, where, complain)
        is_table = len(where) == 1
        what = "unknown table" if is_table and isinstance(item, dict | list) else "unknown key"
        complain(Complaint(where, what, nearest_hint(name, rule.keys, "[{}]" if is_table else "'{}'")))
        return name, _WRONG
    try:
        known = rule.name.read(name)
    except ValueError:
        complain(Complaint(where, f"the name must be {rule.name.allowed}"))
        return name, _WRONG
    return known, _validate(item, rule.rule, where, complain)


def _example(rule: SchemaTable | NamedTables, where: KeyPath) -> str:
    if isinstance(rule, NamedTables) or len(where) == 1:
        return f"[{where[0]}]"
    return f"{where[-1]} = {{ {next(iter(rule.keys))} = … }}"
