"""The program's own words for people: what stands on the left of the table never comes back."""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from phonetui.actions import ACTIONS
from tests.sources import ROOT, trees, within

TABLE: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "words.toml").read_text())
INSTEAD = TABLE["instead"]
PATTERNS = {pattern: re.compile(pattern, re.IGNORECASE) for pattern in INSTEAD}
SHOWN = {**PATTERNS, **{pattern: re.compile(pattern) for pattern in TABLE["shown"]}}
"""What no screen shows."""


def constants(tree: ast.Module) -> Iterator[str]:
    """Every string of a module but its docstrings; of one with values in it, the parts between them as one."""
    nodes = tuple(ast.walk(tree))
    # A string that is a statement of its own is told to readers of the source, not to users.
    documented = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    inside = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "0" for part in node.values)
            yield "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (documented | inside):
            yield node.value


def found(text: str, patterns: Mapping[str, re.Pattern[str]] = PATTERNS) -> Iterator[str]:
    for pattern, compiled in patterns.items():
        if match := compiled.search(text):
            yield f"{match[0]!r}: {(INSTEAD | TABLE['shown'])[pattern]}"


def test_no_message_of_the_program_has_them() -> None:
    wrong = [
        f"{within(module)}: {words}" for module, tree in trees().items() for words in found("\n".join(constants(tree)))
    ]
    assert wrong == []


def test_no_text_that_comes_along_has_them() -> None:
    files = [*(ROOT / "phonetui").rglob("*.toml"), ROOT / "README.md", ROOT / "CHANGELOG.md"]
    assert [f"{file.name}: {words}" for file in files for words in found(file.read_text())] == []


def test_no_screen_was_seen_to_show_them() -> None:
    goldens = sorted((ROOT / "tests/ui/goldens").rglob("*.txt"))
    assert len(goldens) > 50
    assert [f"{golden.name}: {words}" for golden in goldens for words in found(golden.read_text(), SHOWN)] == []


def test_no_key_s_words_have_them() -> None:
    assert [words for action in ACTIONS for words in found(f"{action.words} {action.short}")] == []


@pytest.mark.parametrize(
    "shown",
    [
        "it is still up",
        "7.2 % gone",
        "5 min to 03:18",
        "The other end: sim-2",
        "delay 40 ms",
        "loss 4 %  line 1 call 0",
    ],
)
def test_the_table_bites(shown: str) -> None:
    assert list(found(shown, SHOWN))
