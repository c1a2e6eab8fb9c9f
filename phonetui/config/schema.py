"""What may stand where in the configuration file, as one table; its keys are the contract's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phonetui.actions import BY_ID
from phonetui.config.settings import FLOOR_S
from phonetui.config.values import (
    FINGERPRINT,
    FLAG,
    GROUP,
    HOST,
    MAC,
    NUMBERS,
    SECRET,
    SHARE,
    TEXT,
    TEXTS,
    ConfigLeaf,
    choice,
    integer,
    listener,
    number,
    refuse,
)
from phonetui.phone.alerts.alert import AlertId
from phonetui.phone.models import MODELS, canonical_key, model_number
from phonetui.phone.quality.loss import LossRateUnit


@dataclass(frozen=True, slots=True)
class SchemaTable:
    keys: Mapping[str, "Rule"]


@dataclass(frozen=True, slots=True)
class NamedTables:
    """A table whose keys are names of the operator's choosing."""

    rule: "Rule"
    name: ConfigLeaf = TEXT


@dataclass(frozen=True, slots=True)
class TableArray:
    """An array of tables: `[[phone]]`."""

    rule: SchemaTable


Rule = ConfigLeaf | SchemaTable | NamedTables | TableArray


def _model(value: Any) -> str:
    found = model_number(value) if isinstance(value, str) else None
    if found not in MODELS:
        raise refuse()
    return found


def _key(value: Any) -> str:
    found = canonical_key(value) if isinstance(value, str) else None
    if found is None:
        raise refuse()
    return found


def _slot(value: Any) -> int | None:
    if value == "auto":
        return None
    if isinstance(value, bool) or value not in (1, 2, 4):
        raise refuse()
    return int(value)


_ALERTS = frozenset(AlertId)


def _muted(value: Any) -> str:
    """`PHONE`, `PHONE:ALERT` or `*:ALERT`; a phone named by its URL may end with its port."""
    if not isinstance(value, str) or not value.strip():
        raise refuse()
    phone, colon, alert = value.strip().rpartition(":")
    if colon and (not phone or (alert not in _ALERTS and not alert.isdecimal())):
        raise refuse()
    return value.strip()


def _mutes(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise refuse()
    return tuple(_muted(item) for item in value)


def _loss_rate_scale(value: Any) -> LossRateUnit | None:
    return None if value == "auto" else LossRateUnit(value)


def _mos_scale(value: Any) -> float | None:
    """As a word or as a number."""
    if value == "auto":
        return None
    if isinstance(value, bool) or str(value) not in ("1", "10", "100"):
        raise refuse()
    return float(value)


def _keys(value: Any) -> str:
    keys: str = TEXT.read(value)
    if not all(key.strip() for key in keys.split(",")):
        raise refuse()
    return keys


_SECONDS = number(FLOOR_S, 86_400, " seconds")
_LIMIT = number(0, 100_000)
_LIMITS = SchemaTable({"fair": _LIMIT, "poor": _LIMIT, "critical": _LIMIT})
_KEY = ConfigLeaf("a key of the phone, such as 'VolDwn'", _key)
_METRICS = ("loss_pct", "discard_pct", "jitter_ms", "round_trip_ms", "decode_latency_ms", "mos", "mos_narrow",
            "r_factor", "burst_ms", "stall_s")  # fmt: skip

SHARED: dict[str, Rule] = {
    "username": TEXT,
    "password": SECRET,
    "tls": choice("pin", "ca", "off"),
    "tls_ca": TEXT,
    "tls_name": HOST,
    "control": choice("off", "confirm", "on"),
    "transport": choice("auto", "http", "websocket", "webex"),
    "login": choice("basic", "session"),
    "poll": SchemaTable({"call": _SECONDS, "idle": _SECONDS, "slow": _SECONDS}),
    "timeout_s": number(0.1, 300, " seconds"),
    "loss_rate_scale": ConfigLeaf("'auto' or 'percent' or 'rfc3611' or 'fraction'", _loss_rate_scale),
    "mos_scale": ConfigLeaf("'auto', 1, 10 or 100", _mos_scale),
    "sendkey": SchemaTable({"parameter": TEXT, "names": NamedTables(TEXT, _KEY)}),
    # Every phone key may stand in [defaults]; these four make sense there too, name and address don't.
    "group": GROUP,
    "jump": TEXT,
    "model": ConfigLeaf("one of " + ", ".join(MODELS), _model),
    "tags": TEXTS,
}

_OWN: dict[str, Rule] = {
    "name": TEXT,
    "host": HOST,
    "url": TEXT,
    "fingerprint": FINGERPRINT,
    "numbers": NUMBERS,
    "mac": MAC,
    "serial": TEXT,
    "device": TEXT,
}

FILE = SchemaTable(
    {
        "defaults": SchemaTable(SHARED),
        "phone": TableArray(SchemaTable({**_OWN, **SHARED})),
        "quality": SchemaTable({**dict.fromkeys(_METRICS, _LIMITS), "worsen": SHARE, "recover": SHARE}),
        "alerts": SchemaTable({"mute": ConfigLeaf('a list such as ["lobby", "lobby:jitter", "*:mwi"]', _mutes)}),
        "history": SchemaTable({"days": integer(0, 3650)}),
        "jump": NamedTables(
            SchemaTable(
                {
                    "host": HOST,
                    "port": integer(1, 65535),
                    "user": TEXT,
                    "key_file": TEXT,
                    "known_hosts": TEXT,
                    "via": TEXT,
                    "advertise": HOST,
                }
            )
        ),
        "feedback": SchemaTable(
            {
                "listen": listener("auto", "off"),
                "advertise": ConfigLeaf("'auto' or the address that phones push to", TEXT.read),
                "scheme": choice("http", "https"),
                "cert": TEXT,
                "key": TEXT,
                "slot": ConfigLeaf("'auto', 1, 2 or 4", _slot),
                "through_jump": FLAG,
            }
        ),
        "webex": SchemaTable(
            {
                "token": SECRET,
                "org": TEXT,
                "base_url": TEXT,
                "client_id": TEXT,
                "client_secret": SECRET,
                "refresh_token": SECRET,
                "scopes": TEXTS,
            }
        ),
        "keys": SchemaTable(dict.fromkeys(BY_ID, ConfigLeaf("a key's name, several separated by commas", _keys))),
        "ui": SchemaTable(
            {
                "theme": TEXT,
                "ascii": FLAG,
                "mouse": FLAG,
                "blink": FLAG,
                "timezone": TEXT,
                "privacy": FLAG,
                "graphics": choice("blocks", "auto", "kitty", "sixel"),
            }
        ),
    }
)
