"""What Webex says of each model of phone: how it is brought in, and whether it takes changes at once."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from phonetui.text import Printable, printable
from phonetui.webex.answer import text

_NUMBER = re.compile(r"\d{4}[A-Z]*")
"""What a product's name and a model's have in common: `9851`, `8845NR`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    name: str
    """As the API takes it: `DMS Cisco 9851`."""
    shown: Printable
    """For people: `Cisco 9851`."""
    applies_changes: bool | None = None
    """Whether it can be told to take changes at once; None where Webex doesn't say."""
    takes_codes: bool = False
    """Whether an activation code brings it in."""
    owners: frozenset[str] = frozenset({"PEOPLE", "PLACE"})
    """Whom it may belong to."""


def models(items: Iterable[Any]) -> tuple[Model, ...]:
    """Of the list of supported devices; what has no name is left out."""
    return tuple(map(_model, filter(_is_model, items)))


def model_of(product: str | None, known: Iterable[Model]) -> Model | None:
    """The model of a device by its product's name; None unless exactly one has its number."""
    number = _NUMBER.search(product or "")
    if number is None:
        return None
    found = [each for each in known if number[0] in (_NUMBER.findall(each.name) or _NUMBER.findall(each.shown))]
    return found[0] if len(found) == 1 else None


def _is_model(item: Any) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("model"), str) and bool(item["model"])


def _model(raw: Mapping[str, Any]) -> Model:
    applies = raw.get("supportsApplyChangesEnabled")
    owners = _texts(raw.get("supportedFor"))
    return Model(
        name=raw["model"],
        shown=text(raw.get("displayName")) or printable(raw["model"]),
        applies_changes=applies if isinstance(applies, bool) else None,
        takes_codes="ACTIVATION_CODE" in _texts(raw.get("onboardingMethod")),
        owners=owners or frozenset({"PEOPLE", "PLACE"}),
    )


def _texts(raw: Any) -> frozenset[str]:
    return frozenset(each for each in raw if isinstance(each, str)) if isinstance(raw, list) else frozenset()
