"""What each phone model has: its keys, where they lie, what they are called, and how `Ui SendKey` spells them.

 line keys   ┌─────────┐   line keys
 of the left │ display │   of the right
             └─────────┘
  Soft1   Soft2   Soft3   Soft4
  body: clusters from left to right
  foot: keys along the lower edge

Sources: Cisco's wallpaper and phone articles for screens and line keys; the XSI developer notes for key names; the
default key lists of the administration guides of Cisco's multiplatform phones for softkeys. Inferred: that `Ui SendKey`
takes the same spellings (so they are a table here, which the configuration can override), that line keys count from the
left top, where clusters lie beside each other, and that PhoneOS shows the same softkeys. A phone publishes no labels of
its softkeys, and a profile, a feature or another firmware changes them. The 9811 and the 9821 are known by others'
notes alone.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct, field

from phonetui import numeric
from phonetui.phone.state import Call, Phase

_KEYPAD = (*(f"KeyPad{digit}" for digit in range(10)), "KeyPadStar", "KeyPadPound")
_NAVIGATION = ("NavUp", "NavDwn", "NavLeft", "NavRight", "NavSelect")
_FIXED = ("VolUp", "VolDwn", "Mute", "Speaker", "Headset", "Hold", "Release", "Messages", "Applications", "Directories",
          "Contacts", "Services")  # fmt: skip
_DESK = ("Transfer", "Conference", "Settings")
_DIGITS = {**{str(digit): f"KeyPad{digit}" for digit in range(10)}, "*": "KeyPadStar", "#": "KeyPadPound"}
_NUMBERED = re.compile(r"(Soft|Line|Feature)([1-9]\d{0,2})", re.ASCII)
_LIMITS = {"Soft": 4, "Line": 120, "Feature": 120}


KeyCluster = tuple[tuple[str, ...], ...]
"""Keys that lie together, row by row."""

NUMBER_PAD: KeyCluster = (
    ("KeyPad1", "KeyPad2", "KeyPad3"),
    ("KeyPad4", "KeyPad5", "KeyPad6"),
    ("KeyPad7", "KeyPad8", "KeyPad9"),
    ("KeyPadStar", "KeyPad0", "KeyPadPound"),
)
NAVIGATION_RING: KeyCluster = (("NavUp",), ("NavLeft", "NavSelect", "NavRight"), ("NavDwn",))
_VOLUME: KeyCluster = (("VolDwn", "VolUp"),)
_CALLS: KeyCluster = (("Hold",), ("Transfer",), ("Conference",))
_DESK_BODY = ((("Messages",), ("Settings",), *_VOLUME), NAVIGATION_RING, NUMBER_PAD, _CALLS)
_TOUCH_BODY = (_DESK_BODY[0], NUMBER_PAD, _CALLS)
_VIDEO_BODY = ((("Messages",), *_VOLUME), NUMBER_PAD, (("Hold",),))


class PhoneModel(Struct, frozen=True):
    """The keys of a phone model, where they lie, and how `Ui SendKey` spells them."""

    number: str
    line_keys: int
    """Keys with a light on the body; virtual ones on touch models."""
    softkeys: int
    is_touch: bool
    has_line_keys: bool = True
    """Whether `Line1` … can be pressed by name."""
    body: tuple[KeyCluster, ...] = _DESK_BODY
    """Clusters below the display, from left to right."""
    foot: tuple[str, ...] = ("Headset", "Mute", "Speaker")
    """Along the lower edge."""
    answers_by: tuple[str, ...] = ("Line{line}", "Speaker")
    """Keys that take a ringing call, likeliest first; `{line}` is the number of the line that rings (inferred)."""
    is_secondhand: bool = False
    """Whether only others' notes say that it runs PhoneOS: its keys are then those of an unknown model."""
    keys: tuple[str, ...] = ()
    """Canonical names of the keys that stand alone; `Soft`, `Line` and `Feature` are numbered beside them."""
    spelling: dict[str, str] = field(default_factory=dict)
    """Canonical name → the name on the wire, where they differ."""

    def has(self, key: str) -> bool:
        """Whether the model takes a key of this canonical name."""
        match = _NUMBERED.fullmatch(key)
        if match is None:
            return key in self.keys
        kind, number = match[1], numeric.integer(match[2]) or 0
        if kind == "Soft":
            return number <= self.softkeys
        return self.has_line_keys and number <= _LIMITS[kind]

    @property
    def sides(self) -> tuple[range, range]:
        """Numbers of the line keys to the left and to the right of the display, from the top."""
        half = (self.line_keys + 1) // 2
        return range(1, half + 1), range(half + 1, self.line_keys + 1)

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Keys that it takes by name and that none of its clusters has."""
        placed = {key for cluster in self.body for row in cluster for key in row} | {*self.foot}
        return tuple(key for key in self.keys if key not in placed)

    @property
    def missing(self) -> tuple[str, ...]:
        """Keys of other models that this one ignores, by kind where all of it are missing."""
        groups = (("softkeys", "Soft1"), ("navigation", "NavUp"), ("line keys", "Line1"))
        kinds = tuple(name for name, key in groups if not self.has(key))
        return (*kinds, *(key for key in _DESK if not self.has(key)))

    def spelled(self, key: str) -> str:
        """How the model spells a key in `Ui SendKey`."""
        return self.spelling.get(key, key)

    def answer_keys(self, line: int) -> tuple[str, ...]:
        """What takes a call that rings on a line, likeliest first: no command answers, so a key does (inferred)."""
        return tuple(key.format(line=line) for key in self.answers_by)


_DESK_SPELLING = {"VolDwn": "VolDown"}
_NAVIGATED = (*_KEYPAD, *_NAVIGATION, *_FIXED, *_DESK)

MODELS = {
    model.number: model
    for model in (
        PhoneModel("9811", 6, 4, False, is_secondhand=True, keys=_NAVIGATED, spelling=_DESK_SPELLING),
        PhoneModel("9821", 6, 4, False, is_secondhand=True, keys=_NAVIGATED, spelling=_DESK_SPELLING),
        PhoneModel("9841", 4, 4, False, keys=_NAVIGATED, spelling=_DESK_SPELLING),
        PhoneModel("9851", 6, 4, False, keys=_NAVIGATED, spelling=_DESK_SPELLING),
        PhoneModel("9861", 10, 4, False, keys=_NAVIGATED, spelling=_DESK_SPELLING),
        PhoneModel("9871", 16, 0, True, body=_TOUCH_BODY, keys=(*_KEYPAD, *_FIXED, *_DESK), spelling=_DESK_SPELLING),
        PhoneModel(
            "8875",
            16,
            0,
            True,
            has_line_keys=False,
            body=_VIDEO_BODY,
            keys=(*_KEYPAD, *_FIXED),
            answers_by=("Speaker",),
        ),
    )
}

GENERIC = PhoneModel("", 6, 4, False, keys=_NAVIGATED)
"""Stands in for an unknown model: every key is offered, spelled canonically."""


def model_number(product_id: str | None) -> str | None:
    """`DP-9851` → `9851`; None where there is no four-digit number."""
    match = re.search(r"\d{4}", product_id or "")
    return match[0] if match else None


def model(product_id: str | None) -> PhoneModel:
    """The model of a `ProductId`; GENERIC for an unknown one."""
    return MODELS.get(model_number(product_id) or "", GENERIC)


def canonical_key(word: str) -> str | None:
    """The canonical name of a key typed by a person, in any case; digits, `*` and `#` too. None if there is none."""
    if word in _DIGITS:
        return _DIGITS[word]
    folded = word.casefold()
    alone = {key.casefold(): key for key in _NAVIGATED} | {"voldown": "VolDwn", "navdown": "NavDwn"}
    if folded in alone:
        return alone[folded]
    match = _NUMBERED.fullmatch(word[:1].upper() + word[1:].lower())
    return match[0] if match and (numeric.integer(match[2]) or 0) <= _LIMITS[match[1]] else None


class SoftkeyLabel(NamedTuple):
    """A softkey's label, and its short form."""

    label: str
    short: str
    """In six letters."""


