"""A hundred simulated phones, most of them in trouble, as a process of its own: what a bad day in a big office is.

    python -m tests.faults.mixed_office PHONES FOLDER

Writes `phones.json` once all listen, then `asked.json` now and then: how often each sound phone was asked so far. Ends
by SIGTERM.
"""

import asyncio
import json
import random
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path as File

from phonetui import private
from phonetui.simulator.phone import SimulatedPhone
from phonetui.simulator.server import Settings, serve
from tests.live import PASSWORD

SHARES = {"hang": 0.3, "reboots": 0.2, "html": 0.1}
"""Of the phones; the others are sound."""
COUNT_S = 2.0
"""Between two counts."""
UP_S, STARTING_S, DOWN_S = 40.0, 5.0, 15.0
"""Of a phone that reboots again and again."""


def parted(phones: Sequence[SimulatedPhone]) -> dict[str, list[SimulatedPhone]]:
    """By what is wrong with them; "" for the sound ones."""
    left, parts = list(phones), {}
    for trouble, share in SHARES.items():
        count = round(share * len(phones))
        parts[trouble], left = left[:count], left[count:]
    return {**parts, "": left}


async def reboots(phone: SimulatedPhone, rng: random.Random) -> None:
    """Up, gone from the network, there without xAPI, up again."""
    while True:
        await asyncio.sleep(UP_S * rng.uniform(0.5, 1.5))
        await phone.refuse()
        await asyncio.sleep(DOWN_S)
        phone.fault = "502"
        await phone.accept()
        await asyncio.sleep(STARTING_S)
        phone.fault = None


class Asked:
    """How often each phone was asked for what it is asked for most: its whole tree, or its calls."""

    def __init__(self, phones: Sequence[SimulatedPhone]) -> None:
        self._targets = {phone.name: Counter[str]() for phone in phones}
        self._phones = phones
        self._seen = dict.fromkeys(self._targets, 0)

    def counts(self) -> dict[str, int]:
        for phone in self._phones:
            asked = phone.requests
            self._targets[phone.name].update(f"{each.path} {each.location}" for each in asked[self._seen[phone.name] :])
            self._seen[phone.name] = len(asked)
        return {name: max(targets.values(), default=0) for name, targets in self._targets.items()}


async def main(count: int, folder: File) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with serve(Settings(phones=count, seed=7, scenario="office", password=PASSWORD)) as office:
        parts = parted(office.phones)
        for trouble in ("hang", "html"):
            for phone in parts[trouble]:
                phone.fault = trouble
        rng = random.Random(7)
        rebooting = [asyncio.create_task(reboots(phone, rng)) for phone in parts["reboots"]]
        told = [{"name": phone.name, "url": phone.url, "fingerprint": phone.fingerprint} for phone in office.phones]
        private.write(folder / "phones.json", json.dumps(told))
        asked = Asked(parts[""])
        while not ended.is_set():
            private.write(folder / "asked.json", json.dumps(asked.counts()))
            with suppress(TimeoutError):
                async with asyncio.timeout(COUNT_S):
                    await ended.wait()
        for task in rebooting:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), File(sys.argv[2])))
