"""Webex jobs over many phones, read leniently; and the values in a JSON file that starts one."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from math import trunc
from typing import Any, NamedTuple

from msgspec import Struct

from phonetui import numeric
from phonetui.errors import ConfigError
from phonetui.text import NOTHING, Printable, printable
from phonetui.webex.answer import at, instant, list_at, text, text_at, unreadable

ENDED = frozenset({"COMPLETED", "FAILED", "STOPPED", "ABANDONED"})
"""Of `latestExecutionStatus`: there is nothing more to come."""
RESULTS = frozenset({"COMPLETED", "COMPLETED_WITH_ERRORS", "FAILED", "STOPPED"})
"""Of `latestExecutionExitCode`; UNKNOWN while it runs."""
_ELAPSED = re.compile(r"PT(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class JobOperations(NamedTuple):
    """A kind of job in words, and the names of its operations in the table."""

    short: str
    words: str
    list: str
    get: str
    errors: str
    start: str


class Family(JobOperations, Enum):
    """The kinds of jobs."""

    TEMPLATE = (
        "template", "line key template", "templates jobs", "templates job", "templates errors", "templates apply"
    )  # fmt: skip
    REBUILD = ("rebuild", "rebuild phones", "rebuilds list", "rebuilds get", "rebuilds errors", "rebuilds start")
    CHANGE = ("settings", "change settings", "changes list", "changes get", "changes errors", "changes start")
    DYNAMIC = ("dynamic", "dynamic settings", "dynamic jobs", "dynamic job", "dynamic errors", "dynamic start")


class JobStep(Struct, frozen=True, kw_only=True):
    """One step of a job."""

    name: Printable | None = None
    status: Printable | None = None
    exit_code: Printable | None = None
    started_at: datetime | None = None
    """Aware UTC, as the following."""
    ended_at: datetime | None = None
    elapsed_s: float | None = None

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None or self.status in ENDED or self.exit_code in RESULTS


class Job(Struct, frozen=True, kw_only=True):
    """One job over many phones, as Webex reports it."""

    family: Family
    id: str
    """Empty for what couldn't be read."""
    status: Printable | None = None
    """`STARTING`, `STARTED`, `COMPLETED`, `FAILED`, or a word that is newer than this program."""
    exit_code: Printable | None = None
    percent: float | None = None
    updated: int | None = None
    """Phones whose keys a template replaced."""
    advisories: int | None = None
    devices: int | None = None
    """Phones that it reaches."""
    target: Printable | None = None
    """`LOCATION`, `CUSTOMER`."""
    location_id: str | None = None
    started_by: str | None = None
    """A person's id."""
    tracking: Printable = NOTHING
    started_at: datetime | None = None
    ended_at: datetime | None = None
    elapsed_s: float | None = None
    """As Webex measured it."""
    steps: tuple[JobStep, ...] = ()
    unreadable: Printable | None = None
    """What came instead of a job."""

    @property
    def is_running(self) -> bool:
        """An unknown word counts as running for as long as it has no result."""
        return self.status is not None and self.status not in ENDED and self.exit_code not in RESULTS

    @property
    def step(self) -> JobStep | None:
        """The one that it is at, or was at last."""
        return next((each for each in self.steps if not each.is_over), self.steps[-1] if self.steps else None)

    def took_s(self, now: datetime) -> float | None:
        """Seconds from its start to its end, or to `now` while it runs; as Webex measured it if a time is missing."""
        end = self.ended_at or (now if self.is_running else None)
        if self.started_at is None or end is None:
            return self.elapsed_s
        return max((end - self.started_at).total_seconds(), 0.0)


class JobError(Struct, frozen=True):
    """What went wrong with one of its phones."""

    item: int | None
    """Its number among the job's."""
    words: Printable
    where: Printable
    """The location; empty where the error names none."""
    code: Printable
    tracking: Printable


def job(family: Family, raw: Any) -> Job:
    """One item of a listing, or the answer of a start."""
    identity = text_at(raw, "id")
    if identity is None:
        return Job(family=family, id="", unreadable=unreadable(raw))
    runs = list(filter(_is_object, list_at(raw, "jobExecutionStatus")))
    latest = runs[-1] if runs else {}
    return Job(
        family=family,
        id=identity,
        status=text_at(raw, "latestExecutionStatus"),
        exit_code=text_at(raw, "latestExecutionExitCode"),
        percent=numeric.real(raw.get("percentageComplete")),
        updated=_count(raw.get("updatedCount")),
        advisories=_count(raw.get("advisoryCount")),
        devices=_count(raw.get("deviceCount")),
        target=text_at(raw, "target"),
        location_id=text_at(raw, "locationId"),
        started_by=text_at(raw, "sourceUserId"),
        tracking=text_at(raw, "trackingId") or NOTHING,
        started_at=instant(latest.get("startTime")) or instant(latest.get("createdTime")),
        ended_at=instant(latest.get("endTime")),
        elapsed_s=_seconds(latest.get("timeElapsed")),
        steps=tuple(map(_step, filter(_is_object, list_at(latest, "stepExecutionStatuses")))),
    )


