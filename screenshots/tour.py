"""Takes README's animated picture: the demo opens, `n` goes to the problem, `enter` opens its call, `y` copies it.

    python -m screenshots.tour

Needs Pillow and the fonts of `raster.py`. What comes out is `screenshots/tour.gif`, ten seconds that begin anew.
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent))  # as for the other scripts

from PIL import Image
from raster import png
from take import WIDE, Picture, offline, opened

TARGET = Path(__file__).parent / "tour.gif"
WIDTH = 800
"""Pixels across: of a README's column."""
COLOURS = 32
LEAD_S = 40.0
"""Until the demo's call is in trouble and its graphs have something to show."""
STEPS: tuple[tuple[str, float, int], ...] = (
    ("", 0.0, 2000), ("n", 0.5, 1800), ("n", 0.5, 2000), ("enter", 2.0, 2600), ("y", 0.5, 1600),
)  # fmt: skip
"""A key, how long it takes to be painted, and for how many milliseconds it is shown."""


async def main() -> None:
    frames: list[Image.Image] = []
    with TemporaryDirectory() as made:
        async with opened(Picture("tour", WIDE)) as app:
            async with app.run_test(size=WIDE, notifications=True, tooltips=True) as pilot:
                await asyncio.sleep(LEAD_S)
                for number, (key, wait_s, _) in enumerate(STEPS):
                    if key:
                        await pilot.press(key)
                    await asyncio.sleep(wait_s)
                    await pilot.pause()
                    drawn, file = app.export_screenshot(title="phonetui demo"), Path(made) / f"{number}.svg"
                    await asyncio.to_thread(file.write_text, offline(drawn), "utf-8")
                    await asyncio.to_thread(png, file, file.with_suffix(".png"))
                    frames.append(await asyncio.to_thread(_frame, file.with_suffix(".png")))
            await app.settle()
    frames[0].save(
        TARGET,
        save_all=True,
        append_images=frames[1:],
        duration=[shown for _, _, shown in STEPS],
        loop=0,
        optimize=True,
    )
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")


def _frame(file: Path) -> Image.Image:
    with Image.open(file) as picture:
        height = round(picture.height * WIDTH / picture.width)
        small = picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
        return small.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


if __name__ == "__main__":
    asyncio.run(main())
