"""The words of a dialog: names in them may be of any length, and its keys must stay on the screen."""

from textual.content import Content
from textual.widgets import Static

from phonetui.ui.row import clip

_QUESTION, _MORE = 240, 700
"""Cells: four rows and a dozen."""


def question(words: str) -> Static:
    return Static(Content(clip(words, _QUESTION)), classes="question")


def more(words: str) -> Static:
    """What is at stake, or what to type."""
    return Static(Content(clip(words, _MORE)), classes="more")
