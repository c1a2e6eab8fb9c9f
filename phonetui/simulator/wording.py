"""How a dialect writes one leaf's value."""

import re
from collections.abc import Callable

from phonetui.simulator.dialect import FIRMWARE, Dialect

_SCORES = frozenset({"MOSLQ", "MOSCQ"})
_RATES = frozenset({"LossRate", "DiscardRate"})
_MILLISECONDS = frozenset({"Jitter", "DecodeLatency", "RoundTripDelay", "BurstDuration", "GapDuration"})
_DURATIONS = frozenset({"Duration", "ElapsedTime"})
_ADDRESSES = frozenset({"MACAddress", "MacAddress"})
_LINKS = {"SWPort": "switch_link", "PCPort": "computer_link", "PortInformation": "port_link"}
_VOIDS = {"Rfactor": ("127", "no_rating"), "RoundTripDelay": ("0", "no_round_trip")}
"""Leaf → what it says where there is no value, and the dialect's own word for that."""
_CLOCK = re.compile(r"(?:(\d+) days, )?(\d+):(\d\d):(\d\d)")
_LINK = re.compile(r"(\d+) (\w+)")
Names = tuple[str, ...]


class Wording:
    """The truth's text to the dialect's, leaf by leaf."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._values = {tuple(notation.split()): text for notation, text in dialect.values}
        self._words = {tuple(notation.split()): dict(pairs) for notation, pairs in dialect.words}

    def of(self, names: Names, text: str) -> str:
        """`names` is the leaf's place without indices."""
        if names in self._values:
            return self._values[names]
        leaf, called = names[-1], names[0] == "Line"
        if leaf == "Type" and called:
            text = self._dialect.call_type or text
        elif leaf == "Callback":
            text = text or self._dialect.callback
        else:
            text = self._formed(leaf, text)
        text = self._words.get(names, {}).get(text, text)
        return text or (self._dialect.empty_call if called else self._dialect.empty)

    def _formed(self, leaf: str, text: str) -> str:
        dialect = self._dialect
        void, other = _VOIDS.get(leaf, (None, ""))
        text = getattr(dialect, other) if text == void else text
        if leaf in _SCORES:
            return score(dialect, text)
        if leaf in _RATES:
            return _RATE[dialect.rates](float(text))
        if leaf in _MILLISECONDS:
            return text + dialect.milliseconds
        if leaf in _DURATIONS:
            return duration(dialect.durations, text)
        if leaf in _ADDRESSES:
            return address(dialect, text)
        if leaf in _LINKS:
            return link(getattr(dialect, _LINKS[leaf]), text)
        return text.replace(FIRMWARE, dialect.firmware)


def score(dialect: Dialect, text: str) -> str:
    """An opinion score from its decimal form, where 0.0 is one that wasn't computed."""
    if dialect.no_score and not float(text):
        return dialect.no_score
    factor = {"decimal": 0, "tenths": 10, "hundredths": 100}[dialect.mos]
    return str(round(float(text) * factor)) if factor else text


def duration(form: str, text: str) -> str:
    """From `00:01:43` or `7 days, 02:13:02`; anything else stays."""
    match = _CLOCK.fullmatch(text)
    if match is None or form == "clock":
        return text
    days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
    hours += 24 * days
    if form == "days":
        return text if match[1] else f"0 days, {text}"
    if form in ("seconds", "unit"):
        return f"{hours * 3600 + minutes * 60 + seconds}{' s' if form == 'unit' else ''}"
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def address(dialect: Dialect, text: str) -> str:
    """A MAC address from its form with colons."""
    text = text.lower() if dialect.lower_mac else text
    bare = text.replace(":", "")
    forms = {
        "colons": text,
        "dashes": text.replace(":", "-"),
        "bare": bare,
        "dots": ".".join(bare[at : at + 4] for at in (0, 4, 8)),
    }
    return forms[dialect.mac]


def link(form: str, text: str) -> str:
    """From `1000 Full`; what has no speed, such as `Down`, stays."""
    match = _LINK.fullmatch(text)
    return form.format(speed=match[1], duplex=match[2], lower=match[2].lower()) if match else text


_RATE: dict[str, Callable[[float], str]] = {
    "bytes": lambda share: str(min(255, int(share * 256))),
    "fraction": lambda share: f"{share:.3f}",
    "percent": lambda share: f"{100 * share:.1f}",
    "signed percent": lambda share: f"{100 * share:.1f}%",
    "spaced percent": lambda share: f"{100 * share:.1f} %",
    "whole percent": lambda share: str(round(100 * share)),
}
