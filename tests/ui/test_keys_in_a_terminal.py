"""Every key of every model, typed into the program in a real terminal, arrives at a simulated phone over real sockets."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path as File

import pytest

from phonetui.phone.models import MODELS
from phonetui.simulator import hardware
from phonetui.ui.control.keypad import key_names
from phonetui.ui.keyboard import KEY_OF
from tests.live import PASSWORD, served
from tests.terminal import Terminal
from tests.ui.test_every_key import arrivals, sent

HERE = File(__file__).parents[2]
NUMBERS = [model.name for model in hardware.MODELS]
TYPED = {
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "enter": "\r", "asterisk": "*",
    "number_sign": "#", "plus": "+", "minus": "-", "pagedown": "\x1b[6~", "space": " ",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", **{f"alt+{digit}": f"\x1b{digit}" for digit in range(1, 10)},
}  # fmt: skip
"""What a common terminal sends for keys that are no letter or digit."""


@asynccontextmanager
async def keys_screen(number: str, folder: File) -> AsyncIterator[Terminal]:
    """The program in a terminal, with its keyboard given to the simulated phone of that model."""
    async with served(phones=len(NUMBERS)) as office:
        phone = next(each for each in office.phones if each.device.model.name == number)
        (folder / "phones.toml").write_text(
            f'[[phone]]\nname = "desk"\nurl = "{phone.url}"\n'
            f'username = "{phone.username}"\npassword = {{ env = "DESK_PASSWORD" }}\nfingerprint = "{phone.fingerprint}"\n'
            f'control = "on"\n[feedback]\nlisten = "off"\n'
        )
        places = {name: str(folder / name) for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")}
        terminal = Terminal(
            [sys.executable, "-m", "phonetui", "--config", str(folder / "phones.toml")],
            environment={"PYTHONPATH": str(HERE), "HOME": str(folder), "DESK_PASSWORD": PASSWORD, **places},
            folder=folder,
        )
        try:
            await asyncio.to_thread(terminal.until, "idle", 20.0)
            await asyncio.to_thread(terminal.press, "i")
            await asyncio.to_thread(terminal.until, "CONTROL: keys go to desk")
            yield terminal
        finally:
            if terminal.status is None:
                await asyncio.to_thread(terminal.close, "\x11")


@pytest.mark.slow
@pytest.mark.parametrize(
    "number", [number if number == "9851" else pytest.param(number, marks=pytest.mark.long) for number in NUMBERS]
)
async def test_every_key_that_is_typed_arrives(number: str, tmp_path: File) -> None:
    """By its own key of the keyboard, else by walking to it and the space bar."""
    of = MODELS[number]
    keys = key_names(of)
    with arrivals() as arrived:
        async with keys_screen(number, tmp_path) as terminal:
            chosen = 0
            for place, key in enumerate(keys):
                if key in KEY_OF:
                    typed = [KEY_OF[key]]
                else:
                    typed, chosen = ["pagedown"] * (place - chosen) + ["space"], place
                for one in typed:
                    terminal.send(TYPED.get(one, one))
                    await asyncio.sleep(0.01)  # a person's keys don't come in one read
                await asyncio.to_thread(terminal.wait_for, lambda: len(arrived) > place, f"{key} arrives")  # noqa: B023
            shown = terminal.text
    assert arrived == sent(of, keys)
    assert "✓" in shown
    print(f"\n{number}: {len(keys)} keys typed, {len(arrived)} arrived", end="")
