"""Takes the pictures of this folder from the running demo: python screenshots/take.py [NAME …]

Every picture is the real program over simulated phones, headless, at the size and in the theme that its name says, and
those of Webex over the tests' own Webex besides. SVG always; PNG too where Pillow and DejaVu Sans Mono are installed.
Nothing is drawn by hand.

    python screenshots/take.py --size 200x60 --into FOLDER     every screen at another size, to be looked at
"""

import argparse
import asyncio
import contextlib
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from textual.pilot import Pilot

from phonetui.cli.demo import declare, demo_fleet
from phonetui.config.settings import Config, UiSettings
from phonetui.recording.reader import Recording
from phonetui.recording.replay import ReplayFleet
from phonetui.ui.app import PhonetuiApp

HERE = Path(__file__).parent
INCIDENT = HERE.parent / "phonetui/recording/incident.ptrec"
sys.path.insert(0, str(HERE.parent))  # the tests' own Webex
SEED, PHONES = 7, 8
SETTLED_S = 25.0
"""Long enough for a call to be past its minimum of packets and seconds."""
WIDE, SMALL = (120, 36), (80, 24)

Steps = Callable[["Pilot[None]"], Awaitable[None]]


def typed(*keys: str, wait_s: float = 1.5) -> Steps:
    async def type_them(pilot: "Pilot[None]") -> None:
        for key in keys:
            await pilot.press(key)
            await asyncio.sleep(0.8)  # a dialog takes no key that came before it was painted
        await asyncio.sleep(wait_s)

    return type_them


AS_IT_IS = typed()


class Picture(Struct, frozen=True):
    name: str
    size: tuple[int, int]
    theme: str = "dark"
    steps: Steps = AS_IT_IS
    scenario: str = "office"
    phones: int = PHONES
    webex: bool = False
    """Over an organization in Webex, with phones that only Webex knows."""
    is_replay: bool = False
    """Over the recorded incident of `demo --replay`."""

    @property
    def file(self) -> str:
        return f"{self.name}-{self.size[0]}x{self.size[1]}-{self.theme}"


TROUBLE = ("n", "n")
"""To the phone whose call loses packets: the second problem of this office."""

SAID = (*"Call Dial Number=5004", "enter", "y", *"HttpFeedback Register ", "tab")
"""A command that is answered, and the beginning of another one."""

CALLED_S = 60.0
"""Long enough for some calls to be over."""

POOR = ("c", "slash", *"grade:poor", "enter")
"""The call that loses packets, among those remembered."""

ADOPTED = (*("1", "home"), *("down",) * 7, "enter")
"""A phone that only Webex knows, watched from then on."""

STAGED = (
    *("slash", *"volume", "enter", "enter", "ctrl+u", *"70", "enter", "escape"),
    *("slash", *"theme", "enter", "enter", "down", "enter", "escape"),
)
"""Two edits among all keys."""

MESH = ("M", "o", *("tab",) * 12, "enter", "n", "y", *("down",) * 4)
"""A full mesh of twelve phones, and the cursor on a cell whose one half is bad."""

MESH_S = 230.0
"""Seven of its eleven rounds."""

PICTURES = (
    Picture("main", WIDE, steps=typed(*TROUBLE)),
    Picture("main", WIDE, "light", typed(*TROUBLE)),
    Picture("main", SMALL, steps=typed(*TROUBLE)),
    Picture("main", SMALL, "light", typed(*TROUBLE)),
    Picture("control", WIDE, steps=typed("d")),
    Picture("dial", WIDE, steps=typed("d", "y", "5", "0", "0", "4")),
    Picture("dial", SMALL, steps=typed("d", "y", "5", "0", "0", "4")),
    Picture("keys", WIDE, steps=typed("i", "y", "5", "0", "0", "4", wait_s=2.5)),
    Picture("keys", SMALL, steps=typed("i", "y", "5", "0", "0", "4", wait_s=2.5)),
    Picture("beside", WIDE, steps=typed("right_square_bracket", "i", "y", "5", "f5", wait_s=2.5)),
    Picture("picture", WIDE, steps=typed("right_square_bracket", "s", wait_s=2.5)),
    Picture("picture", SMALL, steps=typed("right_square_bracket", "s", wait_s=2.5)),
    Picture("status", WIDE, steps=typed("x", wait_s=8.0)),
    Picture("status", SMALL, steps=typed("x", wait_s=8.0)),
    Picture("alerts", WIDE, steps=typed("a", "down")),
    Picture("alerts", SMALL, steps=typed("a", "down")),
    Picture("chart", WIDE, steps=typed(*TROUBLE, "g", "minus", "down", "left", "left", "left", wait_s=CALLED_S)),
    Picture("chart", SMALL, steps=typed(*TROUBLE, "g", "minus", "down", "left", "left", "left", wait_s=CALLED_S)),
    Picture("events", WIDE, steps=typed("e", wait_s=CALLED_S)),
    Picture("events", SMALL, steps=typed("e", wait_s=CALLED_S)),
    Picture("command", WIDE, steps=typed("colon", *SAID)),
    Picture("command", SMALL, steps=typed("colon", *SAID)),
    Picture("calls", WIDE, steps=typed("c", wait_s=CALLED_S)),
    Picture("calls", SMALL, steps=typed("c", wait_s=CALLED_S)),
    Picture("card", WIDE, steps=typed(*POOR, "enter", wait_s=CALLED_S)),
    Picture("card", SMALL, steps=typed(*POOR, "enter", wait_s=CALLED_S)),
    Picture("call", WIDE, steps=typed("n", "n", "enter", wait_s=CALLED_S)),
    Picture("fleet", WIDE, steps=typed("f")),
    Picture("fleet", SMALL, steps=typed("f")),
    Picture("zoom", WIDE, steps=typed(*TROUBLE, "2", "z")),
    Picture("hangup", WIDE, steps=typed(*TROUBLE, "H")),
    Picture("copy", WIDE, steps=typed(*TROUBLE, "y")),
    Picture("explain", WIDE, steps=typed(*TROUBLE, "2", "f1")),
    Picture("filter", WIDE, steps=typed("slash", *"model:9871")),
    Picture("help", WIDE, steps=typed("question_mark")),
    Picture("help", SMALL, steps=typed("question_mark")),
    Picture("palette", WIDE, steps=typed("ctrl+p")),
    Picture("tree", WIDE, steps=typed(*ADOPTED, wait_s=8.0), webex=True),
    Picture("tree", SMALL, steps=typed("1", "z"), webex=True),
    *(Picture("webex", size, steps=typed("w"), webex=True) for size in (WIDE, SMALL)),
    Picture("configuration", WIDE, steps=typed("w", "c", *STAGED), webex=True),
    Picture("linekeys", WIDE, steps=typed("w", "l", "c", "enter"), webex=True),
    Picture("jobs", WIDE, steps=typed("W"), webex=True),
    *(Picture("mesh", size, steps=typed(*MESH, wait_s=MESH_S), scenario="mesh", phones=12) for size in (WIDE, SMALL)),
    *(
        Picture(name, size, steps=typed(*("n",) * problems, wait_s=6.0), is_replay=True)
        for name, problems in (("replay-bursts", 2), ("replay-one-way", 3), ("replay-restart", 4))
        for size in (WIDE, SMALL)
    ),
)


