"""A plan out of a TOML file, or of a few names, over the phones of the configuration. Every complaint names its key.

name = "Offices by night"          # default: the file's own name
shape = "full"                     # full | hub | pairs
hubs = ["hq-1"]                    # of a hub
pairs = [["hq-1", "branch-1"]]     # of pairs: caller and callee
talk_s = 25
ring_s = 8
parallel = 10
parallel_per_site = 2
hours = "22:00-05:00"

[limits]                           # as [quality] of the configuration: beyond fair warn, beyond poor critical
mos = { fair = 4.0, poor = 3.6 }

[[phone]]
name = "hq-1"                      # of the configuration
number = "5001"                    # default: its first number there
site = "HQ"                        # default: the outermost part of its group
answers_itself = true              # it takes calls without a key
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from phonetui import private
from phonetui.config.settings import Config, MeshSettings, PhoneSettings
from phonetui.errors import ConfigError
from phonetui.mesh.emergency_numbers import is_emergency, is_emergency_in, is_known_country, is_within
from phonetui.mesh.plan import (
    LEAST_TALK_S,
    MOST_TALK_S,
    MeshLimits,
    MeshPhone,
    MeshPlan,
    MeshShape,
    RunningHours,
)
from phonetui.phone.parse import digits
from phonetui.phone.quality.grading import Limits, Thresholds
from phonetui.phone.state import PhoneId
from phonetui.text import Printable, printable
from phonetui.xapi.control_commands import dialable

LARGEST = 1024 * 1024
"""The largest plan file, in bytes."""
MOST_PHONES = 200
"""The most phones of a plan: a full mesh of them has 19,900 calls."""
_KEYS = (
    *("name", "shape", "hubs", "pairs", "talk_s", "ring_s"),
    *("parallel", "parallel_per_site", "hours", "limits", "phone"),
)
_PHONE_KEYS = ("name", "number", "site", "answers_itself")
_LIMITS = ("loss_pct", "jitter_ms", "round_trip_ms", "mos", "mos_narrow")


def read_plan(file: str | Path, config: Config) -> MeshPlan:
    """Reads a plan from a file. Raises ConfigError, which names file and key."""
    path = private.expand_user(file)
    try:
        with path.open("rb") as opened:
            raw = opened.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise ConfigError(f"{file} is too large for a plan: more than {LARGEST // 1024} KB")
        content = tomllib.loads(raw.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot read the plan {file}: {error.strerror}", "See 'phonetui mesh --help'") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"the plan {file} is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the plan {file} is not TOML: {error}") from error
    try:
        return plan_of({"name": path.stem, **content}, config)
    except ConfigError as error:
        raise ConfigError(f"{file}: {error.message}", error.hint) from error


def plan_of_names(names: Sequence[str], config: Config) -> MeshPlan:
    """A full mesh of phones of the configuration. Raises ConfigError."""
    return plan_of({"name": "ad hoc", "phone": [{"name": name} for name in names]}, config)


def plan_of(content: Mapping[str, Any], config: Config) -> MeshPlan:
    """Makes a plan of a file's content. Raises ConfigError."""
    _check_keys(content, _KEYS, "a plan")
    phones = _phones(content.get("phone", []), config)
    shape = _shape(content.get("shape", "full"))
    plan = MeshPlan(
        name=_text(content.get("name"), "name"),
        phones=phones,
        shape=shape,
        hubs=frozenset(_known(name, phones, "hubs") for name in _texts(content.get("hubs", []), "hubs")),
        listed=tuple(_pairs(content.get("pairs", []), phones)),
        talk_s=_number(content.get("talk_s", 25.0), "talk_s", LEAST_TALK_S, MOST_TALK_S),
        ring_s=_number(content.get("ring_s", 8.0), "ring_s", 2.0, 60.0),
        parallel=_count(content.get("parallel"), "parallel"),
        parallel_per_site=_count(content.get("parallel_per_site"), "parallel_per_site"),
        hours=_hours(content.get("hours")),
        limits=_limits(content.get("limits", {}), config.quality),
    )
    return checked(plan)