_NONE = SoftkeyLabel("", "")
_REDIAL, _NEW_CALL = SoftkeyLabel("Redial", "Redial"), SoftkeyLabel("New call", "New")
_FORWARD, _DND = SoftkeyLabel("Forward", "Fwd"), SoftkeyLabel("DND", "DND")
_DIRECTORY, _END = SoftkeyLabel("Contacts", "Contac"), SoftkeyLabel("End call", "End")
_ANSWER, _DECLINE = SoftkeyLabel("Answer", "Answer"), SoftkeyLabel("Decline", "Reject")
_HOLD, _RESUME = SoftkeyLabel("Hold", "Hold"), SoftkeyLabel("Resume", "Resume")
_CONFERENCE, _TRANSFER = SoftkeyLabel("Confer.", "Conf"), SoftkeyLabel("Transfer", "Xfer")

DEFAULTS: Mapping[Phase, tuple[SoftkeyLabel, ...]] = MappingProxyType(
    {
        Phase.IDLE: (_REDIAL, _DIRECTORY, _FORWARD, _DND),
        Phase.ALERTING: (_ANSWER, _DECLINE, SoftkeyLabel("Ignore", "Ignore"), _NONE),
        Phase.SETUP: (_NONE, _END, _NONE, _NONE),
        Phase.TALK: (_HOLD, _END, _CONFERENCE, _TRANSFER),
        Phase.HELD: (_RESUME, _END, _NEW_CALL, _REDIAL),
        Phase.ENDING: (_NONE, _END, _NONE, _NONE),
    }
)
"""By the state of the call in the foreground: inferred, as above. Of states that are not here nothing is known."""
_FOREGROUND = (Phase.ALERTING, Phase.SETUP, Phase.TALK, Phase.HELD, Phase.ENDING)
"""Whose keys are shown where there are several calls: what rings comes first."""


def softkey_labels(calls: Iterable[Call], *, is_known_idle: bool) -> tuple[SoftkeyLabel, ...]:
    """The labels of the keys from the left; empty where the phone's calls tell nothing to go by."""
    phases = {call.phase for call in calls}
    found = next((phase for phase in _FOREGROUND if phase in phases), None)
    if found is not None:
        return DEFAULTS[found]
    return DEFAULTS[Phase.IDLE] if is_known_idle and phases <= {Phase.IDLE} else ()
