"""One configuration change for many phones: what each needs, how it is undone, and saved configurations.

DesiredConfiguration + a phone's settings ──► DeviceChange: old → new by key, and why a key cannot be had

Pure.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from phonetui.errors import ConfigError
from phonetui.text import NOTHING, Printable, printable
from phonetui.webex.answer import is_secret_key
from phonetui.webex.configuration import (
    BACK,
    DeviceSetting,
    Step,
    holds,
    key_of_step,
    remove_step,
    replace_step,
    same_value,
    value_text,
)

_ABSENT = "–"  # noqa: RUF001 - drawn as absence, as on the screens


@dataclass(frozen=True, slots=True)
class DesiredConfiguration:
    """What is to hold on every phone of a change."""

    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """By key: JSON, or `BACK` for the default."""
    is_exact: bool = False
    """Whether whatever else was configured goes back to its default."""

    @property
    def queries(self) -> tuple[str | None, ...]:
        """The `key` of each request that together bring all that it takes to judge a phone; None is everything."""
        if self.is_exact:
            return (None,)
        groups: dict[str, list[str]] = {}
        for key in self.values:
            groups.setdefault(key.partition(".")[0], []).append(key)
        return tuple(keys[0] if len(keys) == 1 else f"{group}.*" for group, keys in groups.items())

    def words(self) -> Iterator[str]:
        """A line for each key."""
        for key, value in self.values.items():
            yield f"{key} back to the default" if value is BACK else f"{key} = {value_text(value) or '(empty)'}"
        if self.is_exact:
            yield "everything else back to the default"

    def to_json(self) -> dict[str, Any]:
        steps = [remove_step(key) if value is BACK else replace_step(key, value) for key, value in self.values.items()]
        return {"steps": steps, "exact": self.is_exact}


def desired_from_steps(steps: Iterable[Step], *, is_exact: bool = False) -> DesiredConfiguration:
    """A desired configuration from JSON Patch steps.

    Raises ConfigError for a secret, which no plan may keep, and for what is no step.
    """
    values: dict[str, Any] = {}
    for step in steps:
        key, is_removal = key_of_step(step), step.get("op") == "remove"
        if not key or step.get("op") not in ("replace", "remove") or (not is_removal and "value" not in step):
            raise ConfigError("a step must replace or remove the configured value of a key")
        if is_secret_key(key) and not is_removal:
            hint = "Set it phone by phone: 'phonetui webex configurations update'"
            raise ConfigError(f"{key} is a secret, and the plan of a change would keep it", hint)
        values[key] = BACK if is_removal else step["value"]
    return DesiredConfiguration(MappingProxyType(values), is_exact)


def desired_from_json(raw: Any) -> DesiredConfiguration:
    """What `to_json` wrote. Raises ConfigError."""
    steps = raw.get("steps") if isinstance(raw, Mapping) else None
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise ConfigError("the plan doesn't say what it changes")
    return desired_from_steps(steps, is_exact=raw.get("exact") is True)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """One key of one phone."""

    key: str
    before: Any = field(default=None, repr=False)
    """The value in force."""
    after: Any = field(default=None, repr=False)
    """What is going to be configured; `BACK` for the default."""
    was_set: bool = False
    """Whether somebody had configured `before`: else taking the change back removes it."""
    default: Any = field(default=None, repr=False)

    @property
    def words(self) -> Printable:
        """`Audio.Volume 50 → 30`."""
        after = value_text(self.default) if self.after is BACK else value_text(self.after)
        back = " (default)" if self.after is BACK else ""
        return printable(f"{self.key}  {value_text(self.before) or _ABSENT} → {after or _ABSENT}{back}")

    @property
    def step(self) -> Step:
        return remove_step(self.key) if self.after is BACK else replace_step(self.key, self.after)

    @property
    def step_back(self) -> Step:
        return replace_step(self.key, self.before) if self.was_set else remove_step(self.key)

    def to_json(self) -> dict[str, Any]:
        after = {} if self.after is BACK else {"after": self.after}
        return {"key": self.key, "before": self.before, "set": self.was_set, "default": self.default, **after}


def key_change_from_json(raw: Mapping[str, Any]) -> KeyChange:
    """What `to_json` wrote."""
    return KeyChange(
        key=str(raw.get("key", "")),
        before=raw.get("before"),
        after=raw.get("after", BACK),
        was_set=raw.get("set") is True,
        default=raw.get("default"),
    )


class DeviceChange(Struct, frozen=True):
    """What a phone needs of a change; nothing where all of it holds."""

    keys: tuple[KeyChange, ...] = ()
    problem: Printable = NOTHING
    """Why the phone cannot have it; then nothing is sent to it."""


def device_change(settings: Iterable[DeviceSetting], desired: DesiredConfiguration) -> DeviceChange:
    """What a phone needs, by its settings as they were read: values of the types that its value spaces name."""
    known = {str(each.key): each for each in settings}
    changes: list[KeyChange] = []
    for key, wanted in desired.values.items():
        setting = known.get(key)
        if setting is None:
            if wanted is BACK:
                continue
            return DeviceChange(problem=printable(f"it has no {key}"))
        if why := setting.why_not:
            return DeviceChange(problem=printable(f"{key} cannot be edited: {why}"))
        try:
            value = wanted if wanted is BACK else setting.space.accept(wanted)
        except ConfigError as error:
            return DeviceChange(problem=printable(f"{key}: {error.message}"))
        if not holds(setting, value):
            changes.append(_key_change(setting, value))
    if desired.is_exact:
        others = (each for key, each in known.items() if key not in desired.values)
        changes += [_key_change(each, BACK) for each in others if _can_go_back(each)]
    return DeviceChange(tuple(changes))


def _can_go_back(setting: DeviceSetting) -> bool:
    return setting.unreadable is None and setting.is_set and not setting.why_not and not setting.is_secret


def _key_change(setting: DeviceSetting, value: Any) -> KeyChange:
    before = setting.configured if setting.is_set else setting.value
    return KeyChange(key=str(setting.key), before=before, after=value, was_set=setting.is_set, default=setting.default)


def is_done(settings: Iterable[DeviceSetting], keys: Iterable[KeyChange]) -> bool:
    """Whether Webex has all of it: what the phone itself has taken over is another question."""
    known = {str(each.key): each for each in settings}
    return all(each.key in known and holds(known[each.key], each.after) for each in keys)


def has_arrived(settings: Iterable[DeviceSetting], keys: Iterable[KeyChange]) -> bool:
    """Whether the phone has taken over all of it; where Webex doesn't say, what Webex has counts."""
    known = {str(each.key): each for each in settings}
    found = [known.get(each.key) for each in keys]
    return all(each is not None and each.has_arrived is not False for each in found)


