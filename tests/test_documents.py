"""What the documents for those who work on the program mention is there."""

import ast
import re
from functools import cache

import pytest

from tests.sources import ROOT, trees

DOCUMENTS = ("ARCHITECTURE.md", "CONTRIBUTING.md")
_QUOTED = re.compile(r"`([^`\n]+)`")
_FILE = re.compile(r"[\w/.-]+\.(?:py|toml|tcss|md)|(?:phonetui|tests|screenshots|themes)/[\w/]*")
_NAME = re.compile(r"_?[A-Z]\w*(?:\.\w+)?|\w+_\w+|[a-z]+(?:\.[a-z_]+)+")


def quoted(document: str) -> list[str]:
    text = re.sub(r"```.*?```", "", (ROOT / document).read_text(), flags=re.DOTALL)
    return sorted(set(_QUOTED.findall(text)))


@cache
def defined() -> frozenset[str]:
    """Names of everything that modules define, of their attributes, and of modules themselves."""
    names = set()
    for module, tree in trees().items():
        names.add(module.stem)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                names.add(node.name)
            elif isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 60:
                names.add(node.value)
    return frozenset(names)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_mentioned_exist(document: str) -> None:
    places = [word for word in quoted(document) if _FILE.fullmatch(word) and "NAME" not in word]
    assert len(places) >= 10
    missing = [place for place in places if not any((ROOT / below / place).exists() for below in ("", "phonetui"))]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_names_that_are_mentioned_exist(document: str) -> None:
    known = defined()
    words = [word for word in quoted(document) if _NAME.fullmatch(word) and not _FILE.fullmatch(word)]
    missing = [
        word
        for word in words
        if not {word, word.rpartition(".")[2]} & known and not any(word in name for name in known)
    ]
    assert missing == []
