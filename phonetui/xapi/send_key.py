"""How a phone calls the argument of `Ui SendKey`, which is not published: read from what the phone itself says."""

import re

from phonetui.errors import CommandRefused
from phonetui.xapi.path import Path
from phonetui.xapi.schema import CommandSchema, published

SEND_KEY = Path.of("Ui", "SendKey")
ASSUMED = "Key"
"""Inferred from the `Key:` URIs that the same phones take from their push services."""

_DETAIL = re.compile(r"\*r \S+ (?P<name>[A-Za-z]\w*)(?: \w+)?: \"?(?P<words>.*?)\"?")
_MISSING = re.compile(r"missing|required|mandatory|not (?:given|specified|supplied)", re.IGNORECASE)
_NAMED = (
    re.compile(r"(?P<name>[A-Za-z]\w*)\s*[:=-]\s*(?:missing|required|mandatory)", re.IGNORECASE),
    re.compile(
        r"(?:missing|required|mandatory)(?: or \w+)?(?: \w+)?? (?:parameter|argument)s?\W+(?P<name>[A-Za-z]\w*)",
        re.IGNORECASE,
    ),
)
"""A complaint in one sentence; the forms are inferred."""
_SENTENCES = frozenset({"reason", "error", "description"})


def argument_name(schema: CommandSchema) -> str | None:
    """By the phone's own list of commands; None where that doesn't describe the command.

    Of several arguments the required one, else one that sounds like a key, else the first.
    """
    form = schema.find(SEND_KEY)
    if form is None or form is published().find(SEND_KEY) or not form.parameters:
        return None
    by_likelihood = sorted(form.parameters, key=lambda each: (not each.is_required, "key" not in each.name.casefold()))
    return by_likelihood[0].name


def missing_argument(refusal: CommandRefused) -> str | None:
    """The argument that a refused command lacked, by the phone's complaint: "KeyCode: Missing parameter"."""
    for line in refusal.block:
        detail = _DETAIL.fullmatch(line)
        if detail is None:
            continue
        if detail["name"].casefold() in _SENTENCES:
            named = next(filter(None, (form.search(detail["words"]) for form in _NAMED)), None)
            if named is not None:
                return named["name"]
        elif _MISSING.search(detail["words"]):
            return detail["name"]
    return None
