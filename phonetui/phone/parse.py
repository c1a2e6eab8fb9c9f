"""Readers of a phone's values: raw text → number, flag, light, link. Unknown words give None.

Most of what phones write is unpublished; these readers take every spelling seen in the firmware's lineage (Sipura, SPA,
MPP), in the web pages of the same names and in RFC 3611, RFC 4235 and RFC 6035. Words of state are read by
vocabularies: tables whose rows are tried in order against the folded text, anywhere in it. A negation before the word
(`Not Registered`, `unregistered`, `NotConnected`) gives the row's other meaning.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from operator import is_
from typing import Generic, NamedTuple, TypeVar

from msgspec.structs import replace

from phonetui import numeric
from phonetui.phone.state import Call, CallDirection, Line, Link, Phase
from phonetui.text import Printable

_Read = TypeVar("_Read")

_CLOCK = re.compile(r"(?:(\d{1,20})\s*days?,?\s*)?(?:(\d{1,20}):)?(\d{1,2}):(\d{2})", re.IGNORECASE | re.ASCII)
_SECONDS = re.compile(r"\d{1,20}(?:\.\d{1,20})?\s*s?", re.ASCII)
_NOTHING = frozenset({"", "--", "-", "n/a", "na", "none", "null"})
_LONGEST = 64
"""Characters of a word that are looked at."""
_NEGATION = re.compile(r"(?:\b(?:not?|non|never|isn.?t|without)\b[^,;:(]*|(?:not|non|un|dis|de)[-_]?)$")
"""What stands before a word that doesn't hold."""


class _Row(NamedTuple, Generic[_Read]):
    """One meaning of a vocabulary."""

    meaning: _Read
    words: str
    """Any of them, in folded text: an expression, compiled when it is first looked for."""
    negated: _Read | None = None
    """What the words mean behind a negation; None: nothing."""


def _row(meaning: _Read, *words: str, negated: _Read | None = None) -> _Row[_Read]:
    return _Row(meaning, "|".join(words), negated)


def _meaning(raw: str | None, vocabulary: Iterable[_Row[_Read]]) -> _Read | None:
    """The first row that holds, else the first one that is denied; None for words that no row has."""
    folded, denied = (raw or "").strip()[:_LONGEST].casefold(), None
    for row in vocabulary:
        for found in re.finditer(row.words, folded):
            if not _NEGATION.search(folded[: found.start()]):
                return row.meaning
            denied = row.negated if denied is None else denied
    return denied


def is_nothing(raw: str) -> bool:
    """Whether the phone wrote one of the words for "no value"."""
    return raw.strip().casefold() in _NOTHING


def text(raw: Printable) -> Printable | None:
    """The value as it is; None for an empty one and for the words for "no value"."""
    return None if not raw or is_nothing(raw) else raw


def latency(raw: Printable) -> float | None:
    """Milliseconds; 0 is what firmware writes before there is any audio."""
    return numeric.milliseconds(raw) or None


def round_trip(raw: Printable) -> float | None:
    """Milliseconds. 0 and 65535 mean "not measured": the far end sent no RTCP."""
    value = numeric.milliseconds(raw)
    return None if value in (None, 0.0, 65535.0) else value


def gap(raw: Printable) -> float | None:
    """Milliseconds; 65535 and 30000 are what firmware writes while nothing was lost."""
    value = numeric.milliseconds(raw)
    return None if value in (65535.0, 30000.0) else value


def mos(raw: Printable, divisor: float | None = None) -> float | None:
    """1.0 … 5.0 as is, 10 … 50 tenths (RFC 3611), 100 … 500 hundredths; 0, 127 and the rest have no value.

    `divisor` settles which of the three it is, and refuses what isn't.
    """
    value = numeric.decimal(raw)
    if value is None or value == 127:
        return None
    for scale in (1.0, 10.0, 100.0) if divisor is None else (divisor,):
        if 1.0 <= value / scale <= 5.0:
            return value / scale
    return None


def r_factor(raw: Printable) -> float | None:
    """0 … 130, above 100 on the wide-band scale; 127 is "not available" (RFC 3611), 0 is read as not computed."""
    value = numeric.decimal(raw)
    return value if value is not None and 0 < value <= 130 and value != 127 else None


