"""Where a device's calling settings come from: the same names on up to three levels, outermost first.

organization ─┐
location     ─┼──► rows of a name and what each level says; where one says otherwise than the level above, it is marked
device       ─┘

Device settings for a whole location or organization out of a JSON file, looked at before anything is sent.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from phonetui.errors import ConfigError
from phonetui.text import NOTHING, Printable, printable
from phonetui.webex.answer import at, is_secret_key, veiled
from phonetui.webex.setting_schema import written


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    name: str
    leaves: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """By dotted name; passwords are among them."""
    is_own: bool | None = None
    """Whether the level has settings of its own, rather than the ones above; None where Webex doesn't say."""
    is_changing: bool = False
    """Whether an update of it is under way."""
    failure: Printable = NOTHING
    """Why it isn't known."""


@dataclass(frozen=True, slots=True)
class SettingLeaf:
    name: Printable
    values: tuple[Printable | None, ...]
    """On each level, secrets as stars; None where the level says nothing of it."""
    differs: tuple[bool, ...]
    """Whether it says otherwise than the nearest level above that says anything."""

    @property
    def is_uniform(self) -> bool:
        return not any(self.differs)


def level(name: str, answer: Any) -> Level:
    own = at(answer, "customEnabled")
    own = at(answer, "locationCustomizationsEnabled") if own is None else own
    found = at(answer, "customizations")
    return Level(
        name=name,
        leaves=dict(_leaves(found, "")) if isinstance(found, Mapping) else {},
        is_own=own if isinstance(own, bool) else None,
        is_changing=at(answer, "updateInProgress") is True,
    )


def compared(levels: Sequence[Level]) -> tuple[SettingLeaf, ...]:
    """Every name that any level has, in the order in which they first come."""
    names = dict.fromkeys(name for each in levels for name in each.leaves)
    return tuple(_leaf(name, levels) for name in names)


def _leaf(name: str, levels: Sequence[Level]) -> SettingLeaf:
    """Compared by what stands there, not by what is shown: two passwords have the same stars."""
    above: list[Any] = []
    values: list[Printable | None] = []
    differs: list[bool] = []
    for each in levels:
        if name not in each.leaves:
            values.append(None)
            differs.append(False)
            continue
        value = each.leaves[name]
        values.append(written(veiled(value) if is_secret_key(name) else value))
        differs.append(bool(above) and above[-1] != value)
        above.append(value)
    return SettingLeaf(printable(name), tuple(values), tuple(differs))


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inside in value.items():
            yield from _leaves(inside, f"{name}.{key}" if name else str(key))
    elif name:
        yield name, value


KINDS = ("ata", "dect", "mpp", "wifi")
"""Of phones, as `customizations` has them."""
_FORM = 'Its form: {"customizations": {"mpp": {…}}}; \'phonetui webex settings organization --json\' shows yours'


def overrides(content: str, location: str | None) -> dict[str, Any]:
    """The values of `changes start`; `location` is a location's id, None for the organization. Raises ConfigError.

    What the reading operations tell besides (counts, times) stays behind. At a location its own settings are meant,
    unless the file says `locationCustomizationsEnabled: false`: then those of the organization hold there.
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the file is no JSON: {error}", _FORM) from None
    if not isinstance(found, Mapping):
        raise ConfigError("the file must hold a JSON object", _FORM)
    if found.get("locationId") not in (None, location):
        raise ConfigError("the file is meant for another location", "Choose that one, or take locationId out of it")
    own = found.get("locationCustomizationsEnabled", True)
    if not isinstance(own, bool):
        raise ConfigError("locationCustomizationsEnabled must be true or false")
    values = {"customizations": _customizations(found.get("customizations"))}
    return values if location is None else {**values, "locationId": location, "locationCustomizationsEnabled": own}


def _customizations(raw: Any) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping) or not raw:
        raise ConfigError("the file has no customizations", _FORM)
    if strange := sorted(set(raw) - set(KINDS)):
        raise ConfigError(f"customizations knows no {', '.join(strange)}", f"It may have: {', '.join(KINDS)}")
    if flat := [kind for kind, settings in raw.items() if not isinstance(settings, Mapping) or not settings]:
        raise ConfigError(f"customizations.{flat[0]} must be an object with settings in it", _FORM)
    return raw
