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


_AFTER_THE_FIRST_FRAME = (
    "aiohttp", "asyncssh", "httpx", "json", "phonetui.archive", "phonetui.monitor", "phonetui.phone.observe",
    "phonetui.transport", "phonetui.webex", "phonetui.xapi", "plotext", "segno", "sqlite3",
    "websockets", "xml",
)  # fmt: skip
_FIRST_FRAME = """
import asyncio, sys
from types import SimpleNamespace
from phonetui.config.settings import Config
from phonetui.ui.app import PhonetuiApp

fleet = SimpleNamespace(phones={}, entries=(), alerts=(), hints=(), records=(), version=0, granted=frozenset())


async def main():
    app = PhonetuiApp(fleet, Config())
    app._watch = lambda: None  # what it loads comes after the first frame
    async with app.run_test(size=(120, 36)):
        print(*sys.modules)

asyncio.run(main())
"""


def test_the_first_frame_loads_no_network_no_store_and_no_webex() -> None:
    ran = subprocess.run([sys.executable, "-c", _FIRST_FRAME], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    loaded = ran.stdout.split()
    assert "phonetui.ui.main.screen" in loaded
    late = [
        name for name in loaded if any(name == late or name.startswith(f"{late}.") for late in _AFTER_THE_FIRST_FRAME)
    ]
    assert late == []
