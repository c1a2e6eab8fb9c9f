"""Options of the simulated office, and its phones' password."""

import argparse
import os

from phonetui.cli.options import count

LOOPBACK = "127.0.0.1"
PASSWORD = "phonetui"  # noqa: S105 - of phones that don't exist, as the manual says


def add_office(words: argparse.ArgumentParser) -> None:
    words.add_argument("--phones", metavar="N", type=count, default=5, help="how many (default 5)")
    words.add_argument("--seed", metavar="S", type=int, default=1, help="another seed, another office (default 1)")
    words.add_argument("--scenario", metavar="NAME", default="office", help="what goes on in it (default office)")
    words.add_argument("--dialect", metavar="NAME", default="plain", help="how phones word it (default plain)")
    words.add_argument(
        "--media", metavar="NAME", default="model", help="call figures from a model, rtp or sip (default model)"
    )


def password() -> str:
    return os.environ.get("PHONETUI_PASSWORD") or PASSWORD