def error(raw: Any) -> JobError:
    """One item of a job's errors; what is no such item is shown as it came.

    Cisco's file has the words in a list `error.message` in its examples, and in `error` itself in one of its schemas.
    """
    inside = at(raw, "error")
    if not isinstance(inside, Mapping):
        return JobError(None, printable(f"unreadable: {text(raw)}"[:80]), NOTHING, NOTHING, NOTHING)
    messages = list(filter(_is_object, list_at(raw, "error.message"))) or [inside]
    first = messages[0] if messages else {}
    words = "; ".join(filter(None, (text(each.get("description")) for each in messages)))
    return JobError(
        _count(raw.get("itemNumber")),
        printable(words or text(at(raw, "error.message"))),
        text(first.get("location") or first.get("locationId")),
        text(first.get("code") or at(raw, "error.key")),
        text(raw.get("trackingId")),
    )


def newest_first(jobs: Iterable[Job]) -> tuple[Job, ...]:
    """What still runs first, what cannot be read or dated last."""
    return tuple(sorted(jobs, key=lambda each: (each.is_running, each.started_at or _LONG_AGO), reverse=True))


def previewed_devices(raw: Any) -> int | None:
    """How many phones a preview names; None where it names no number."""
    return _count(at(raw, "deviceCount"))


def _step(raw: Mapping[str, Any]) -> JobStep:
    return JobStep(
        name=text_at(raw, "name"),
        status=text_at(raw, "statusMessage"),
        exit_code=text_at(raw, "exitCode"),
        started_at=instant(raw.get("startTime")),
        ended_at=instant(raw.get("endTime")),
        elapsed_s=_seconds(raw.get("timeElapsed")),
    )


def _is_object(raw: Any) -> bool:
    return isinstance(raw, Mapping)


def _count(raw: Any) -> int | None:
    found = numeric.real(raw)
    return None if found is None or abs(found) >= 1e15 else trunc(found)


def _seconds(raw: Any) -> float | None:
    """ISO 8601, as far as Webex uses it: `PT11.393S`."""
    match = _ELAPSED.fullmatch(raw) if isinstance(raw, str) else None
    if match is None or not any(match.groups()):
        return None
    hours, minutes, seconds = (numeric.decimal(part or "0") or 0.0 for part in match.groups())
    return numeric.seconds(hours * 3600 + minutes * 60 + seconds)


PHONE_KINDS = ("ata", "dect", "mpp", "wifi")
"""Kinds of phones, as `customizations` has them."""
_CHANGES_FORM = (
    'Its form: {"customizations": {"mpp": {…}}}; \'phonetui webex settings organization --json\' shows yours'
)


def change_settings_values(content: str, location: str | None) -> dict[str, Any]:
    """The values of `changes start` out of a JSON file. `location` is an id, None for the whole organization.

    What reading adds (counts, times) is left out. At a location its own settings are meant, unless the file says
    `locationCustomizationsEnabled: false`: then those of the organization hold there. Raises ConfigError.
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the file is no JSON: {error}", _CHANGES_FORM) from None
    if not isinstance(found, Mapping):
        raise ConfigError("the file must hold a JSON object", _CHANGES_FORM)
    if found.get("locationId") not in (None, location):
        raise ConfigError("the file is meant for another location", "Choose that one, or take locationId out of it")
    own = found.get("locationCustomizationsEnabled", True)
    if not isinstance(own, bool):
        raise ConfigError("locationCustomizationsEnabled must be true or false")
    values = {"customizations": _customizations(found.get("customizations"))}
    return values if location is None else {**values, "locationId": location, "locationCustomizationsEnabled": own}


def _customizations(raw: Any) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping) or not raw:
        raise ConfigError("the file has no customizations", _CHANGES_FORM)
    if strange := sorted(set(raw) - set(PHONE_KINDS)):
        raise ConfigError(f"customizations knows no {', '.join(strange)}", f"It may have: {', '.join(PHONE_KINDS)}")
    if flat := [kind for kind, settings in raw.items() if not isinstance(settings, Mapping) or not settings]:
        raise ConfigError(f"customizations.{flat[0]} must be an object with settings in it", _CHANGES_FORM)
    return raw