class Difference(Struct, frozen=True):
    """A setting that two configurations have differently."""

    key: str
    left: Printable
    """A value in words; empty where there is none, or where the key is unknown there."""
    right: Printable


def differences(left: Iterable[DeviceSetting], right: Iterable[DeviceSetting]) -> tuple[Difference, ...]:
    """Keys of two phones whose values in force differ, in the keys' order; of secrets nobody can tell."""
    ours, theirs = ({str(each.key): each for each in settings} for settings in (left, right))
    found = []
    for key in [*ours, *(key for key in theirs if key not in ours)]:
        one, other = ours.get(key), theirs.get(key)
        if one is not None and other is not None and (one.is_secret or same_value(one.value, other.value)):
            continue
        found.append(Difference(key, *(each.text_of(each.value) if each else NOTHING for each in (one, other))))
    return tuple(found)


FORMAT = "phonetui device configuration"


def saved_text(name: str, product: str, at: str, settings: Sequence[DeviceSetting], *, everything: bool) -> str:
    """A file: what somebody configured, or every value in force, without secrets. `at` is ISO 8601."""
    readable = [each for each in settings if each.unreadable is None and (everything or each.is_set)]
    saved = {
        "format": FORMAT,
        "device": name,
        "product": product,
        "saved": at,
        "values": {str(each.key): each.value for each in readable if not each.is_secret},
        "withheld": [str(each.key) for each in readable if each.is_secret],
    }
    return f"{json.dumps(saved, indent=1)}\n"


def saved_values(content: str, place: str) -> dict[str, Any]:
    """The values of such a file by key; a bare JSON object of keys and values does as well. Raises ConfigError."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"{place}: not JSON: {error}", "'phonetui webex configurations save' writes such a file"
        ) from None
    values = found.get("values") if isinstance(found, dict) and found.get("format") == FORMAT else found
    if not isinstance(values, dict) or not values:
        raise ConfigError(f"{place}: no values", "'phonetui webex configurations save' writes such a file")
    return {str(key): value for key, value in values.items()}