def duration(raw: Printable) -> float | None:
    """Seconds from `7 days, 02:13:02`, `hh:mm:ss`, `mm:ss` or plain seconds; None beyond `numeric.MAX_SECONDS`."""
    cleaned = raw.strip()
    if len(cleaned) <= numeric.MAX_CHARACTERS and (match := _CLOCK.fullmatch(cleaned)):
        days, hours, minutes, seconds = (numeric.integer(part or "0") for part in match.groups())
        if None in (days, hours):
            return None
        return numeric.seconds(86400.0 * (days or 0) + 3600.0 * (hours or 0) + 60.0 * (minutes or 0) + (seconds or 0))
    return numeric.seconds(numeric.decimal(cleaned)) if _SECONDS.fullmatch(cleaned) else None


_FLAGS = (
    _row(False, r"^(?:no|not|none|false|off|0|inactive|disabled)\b"),
    _row(True, r"^(?:yes|true|on|active|enabled)\b", r"^1$"),
)


@lru_cache(1024)
def flag(raw: Printable) -> bool | None:
    """Whether the value is one of the words for yes or for no; None for every other one."""
    return _meaning(raw, _FLAGS)


_DEEP_SLEEP = (_row(True, r"deep[\s_-]*sleep", negated=False),)


def sleeps_deeply(standby: Printable | None) -> bool:
    """Whether a phone in this `Standby Level` drops off the network: `DeepSleep`, the word of room devices."""
    return _meaning(standby, _DEEP_SLEEP) is True


_REGISTERING = (_row(True, "registering", "in progress", "pending", "trying"),)
_REGISTRATIONS = (
    _row(False, r"registered\W+(?:no|false)\b"),
    _row(True, "^registered", "^online", r"^ok\b", r"^yes\b", "^in service"),  # whatever is added: `Registered (TLS)`
    _row(False, r"^no\b", "not reg", "unreg", "deregist", "offline", "disconnect", "out of service"),
    _row(False, "fail", "reject", "refused", "forbidden", "error", "time.?out", "timed out", "expired"),
    *(_Row(False, row.words) for row in _REGISTERING),
    _row(True, "registered", "online", "connected", "in service", negated=False),
)


@lru_cache(1024)
def registered(raw: Printable) -> bool | None:
    """`Registered (TLS)` is; `Not Registered`, `Failed` and `Registering` aren't; an unknown word says nothing."""
    return _meaning(raw, _REGISTRATIONS)


def is_registering(raw: Printable | None) -> bool:
    """Whether it isn't registered yet and says that it tries."""
    return _meaning(raw, _REGISTERING) is True


_DIRECTIONS = (
    _row(CallDirection.INCOMING, r"^in\b", "inbound", "incoming", "^terminat"),
    _row(CallDirection.OUTGOING, r"^out\b", "outbound", "outgoing", "^originat"),
)


@lru_cache(1024)
def direction(raw: Printable) -> CallDirection | None:
    """A call's direction from `Direction`, or from `Type`, where some firmware gives it; None for other words."""
    return _meaning(raw, _DIRECTIONS)


_PHASES = (
    _row(Phase.UNKNOWN, "disabled"),
    _row(Phase.HELD, "hold", "held", "resum"),
    _row(Phase.IDLE, "idle", "inactive", "disconnected", "terminated", r"on[\s_-]?hook", r"\bno calls?\b"),
    _row(Phase.ENDING, "disconnect", "ending", "terminat", "releas"),
    _row(Phase.TALK, "connected", "active", r"in[\s_-]?call", "preserved", "confirmed", "established", "talking",
         negated=Phase.IDLE),
    _row(Phase.ALERTING, "ringing", "answering", "alerting"),
    _row(Phase.SETUP, "dial", "calling", "proceeding", "trying", "connecting", r"early[\s_-]?media", "progress",
         "seized", r"off[\s_-]?hook"),
    _row(Phase.ERROR, "reorder", "invalid", r"no[\s_-]?service", "failed", "busy"),
)  # fmt: skip
"""A held call may say that it is connected, too, so what is more exact comes first."""


@lru_cache(1024)
def phase(raw: Printable | None) -> Phase:
    """What kind of state a `CallState` is, by the words in it; a slot without one is idle."""
    if not raw or is_nothing(raw):
        return Phase.IDLE
    return _meaning(raw, _PHASES) or Phase.UNKNOWN


_SPEED = re.compile(
    r"(\d+(?:\.\d+)?)\s*-?(g|m)(?:b|bit|\b|[\s/_-])|(\d+)(?=[\s/_-]*(?:full|half))|(?<!\d)(10{1,4})(?!\d)"
)
_DUPLEXES = (_row(True, "full", r"\bfdx?\b", negated=False), _row(False, "half", r"\bhdx?\b"))
_LINKS = (
    _row(False, r"\bdown\b", "linkdown", "disconnect", "unplugged", r"no[\s_-]?(?:link|cable|carrier)", r"^none\b"),
    _row(True, r"\bup(?![a-z])", "linkup", "connected", "linked", "plugged", negated=False),
)