def checked(plan: MeshPlan) -> MeshPlan:
    """Returns the plan if it has any calls. Raises ConfigError otherwise."""
    if plan.shape is MeshShape.HUB and not plan.hubs:
        raise ConfigError("a hub and its spokes need 'hubs'", 'Write hubs = ["NAME"]')
    if plan.shape is MeshShape.PAIRS and not plan.listed:
        raise ConfigError("'pairs' are missing", 'Write pairs = [["CALLER", "CALLEE"]]')
    if not plan.pairs:
        raise ConfigError(f"there is nobody to call: {len(plan.phones)} phones", "A mesh needs two phones at least")
    return plan


def look_alikes(plan: MeshPlan) -> str:
    """What a question says of a plan's numbers that call for help in some other country; empty without any."""
    found = [f"{phone.number} ({phone.id})" for phone in plan.phones if is_emergency(phone.number)]
    if not found:
        return ""
    verb = "looks like an emergency number" if len(found) == 1 else "look like emergency numbers"
    return f"{', '.join(found)} {verb} of another country, and internal by [mesh] extensions"


def with_options(plan: MeshPlan, talk_s: float | None, parallel: int | None) -> MeshPlan:
    """The plan with the options of the command line applied. Raises ConfigError."""
    if talk_s is not None:
        plan = replace(plan, talk_s=_number(talk_s, "--talk", LEAST_TALK_S, MOST_TALK_S))
    return plan if parallel is None else replace(plan, parallel=parallel)


def _phones(rows: Any, config: Config) -> tuple[MeshPhone, ...]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigError("phones are written as tables", "Begin each with [[phone]]")
    known = {settings.id: settings for settings in config.phones}
    found: dict[PhoneId, MeshPhone] = {}
    for row in rows:
        _check_keys(row, _PHONE_KEYS, "a phone of a plan")
        settings = _settings(_text(row.get("name"), "name of a phone"), known)
        phone = _phone(row, settings, config.mesh)
        if settings.id in found:
            raise ConfigError(f"the phone {settings.id} is listed twice")
        if twin := next((other for other in found.values() if digits(other.number) == digits(phone.number)), None):
            raise ConfigError(f"{twin.id} and {phone.id} have the same number, {phone.number}")
        found[settings.id] = phone
    if len(found) > MOST_PHONES:
        raise ConfigError(f"{len(found)} phones are more than a mesh takes ({MOST_PHONES})")
    return tuple(found.values())


def _settings(name: str, known: Mapping[PhoneId, PhoneSettings]) -> PhoneSettings:
    if (settings := known.get(PhoneId(name))) is not None:
        return settings
    near = get_close_matches(name, known, 1)
    hint = f"Did you mean '{near[0]}'?" if near else "Only phones of the configuration are called"
    raise ConfigError(f"no phone '{name}' in the configuration", hint)


def _phone(row: Mapping[str, Any], settings: PhoneSettings, mesh: MeshSettings) -> MeshPhone:
    given = row.get("number", settings.numbers[0] if settings.numbers else None)
    if given is None:
        raise ConfigError(f"{settings.id} has no number", 'Write number = "…" for it, or numbers in the configuration')
    try:
        number = printable(dialable(_text(given, f"number of {settings.id}")))
    except ValueError as error:
        raise ConfigError(f"the number of {settings.id}: {error}") from None
    _check_emergency(number, settings.id, mesh)
    site = _text(row["site"], f"site of {settings.id}") if "site" in row else next(iter(settings.group), printable(""))
    answers_itself = row.get("answers_itself", False)
    if not isinstance(answers_itself, bool):
        raise ConfigError(f"'answers_itself' of {settings.id} is true or false")
    return MeshPhone(
        settings.id, number, site, tuple(filter(None, map(digits, settings.numbers))), answers_itself
    )  # fmt: skip


def _check_emergency(number: str, phone: PhoneId, mesh: MeshSettings) -> None:
    """Raises ConfigError for what may call for help, unless the configuration has it as an extension elsewhere."""
    country = (mesh.country or "").upper()
    if is_known_country(country) and is_emergency_in(number, country):
        what = f"{number} of {phone} is an emergency number in {country} or everywhere"
        raise ConfigError(what, "Test calls never go to one, whatever [mesh] says")
    if not is_emergency(number):
        return
    if not is_within(number, mesh.extensions):
        hint = "Test calls never go to one; an extension that only looks like it must stand in [mesh] extensions"
    elif not country:
        hint = "It stands in [mesh] extensions: say 'country', too, so that the country's own numbers stay refused"
    elif not is_known_country(country):
        hint = f"Of [mesh] country = '{country}' no emergency numbers are known here: nothing is excepted"
    else:
        return
    raise ConfigError(f"{number} of {phone} looks like an emergency number", hint)


