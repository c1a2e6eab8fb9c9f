"""Which lamp answered a key: what changed on the phone since the key was pressed, told beside it.

A phone says nothing of a key but that it took it; whether anything came of it, its lamps show. A lamp that changes
within `ANSWER_S` after a press is the answer to the latest key before: a guess, as the far end may have acted, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from phonetui.phone.state import Light, Phone
from phonetui.ui.key_queue import Press
from phonetui.ui.text.format import light

ANSWER_S = 5.0
"""A lamp is pushed at once, or read at the next poll."""
_OWN = {"Mute": "mute", "Headset": "headset", "Speaker": "speaker", "Messages": "MWI"}
"""The lamp that lies in or belongs to a key."""


def lamps(phone: Phone) -> dict[str, Light]:
    """By name, as far as the phone tells of them."""
    lit = phone.lights
    named = {"MWI": lit.message, "mute": lit.mute, "headset": lit.headset, "speaker": lit.speaker}
    named |= {f"line {line.index}": line.light for line in phone.lines}
    return {name: value for name, value in named.items() if value is not None}


@dataclass(slots=True)
class LampAnswers:
    """Of one phone, by the number of the press."""

    answers: dict[int, str] = field(default_factory=dict)
    _before: Mapping[str, Light] | None = None
    _press: Press | None = None
    _pressed_at: float = 0.0

    def update(self, phone: Phone | None, press: Press | None, at: float) -> None:
        """What is known now; `press` is the latest, `at` in monotonic seconds. To be called whenever either changed."""
        if phone is None:
            return
        now = lamps(phone)
        if press is not None and (self._press is None or press.number != self._press.number):
            self._press, self._pressed_at = press, at
            self._before = now if self._before is None else self._before
        before, self._before = self._before, now
        if before is None or self._press is None or at - self._pressed_at > ANSWER_S:
            return
        changed = [name for name, value in now.items() if before.get(name) not in (None, value)]
        if changed:
            words = (_words(name, now[name], self._press.key) for name in changed)
            told = self.answers.get(self._press.number)
            self.answers[self._press.number] = ", ".join(filter(None, (told, *words)))


def _words(name: str, value: Light, key: str) -> str:
    """`lamp: green, slow`, with the lamp's name where it isn't the key's own."""
    _, _, lit = light(value).text.partition(" ")
    whose = "lamp" if _OWN.get(key) == name else f"lamp {name}"
    return f"{whose}: {lit.replace(' ', ', ', 1)}"
