"""Turns the tables of the configuration file into a `Config`; each mistake is reported with its line.

Some complaints only show when the tables are seen together: jump hosts that don't exist, secrets that others can read,
keys of `[keys]` that another action on the same screen has, or that a screen needs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from phonetui.actions import ACTIONS, REPLAY, SCREENS, toolkit_keys
from phonetui.config.address import PhoneAddress, parse_address, split_port
from phonetui.config.complaint import Complain, Complaint, KeyPath, closest
from phonetui.config.schema import SCHEMA, leaves, validate
from phonetui.config.settings import (
    Config,
    FeedbackSettings,
    JumpSettings,
    MeshSettings,
    MetricsSettings,
    NatsSettings,
    NotifySettings,
    Origin,
    PhoneSettings,
    RecordingSettings,
    ReportSettings,
    Secret,
    SecretSource,
    SendKey,
    UiSettings,
    VoiceReportSettings,
    WebexSettings,
    WebhookSettings,
)
from phonetui.config.source import ConfigSource
from phonetui.config.values import FILE
from phonetui.errors import ConfigError
from phonetui.phone.quality.grading import DEFAULT, Limits, Thresholds
from phonetui.phone.state import PhoneId

_SAME_BYTE = {"ctrl+i": "tab", "ctrl+m": "enter"}
"""Keys for which a terminal sends the same byte."""
_KEPT_BY_TERMINALS = ("ctrl+a", "ctrl+b", "ctrl+j", "ctrl+o", "ctrl+s")
"""Terminals and multiplexers keep these for themselves."""
_QUITS = ("ctrl+c", "ctrl+q")
"""The way out that always works."""


def key_clashes(chosen: Mapping[str, str]) -> Iterator[Complaint]:
    """What is wrong in `[keys]`: of two actions in the file, the later one is complained about."""
    in_force = {
        action.id: tuple(_SAME_BYTE.get(key, key) for key in toolkit_keys(chosen.get(action.id, action.keys)))
        for action in ACTIONS
    }
    checked: set[str] = set()
    for action, keys in chosen.items():
        checked.add(action)
        others = {other: known for other, known in in_force.items() if other not in chosen or other in checked}
        for written, key in zip(keys.split(","), in_force[action], strict=True):
            if complaint := _key_clash(action, key, written.strip(), others):
                yield complaint


def _key_clash(action: str, key: str, written: str, others: Mapping[str, tuple[str, ...]]) -> Complaint | None:
    where = ("keys", action)
    if key in _KEPT_BY_TERMINALS:
        return Complaint(where, f"'{written}' may never arrive", "Terminals and tmux take it. Take another key")
    if key in _QUITS:
        return Complaint(where, f"'{written}' always leaves the program", "Take another key")
    for screen in (*SCREENS.values(), REPLAY):
        here = screen.exclusive
        if action not in here:
            continue
        if key in screen.needs or (key in screen.leaves and action != "app.quit"):
            return Complaint(where, f"'{written}' is a key that {screen.words} itself needs", "Take another key")
        for other in sorted(here - {action}):
            if key in others.get(other, ()):
                what = f"'{written}' is also the key of {other} on {screen.words}"
                return Complaint(where, what, "Give one of the two another key")
    return None


def _phones(
    rows: list[dict[str, Any]], written: list[dict[str, Any]], defaults: PhoneSettings, complain: Complain
) -> tuple[PhoneSettings, ...]:
    """Every row that has an address; what is missing or double is complained about.

    `written` are the rows before what is wrong in them was left out: a wrong host isn't missing as well.
    """
    phones: dict[PhoneId, PhoneSettings] = {}
    for index, row in enumerate(rows):
        phone = _over(defaults, row)
        address = _address(phone, row, written[index], ("phone", index), complain)
        if address is None:
            continue
        phone = replace(phone, scheme=address.scheme, host=address.host, port=address.port)
        if address.username and "username" not in row:
            phone = replace(phone, username=address.username)
        phone = replace(phone, id=PhoneId(row.get("name", phone.authority)))
        if phone.id in phones:
            place = ("phone", index, "name" if "name" in row else "host")
            complain(Complaint(place, f"'{phone.id}' is already the name of another phone"))
        phones[phone.id] = phone
    return tuple(phones.values())


def _address(
    phone: PhoneSettings, row: Mapping[str, Any], written: Mapping[str, Any], where: KeyPath, complain: Complain
) -> PhoneAddress | None:
    """None where it was complained about. Webex needs no address of a phone that it knows by its id."""
    match row:
        case {"host": _, "url": _}:
            complain(Complaint((*where, "url"), "host and url exclude each other"))
        case {"host": host}:
            return PhoneAddress("https", None, host, None)
        case {"url": url}:
            try:
                return parse_address(url)
            except ConfigError as error:
                complain(Complaint((*where, "url"), error.message, error.hint))
        case _ if {"host", "url"} & written.keys():
            pass
        case _ if not (phone.is_behind_webex and phone.device):
            complain(Complaint(where, "host is missing", 'Add host = "192.0.2.21", or a url'))
        case _ if "name" not in row:
            complain(Complaint(where, "name is missing", "Without a host there is nothing else to call it by"))
        case _:
            return PhoneAddress("https", None, "", None)
    return None


def _over(below: PhoneSettings, table: Mapping[str, Any]) -> PhoneSettings:
    """`below` with what the table says, key by key; the parts of `poll` and `sendkey` too."""
    fields: dict[str, Any] = {name: value for name, value in table.items() if name not in ("name", "host", "url")}
    if "password" in table:
        fields |= _secret("password", table["password"])
    if "poll" in table:
        fields["poll"] = replace(below.poll, **{f"{name}_s": value for name, value in table["poll"].items()})
    if "sendkey" in table:
        names = MappingProxyType({**below.sendkey.names, **table["sendkey"].get("names", {})})
        fields["sendkey"] = SendKey(table["sendkey"].get("parameter", below.sendkey.parameter), names)
    return replace(below, **fields)


def _secret(key: str, value: Any) -> dict[str, Any]:
    """The two fields of a secret, of which one is None."""
    is_literal = isinstance(value, Secret)
    return {key: value if is_literal else None, f"{key}_source": None if is_literal else value}


def reference_complaints(
    config: Config, tables: Mapping[str, Any], *, is_open: bool, writers: str
) -> Iterator[Complaint]:
    """`tables` are the checked ones; `is_open` says that others may read the file, `writers` who else may write it."""
    yield from _jumps(tables)
    yield from _circles(config)
    if config.feedback.scheme == "https" and not (config.feedback.cert and config.feedback.key):
        yield Complaint(("feedback", "scheme"), "https needs cert and key")
    webhook = config.notify.webhook
    if webhook is not None and webhook.url is None and webhook.url_source is None:
        yield Complaint(("notify", "webhook"), "url is missing")
    if bool(config.metrics.tls_cert) != bool(config.metrics.tls_key):
        yield Complaint(("metrics", "tls_cert"), "TLS needs tls_cert and tls_key")
    yield from key_clashes(config.keys)
    for where, _, value in leaves(SCHEMA, tables):
        for each in value if isinstance(value, tuple) else (value,):
            if is_open and isinstance(each, Secret):
                what = "a literal secret in a file that others can read"
                yield Complaint(where, what, "chmod 600 the file, or write { env = … } or { command = … }")
            is_command = isinstance(each, SecretSource) and each.origin is Origin.COMMAND
            if writers and (is_command or where == ("notify", "command")):
                what = f"a command in a file that others may change ({writers}) is not run"
                yield Complaint(where, what, "Make it yours alone: chown it, and chmod go-w")
                break


def missing_files(tables: Mapping[str, Any]) -> Iterator[Complaint]:
    """Files that are named and not there: nothing that could not be mended while the program runs."""
    for where, leaf, value in leaves(SCHEMA, tables):
        if leaf is FILE and not Path(value).is_file():
            yield Complaint(where, "no such file")


def _jumps(tables: Mapping[str, Any]) -> Iterator[Complaint]:
    """A name without a table is one for OpenSSH, unless it looks like one of those with a table, misspelt."""
    known = tables.get("jump", {})
    for where, _, name in leaves(SCHEMA, tables):
        if where[-1] not in ("jump", "via") or name in known:
            continue
        if near := closest(name, known):
            yield Complaint(where, f"there is no [jump.{name}]", f"Did you mean '{near}'? Else add [jump.{name}]")
        elif not _is_reachable(name):
            what = f"there is no [jump.{name}], and no host can be called so"
            yield Complaint(where, what, "Name a [jump.NAME], a Host of the OpenSSH configuration, or user@host:port")


def _is_reachable(name: str) -> bool:
    """Whether OpenSSH could be given the name: an alias, or `user@host:port`."""
    user, at, place = name.rpartition("@")
    try:
        split_port(place)
    except ValueError:
        return False
    return bool(user) or not at


def _circles(config: Config) -> Iterator[Complaint]:
    via = {jump.name: jump.via for jump in config.jumps}
    for name, step in via.items():
        seen = {name}
        while step is not None and step not in seen:
            seen.add(step)
            step = via.get(step)  # noqa: PLW2901 - one step further
        if step == name:
            yield Complaint(("jump", name, "via"), "leads back to itself")


def all_complaints(
    source: ConfigSource, refusals: Callable[[Config], Iterable[Complaint]] = lambda _: ()
) -> tuple[ConfigError, ...]:
    """Everything wrong in the file, in the order of its lines; also what would only show when it is needed.

    `refusals`: what the dashboard would not start with.
    """
    config, complaints = interpret(source)
    complaints += refusals(config)
    complaints += missing_files(validate(source.tables, lambda _: None))
    complaints.sort(key=lambda complaint: source.line(complaint.where))
    return tuple(map(source.error, complaints))


def interpret(source: ConfigSource) -> tuple[Config, list[Complaint]]:
    """The configuration as far as it can be read, and what cannot be, in the order of the lines."""
    complaints: list[Complaint] = []
    tables = validate(source.tables, complaints.append)
    config = _config(tables, source, complaints.append)
    complaints += reference_complaints(config, tables, is_open=source.is_open, writers=source.writers)
    complaints.sort(key=lambda complaint: source.line(complaint.where))
    return config, complaints


def _config(tables: dict[str, Any], source: ConfigSource, complain: Complain) -> Config:
    jumps: dict[str, dict[str, Any]] = tables.get("jump", {})
    defaults = _over(Config().defaults, tables.get("defaults", {}))
    return Config(
        phones=_phones(tables.get("phone", []), source.tables.get("phone", []), defaults, complain),
        defaults=defaults,
        quality=_quality(tables.get("quality", {}), complain),
        muted_alerts=tables.get("alerts", {}).get("mute", ()),
        history_days=tables.get("history", {}).get("days", Config().history_days),
        recording=RecordingSettings(**tables.get("recording", {})),
        # One without `host` is one that the OpenSSH client configuration knows by this name.
        jumps=tuple(JumpSettings(**{"name": name, "host": name, **row}) for name, row in jumps.items()),
        feedback=FeedbackSettings(**tables.get("feedback", {})),
        webex=_webex(tables.get("webex", {})),
        notify=_notify(tables.get("notify", {})),
        vq=VoiceReportSettings(**tables.get("vq", {})),
        mesh=MeshSettings(**tables.get("mesh", {})),
        report=ReportSettings(**tables.get("report", {})),
        metrics=_metrics(tables.get("metrics", {})),
        nats=NatsSettings(**tables.get("nats", {})),
        keys=MappingProxyType(dict(tables.get("keys", {}))),
        ui=UiSettings(**tables.get("ui", {})),
    )


def _quality(table: dict[str, Any], complain: Complain) -> Thresholds:
    fields: dict[str, Any] = {}
    for name, value in table.items():
        if not isinstance(value, dict):
            fields[name] = value
            continue
        limits: Limits = replace(getattr(DEFAULT, name), **value)
        fields[name] = limits
        if not _is_ordered(limits):
            order = "fall" if limits.is_floor else "rise"
            words = ", ".join(f"{step} = {getattr(limits, step):g}" for step in ("fair", "poor") if value)
            complain(Complaint(("quality", name), f"must {order} from fair to poor to critical", f"In force: {words}"))
    return replace(DEFAULT, **fields)


def _is_ordered(limits: Limits) -> bool:
    steps = [step for step in (limits.fair, limits.poor, limits.critical) if step is not None]
    return steps == sorted(steps, reverse=limits.is_floor) and len(set(steps)) == len(steps)


def _notify(table: dict[str, Any]) -> NotifySettings:
    fields = dict(table)
    if webhook := table.get("webhook"):
        secret = _secret("url", webhook["url"]) if "url" in webhook else {}
        fields["webhook"] = WebhookSettings(**{**webhook, **secret})
    return NotifySettings(**fields)


def _metrics(table: dict[str, Any]) -> MetricsSettings:
    fields = {**table, **(_secret("token", table["token"]) if "token" in table else {})}
    return MetricsSettings(**fields)


def _webex(table: dict[str, Any]) -> WebexSettings:
    fields: dict[str, Any] = {}
    for key, value in table.items():
        fields |= _secret(key, value) if isinstance(value, Secret | SecretSource) else {key: value}
    return WebexSettings(**fields)
