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


MOST_DATACLASSES = 8
_AFTER_THE_FIRST_FRAME = (
    "aiohttp", "asyncssh", "httpx", "logging.handlers", "phonetui.archive", "phonetui.config.schema", "phonetui.monitor", "phonetui.phone.observe",
    "phonetui.transport", "phonetui.webex", "phonetui.xapi.catalog", "phonetui.xapi.command", "phonetui.xapi.xml", "plotext", "segno", "sqlite3",
    "websockets", "xml",
)  # fmt: skip
_FIRST_FRAME = """
import asyncio, sys
from phonetui.cli.dashboard import startup_fleet
from phonetui.config.reader import load, with_phones
from phonetui.storage.writer import StorageNotices
from phonetui.ui.app import PhonetuiApp


async def main():
    config = with_phones(load(None, environ={"PHONETUI_CONFIG": "", "HOME": "/nowhere"}), ["https://xapi@192.0.2.1"])
    app = PhonetuiApp(startup_fleet(config, print, StorageNotices()), config)
    app._watch = lambda: None  # what it loads comes after the first frame
    async with app.run_test(size=(120, 36)):
        print(*sys.modules)
        print(*sorted({value.__name__ for name, module in sys.modules.items() if name.startswith("phonetui.")
                       for value in vars(module).values() if isinstance(value, type)
                       and value.__module__.startswith("phonetui.") and "__dataclass_fields__" in vars(value)}))

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def first_frame() -> tuple[list[str], list[str]]:
    """The modules that are loaded by then, and the program's classes that are dataclasses."""
    ran = subprocess.run([sys.executable, "-c", _FIRST_FRAME], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    loaded, made = ran.stdout.splitlines()
    return loaded.split(), made.split()


def test_values_before_the_first_frame_are_no_dataclasses(first_frame: tuple[list[str], list[str]]) -> None:
    """Each takes half a millisecond to define, which is fifty times what a Struct takes."""
    _, made = first_frame
    print(*made)
    assert len(made) <= MOST_DATACLASSES


def test_the_first_frame_loads_no_network_no_store_and_no_webex(first_frame: tuple[list[str], list[str]]) -> None:
    loaded, _ = first_frame
    assert "phonetui.ui.main.screen" in loaded
    late = [
        name for name in loaded if any(name == late or name.startswith(f"{late}.") for late in _AFTER_THE_FIRST_FRAME)
    ]
    assert late == []
