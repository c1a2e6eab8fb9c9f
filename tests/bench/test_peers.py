"""What other terminal programs on the same toolkit cost, where they are installed, beside this one.

pytest -s tests/bench/test_peers.py; `PHONETUI_PEERS` names a folder of programs to look in before the path.
"""

import os
import shutil
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path as File
from random import Random

import psutil
import pytest

from tests.bench.test_screen import cost
from tests.terminal import Terminal

pytestmark = [pytest.mark.bench, pytest.mark.slow, pytest.mark.live]
KEYS = 60
IDLE_S = 10.0


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    arguments: tuple[str, ...]
    words: str
    """Stand in its first frame."""
    keys: tuple[str, str] = ("\t", "\x1b[Z")
    """Two that move something to and fro."""


OURS = Peer("phonetui", ("demo", "--scenario", "quiet"), "Phones", ("j", "k"))
PEERS = (
    Peer("posting", (), "Collection"),
    Peer("dolphie", ("--tab-setup",), "Connect to a Host"),
    Peer("harlequin", (":memory:",), "Query"),
)


def command(peer: Peer) -> list[str] | None:
    if peer is OURS:
        return [sys.executable, "-m", "phonetui", *peer.arguments]
    folders = os.pathsep.join(filter(None, (os.environ.get("PHONETUI_PEERS"), os.environ.get("PATH"))))
    found = shutil.which(peer.name, path=folders)
    return [found, *peer.arguments] if found else None


def measured(peer: Peer, words: list[str], folder: File) -> str:
    terminal = Terminal(words, environment={"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")})
    try:
        terminal.pump(15.0, lambda: peer.words in terminal.text)
        first_s = terminal.heard_at - terminal.began
        if peer is not OURS and peer.words not in terminal.text:
            pytest.skip(f"{peer.name} drew no '{peer.words}' within 15 s")
        terminal.pump(5.0)
        written, cpu = cost(terminal, IDLE_S)
        paints = sorted(paints_s(terminal, peer.keys))
        program = psutil.Process(terminal.process)
        memory = sum(each.memory_info().rss for each in (program, *program.children(recursive=True)))
    finally:
        terminal.close("\x11", 2.0)
    painted = "no key was seen to paint"
    if paints:
        painted = f"key p50 {1e3 * statistics.median(paints):5.1f} p99 {1e3 * paints[int(len(paints) * 0.99)]:5.1f} ms"
    return (
        f"{peer.name:10} first frame {1e3 * first_s:5.0f} ms   {painted}   "
        f"idle {written:6.0f} bytes/s {cpu:5.2f} % of a core   {memory / 2**20:4.0f} MB"
    )


def paints_s(terminal: Terminal, keys: tuple[str, str]) -> list[float]:
    """From each key to the first bytes that follow it, at moments that know nothing of the program's own timers."""
    random = Random(3)
    found = []
    for place in range(KEYS):
        took = terminal.paint_s(keys[place // 5 % 2], lambda: len(terminal.output), 0.5)
        if took is not None:
            found.append(took)
        terminal.pump(random.uniform(0.05, 0.12))
    return found


@pytest.mark.parametrize("peer", [OURS, *PEERS], ids=lambda peer: peer.name)
def test_beside_its_peers(peer: Peer, tmp_path: File) -> None:
    words = command(peer)
    if words is None:
        pytest.skip(f"{peer.name} is not installed")
    said = measured(peer, words, tmp_path)
    print(f"\n{said}")
    assert peer.name in said
