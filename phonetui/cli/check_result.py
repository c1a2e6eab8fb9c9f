"""What one check of `phonetui doctor` saw, and what to do about it."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "warning", "failed"]
MARKS: Mapping[State, str] = {"ok": "ok", "note": "-", "warning": "!", "failed": "FAILED"}
_INDENT = 23
"""Columns before a finding's words."""


@dataclass(frozen=True, slots=True)
class Finding:
    topic: str
    state: State
    text: str
    advice: str = ""
    """What to do; empty where nothing is to be done."""

    def as_text(self) -> str:
        """A line, and one with the advice."""
        advice = f"\n{'':<{_INDENT}}→ {self.advice}" if self.advice else ""
        return f"{MARKS[self.state]:<7} {self.topic:<14} {self.text}{advice}"

    def as_object(self) -> dict[str, str]:
        return {"topic": self.topic, "state": self.state, "text": self.text, "advice": self.advice}


Check = Callable[[argparse.Namespace], Iterator[Finding]]
"""Asks nothing on the network, and writes nothing."""
