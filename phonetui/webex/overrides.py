"""Device settings for a whole location or organization out of a JSON file, looked at before anything is sent."""

import json
from collections.abc import Mapping
from typing import Any

from phonetui.errors import ConfigError

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