def _pairs(rows: Any, phones: Sequence[MeshPhone]) -> Iterable[tuple[PhoneId, PhoneId]]:
    seen: set[frozenset[PhoneId]] = set()
    for row in rows if isinstance(rows, list) else [rows]:
        if not (isinstance(row, list) and len(row) == 2):
            raise ConfigError("'pairs' is a list of two names each", 'Write pairs = [["CALLER", "CALLEE"]]')
        caller, callee = (_known(_text(name, "pairs"), phones, "pairs") for name in row)
        if caller == callee or frozenset((caller, callee)) in seen:
            why = "calls itself" if caller == callee else f"and {callee} are listed twice: a call measures both ways"
            raise ConfigError(f"pairs: {caller} {why}")
        seen.add(frozenset((caller, callee)))
        yield caller, callee


def _known(name: str, phones: Sequence[MeshPhone], key: str) -> PhoneId:
    if any(phone.id == name for phone in phones):
        return PhoneId(name)
    raise ConfigError(f"{key}: '{name}' is none of the plan's phones", "List it under [[phone]]")


def _check_keys(content: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    for key in content:
        if key not in known:
            near = get_close_matches(key, known, 1)
            guess = f"Did you mean '{near[0]}'?" if near else f"Known are {', '.join(known)}"
            raise ConfigError(f"{what} has no '{key}'", guess)


def _shape(value: Any) -> MeshShape:
    try:
        return MeshShape(value)
    except ValueError:
        raise ConfigError("'shape' is one of full, hub, pairs") from None


def _text(value: Any, key: str) -> Printable:
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"'{key}' is a text")
    return printable(value.strip())


def _texts(value: Any, key: str) -> list[Printable]:
    if not isinstance(value, list):
        raise ConfigError(f"'{key}' is a list of names")
    return [_text(each, key) for each in value]


def _number(value: Any, key: str, low: float, high: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    if not is_number or not low <= value <= high:
        raise ConfigError(f"'{key}' is a number from {low:g} to {high:g}")
    return float(value)


def _count(value: Any, key: str) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_PHONES:
        raise ConfigError(f"'{key}' is a whole number from 1 to {MOST_PHONES}")
    return value


_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3]):([0-5]\d)")  # noqa: RUF001 - as people write spans


def _hours(value: Any) -> RunningHours | None:
    if value is None:
        return None
    match = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ConfigError("'hours' is a span of the day", 'Write hours = "22:00-05:00"')
    first, since, second, until = map(int, match.groups())
    return RunningHours(time(first, since), time(second, until))


def _limits(table: Any, quality: Thresholds) -> MeshLimits:
    if not isinstance(table, dict):
        raise ConfigError("'limits' is a table", "Write [limits]")
    _check_keys(table, (*_LIMITS, "setup_s"), "[limits]")
    limits = MeshLimits(quality=quality)
    for key, row in table.items():
        before: Limits = limits.setup_s if key == "setup_s" else getattr(quality, key)
        after = _limit(key, row, before)
        if key == "setup_s":
            limits = replace(limits, setup_s=after)
        else:
            limits = replace(limits, quality=replace(limits.quality, **{key: after}))
    return limits


def _limit(key: str, row: Any, before: Limits) -> Limits:
    if not isinstance(row, dict) or not row or not row.keys() <= {"fair", "poor"}:
        raise ConfigError(f"limits.{key} has 'fair' and 'poor'", f"Write {key} = {{ fair = …, poor = … }}")
    fair = _number(row.get("fair", before.fair), f"limits.{key}.fair", 0.0, 1e6)
    poor = _number(row.get("poor", before.poor), f"limits.{key}.poor", 0.0, 1e6)
    if (fair < poor) if before.is_floor else (fair > poor):
        raise ConfigError(f"limits.{key}: 'fair' is the milder limit")
    return replace(before, fair=fair, poor=poor, critical=None)
