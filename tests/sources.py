"""The package's modules as text and as syntax trees, for tests that hold them to rules: read and parsed once."""

import ast
import gc
from collections.abc import Mapping
from functools import cache
from pathlib import Path as File

ROOT = File(__file__).parent.parent
PACKAGE = ROOT / "phonetui"


@cache
def texts() -> Mapping[File, str]:
    """By module, in the order of their names."""
    return {module: module.read_text("utf-8") for module in sorted(PACKAGE.rglob("*.py"))}


@cache
def trees() -> Mapping[File, ast.Module]:
    """By module. Costs seconds of a processor: for tests, not for their parameters, which every worker collects."""
    gc.disable()  # a million objects that stay: walking through them takes longer than making them
    try:
        return {module: ast.parse(text) for module, text in texts().items()}
    finally:
        gc.freeze()
        gc.enable()


def within(module: File) -> str:
    """A module's place in the package."""
    return str(module.relative_to(PACKAGE))