def asked(picture: Picture) -> argparse.Namespace:
    """The demo's own options, as if typed."""
    words = argparse.ArgumentParser()
    declare(words)
    typed_words = ["--phones", str(picture.phones), "--seed", str(SEED), "--scenario", picture.scenario]
    return words.parse_args(typed_words, argparse.Namespace(read_only=False))


@contextlib.asynccontextmanager
async def opened(picture: Picture) -> AsyncIterator[PhonetuiApp]:
    config = Config(ui=UiSettings(theme=f"phonetui-{picture.theme}"))
    if picture.is_replay:
        replay = ReplayFleet(Recording(INCIDENT))
        yield PhonetuiApp(replay, replace(config, quality=replay.thresholds), title="recorded incident")
    elif picture.webex:
        from organization import organization

        async with organization(config, phones=PHONES, seed=SEED) as fleet:
            yield PhonetuiApp(fleet, config, demo=True)
    else:
        yield PhonetuiApp(demo_fleet(config, asked(picture)), config, demo=True)


async def take(picture: Picture, into: Path = HERE) -> None:
    async with opened(picture) as app:
        async with app.run_test(size=picture.size, notifications=True, tooltips=True) as pilot:
            await asyncio.sleep(2.0 if picture.is_replay else SETTLED_S)
            await picture.steps(pilot)
            await pilot.pause()
            drawn = app.export_screenshot(title="phonetui demo")
        await app.settle()
    file = into / f"{picture.file}.svg"
    await asyncio.to_thread(file.write_text, offline(drawn), "utf-8")
    print(file.name)
    await asyncio.to_thread(rasterize, file)


def offline(drawn: str) -> str:
    """The picture without fonts from elsewhere: every reader has some monospaced font, some have no dots of braille."""
    drawn = re.sub(r"@font-face\s*\{[^}]*\}", "", drawn)
    drawn = re.sub(r"<text ([^>]*>[^<]*[\u2801-\u28ff])", r"""<text style="font-family: 'DejaVu Sans'" \1""", drawn)
    return drawn.replace("Fira Code", "DejaVu Sans Mono")


def rasterize(file: Path) -> None:
    with contextlib.suppress(ImportError, OSError):  # Pillow, or the font, is missing
        from raster import png

        png(file, file.with_suffix(".png"))


async def main(typed_words: list[str]) -> int:
    """All pictures at once: each waits for its own office, none for another's."""
    words = argparse.ArgumentParser()
    words.add_argument("names", nargs="*", metavar="NAME")
    words.add_argument("--size", type=lambda word: tuple(map(int, word.split("x"))), metavar="COLUMNSxROWS")
    words.add_argument("--into", type=Path, default=HERE, metavar="FOLDER")
    asked_for = words.parse_args(typed_words)
    wanted = [picture for picture in PICTURES if not asked_for.names or picture.name in asked_for.names]
    if asked_for.size:
        resized = {
            (each.name, each.theme): replace(each, size=asked_for.size) for each in wanted if each.theme == "dark"
        }
        wanted = list(resized.values())
    for batch in (wanted[start : start + 4] for start in range(0, len(wanted), 4)):
        await asyncio.gather(*(take(picture, asked_for.into) for picture in batch))
    return 0 if wanted else 2


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
