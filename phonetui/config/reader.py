"""The file's tables → `Config`, with every complaint and its line."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from phonetui import private
from phonetui.config.complaint import Complain, Complaint, checked
from phonetui.config.file import Source, read
from phonetui.config.phones import phone_defaults, phone_rows
from phonetui.config.references import missing_files, wrong_references
from phonetui.config.schema import FILE
from phonetui.config.settings import (
    Config,
    FeedbackSettings,
    JumpSettings,
    SecretSource,
    UiSettings,
    WebexSettings,
)
from phonetui.errors import ConfigError
from phonetui.phone.quality.thresholds import DEFAULT, Limits, Thresholds


def load(path: str | Path | None, *, environ: Mapping[str, str]) -> Config:
    """What the file in force says, over the built-in defaults; passwords stay where they are kept.

    Raises ConfigError with the first complaint.
    """
    source = read(path, environ)
    if source is None:
        return Config()
    config, complaints = understood(source)
    if complaints:
        raise source.error(complaints[0])
    return config


def complaints_of(
    source: Source, refusals: Callable[[Config], Iterable[Complaint]] = lambda _: ()
) -> tuple[ConfigError, ...]:
    """Everything wrong in the file, in the order of its lines; also what would only show when it is needed.

    `refusals`: what the dashboard would not start with.
    """
    config, complaints = understood(source)
    complaints += refusals(config)
    complaints += missing_files(checked(dict(source.tables), FILE, (), lambda _: None))
    complaints.sort(key=lambda complaint: source.line(complaint.where))
    return tuple(map(source.error, complaints))


def understood(source: Source) -> tuple[Config, list[Complaint]]:
    """The configuration as far as it can be read, and what cannot be, in the order of the lines."""
    complaints: list[Complaint] = []
    tables = checked(dict(source.tables), FILE, (), complaints.append)
    config = _config(tables, source, complaints.append)
    complaints += wrong_references(config, tables, is_open=source.is_open, writers=source.writers)
    complaints.sort(key=lambda complaint: source.line(complaint.where))
    return config, complaints


def _config(tables: dict[str, Any], source: Source, complain: Complain) -> Config:
    defaults = phone_defaults(tables.get("defaults", {}))
    return Config(
        phones=phone_rows(tables.get("phone", []), source.tables.get("phone", []), defaults, complain),
        defaults=defaults,
        quality=_quality(tables.get("quality", {}), complain),
        muted_alerts=tables.get("alerts", {}).get("mute", ()),
        history_days=tables.get("history", {}).get("days", 90),
        jumps=tuple(_jump(name, row) for name, row in tables.get("jump", {}).items()),
        feedback=FeedbackSettings(**tables.get("feedback", {})),
        webex=_webex(tables.get("webex", {})),
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


def _jump(name: str, row: dict[str, Any]) -> JumpSettings:
    """A jump host without `host` is one that the OpenSSH client configuration knows by this name."""
    fields: dict[str, Any] = {"name": name, "host": name, **row}
    for key in ("key_file", "known_hosts"):
        if key in row:
            fields[key] = str(private.expanded(row[key]))
    return JumpSettings(**fields)


def _webex(table: dict[str, Any]) -> WebexSettings:
    fields = {f"{key}_source" if isinstance(value, SecretSource) else key: value for key, value in table.items()}
    return WebexSettings(**fields)
