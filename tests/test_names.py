"""Names are the field's own: each class once, modules by nouns, and none of the words that were given up."""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path as File

import pytest

from tests.sources import texts, trees, within

NOUNS = {"grading", "leg_matching", "matching", "pairing", "recording"}
"""Of the field's words those that end like participles."""

_TABLE = (File(__file__).parent / "old_names.toml").read_text()
OLD = {kind: set(words.split()) for kind, words in tomllib.loads(_TABLE).items()}
"""Classes, modules and words of a private language that was given up."""


@cache
def _classes() -> tuple[tuple[str, File], ...]:
    return tuple(
        (node.name, module)
        for module, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    )


def test_a_class_name_occurs_once() -> None:
    places = defaultdict(list)
    for name, module in _classes():
        places[name].append(within(module))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_module_is_named_by_a_participle() -> None:
    stems = {module.stem for module in texts()}
    assert {stem for stem in stems - NOUNS if stem.endswith(("ing", "ed")) and not stem.endswith("bed")} - {
        "masked"
    } == set()


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "manager", "misc"])
def test_no_module_is_named_by_nothing(word: str) -> None:
    assert [module for module in texts() if word in module.stem.split("_")] == []


def test_the_old_names_are_gone() -> None:
    assert sorted({name for name, _ in _classes()} & OLD["classes"]) == []
    assert sorted({module.stem for module in texts()} & OLD["modules"]) == []


def _named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Attribute):
            yield node.attr


def test_the_old_words_name_nothing() -> None:
    found = {within(module): sorted(set(_named(tree)) & OLD["words"]) for module, tree in trees().items()}
    assert {module: words for module, words in found.items() if words} == {}