def link(raw: Printable | None) -> Link | None:
    """A port's link from words such as `1000 Full`, `1000-Full`, `Up, 100Mb, Full Duplex`, `1 Gbps half-duplex`, `Link
    Down`."""
    if not raw:
        return None
    is_up, speed, full_duplex = _link(raw[:_LONGEST])
    return Link(raw, speed_mbps=speed, full_duplex=full_duplex, is_up=is_up)


@lru_cache(1024)
def _link(words: str) -> tuple[bool | None, int | None, bool | None]:
    """Whether it is up, Mbit/s, whether it is full duplex; None for what isn't known, and once it is down."""
    is_up, speed = _meaning(words, _LINKS), _speed_mbps(words)
    if is_up is False or speed == 0:
        return False, None, None
    return True if speed else is_up, speed, _meaning(words, _DUPLEXES)


def _speed_mbps(words: str) -> int | None:
    match = _SPEED.search(words.casefold())
    if match is None:
        return None
    measured, unit, before_duplex, bare = match.groups()
    if not measured:
        return numeric.integer(before_duplex or bare)
    value = numeric.decimal(measured)
    return None if value is None else round(value * (1000 if unit == "g" else 1))


_SCHEME = re.compile(r"^(?:sips?|tel):", re.IGNORECASE)
_NATIONAL = 7
"""Digits that two spellings of one number share at least: `+47 22 00 50 21` and `22005021`. An extension is shorter, so
that `5021` is never taken for the end of somebody's long number."""


MAX_CHARACTERS = 255
"""Of what may be a number or an address; longer ones are neither."""


@lru_cache(maxsize=4096)
def digits(raw: str | None) -> str:
    """What would be dialled: `sip:5021@pbx.example` → `5021`; empty where it is no number (`anonymous`, a name)."""
    if raw and len(raw) > MAX_CHARACTERS:
        return ""
    if raw and raw.isascii() and raw.isdecimal():
        return raw
    user = re.split(r"[@;]", _SCHEME.sub("", (raw or "").strip()), maxsplit=1)[0]
    if any(character.isalpha() for character in user):
        return ""
    return "".join(character for character in user if character in "0123456789*#")


def is_same(one: str, other: str) -> bool:
    """Whether two numbers, as `digits` gives them, reach the same line; with or without a country's prefix."""
    if one == other:
        return bool(one)
    short, long = sorted((one, other), key=len)
    shared = short.lstrip("0")
    return len(shared) >= _NATIONAL and long.endswith(shared)


def tail(number: str) -> str:
    """The digits that two spellings of one number share at their end; empty for a number that has a single spelling."""
    return number[-_NATIONAL:] if len(number.lstrip("0")) >= _NATIONAL else ""


NOT_AVAILABLE = 127.0
"""RFC 3611 §4.7.5, and a rating like any other on the wide-band scale."""
_NEIGHBOURED, _NEIGHBOURS = "127", (120.0, 129.0)


def with_scores(before: Line | None, after: Line, mos_divisor: float | None) -> Line:
    """`after` with its calls' scores read by the operator's word and by what the phone said just `before`."""
    if mos_divisor is None and _NEIGHBOURED not in [call.r_factor_raw for call in after.calls]:
        return after
    ratings = {call.key: call.r_factor for call in before.calls} if before is not None else {}
    calls = tuple(_with_scores(call, ratings.get(call.key), mos_divisor) for call in after.calls)
    return after if all(map(is_, calls, after.calls)) else replace(after, calls=calls)


def with_divisor(call: Call, mos_divisor: float | None) -> Call:
    """The call with its opinion scores read as the operator says; as it is where they are left to themselves."""
    if mos_divisor is None:
        return call
    lq, cq = (raw and mos(raw, mos_divisor) for raw in (call.mos_lq_raw, call.mos_cq_raw))
    return replace(call, mos_lq=lq or None, mos_cq=cq or None)


def _with_scores(call: Call, rated: float | None, mos_divisor: float | None) -> Call:
    call = with_divisor(call, mos_divisor)
    if call.r_factor_raw == _NEIGHBOURED and rated is not None and _NEIGHBOURS[0] <= rated <= _NEIGHBOURS[1]:
        call = replace(call, r_factor=NOT_AVAILABLE)
    return call
