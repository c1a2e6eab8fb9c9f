"""The table of what opens at a key: everything in it is there, and nothing of it is loaded before it is wanted."""

import ast
import subprocess
import sys
from pathlib import Path as File

import pytest

from phonetui.ui import screens


def test_types_and_table_name_the_same() -> None:
    tree = ast.parse(File(screens.__file__).read_text(encoding="utf-8"))
    typed = {
        (node.module or "", name.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if (node.module or "").startswith("phonetui.ui.")
    }
    assert {(module, name) for name, module in screens._MODULES.items()} == typed  # type: ignore[attr-defined]  # hidden from mypy, which reads the imports


def test_each_can_be_opened_and_no_other() -> None:
    for name in screens._MODULES:  # type: ignore[attr-defined]  # as above
        assert callable(getattr(screens, name))
    with pytest.raises(AttributeError, match="NoSuchScreen"):
        _ = screens.NoSuchScreen  # type: ignore[attr-defined]  # that is the point


def test_the_table_loads_none_of_them() -> None:
    code = "import sys, phonetui.ui.screens; print(*(name for name in sys.modules if name.startswith('phonetui.ui.')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == ["phonetui.ui.screens"]
