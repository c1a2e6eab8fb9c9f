"""What a phone may write where a number, a word, a date is expected; and every published leaf to write it in."""

import random
import re
from collections.abc import Mapping
from functools import cache

from phonetui.xapi.catalog import Type, phoneos
from phonetui.xapi.path import ROOT

ODD_WORDS: Mapping[str, str] = {
    "empty": "", "blank": " ", "nothing": "n/a", "dashes": "--", "null": "null", "zero": "0", "minus-zero": "-0",
    "minus-one": "-1", "one": "1", "127": "127", "255": "255", "65535": "65535", "2^31": "2147483648",
    "u32-minus-one": "4294967295", "2^53+1": "9007199254740993", "2^63": "9223372036854775808",
    "2^64-1": "18446744073709551615", "2^64": "18446744073709551616", "-2^64": "-18446744073709551616",
    "10^20": "1" + "0" * 20, "308 digits": "9" * 308, "309 digits": "9" * 309, "400 digits": "9" * 400,
    "5000 digits": "9" * 5000, "long fraction": "0." + "3" * 400, "tiny": "1e-400", "1e400": "1e400", "-1e400": "-1e400",
    "1e308": "1e308", "NaN": "NaN", "inf": "inf", "-Infinity": "-Infinity", "hex": "0xFFFFFFFF", "commas": "1,234,567",
    "arabic": "\u0663\u0664\u0665", "superscript": "\u00b2", "fullwidth": "\uff11\uff12\uff13", "days": "99999999999 days",
    "days and a clock": "99999999999 days, 02:13:02", "seconds": "99999999999", "hours": "9" * 400 + ":00:00",
    "past 9999": "10000-01-01T00:00:00Z", "year 99999": "01/01/99999 00:00:00", "9999": "9999-12-31T23:59:59+14:00",
    "year 0": "0000-00-00 00:00:00", "year 1": "0001-01-01T00:00:00-14:00", "rate": "9" * 30 + "." + "9" * 30 + " %",
    "link": "9" * 400 + " Full", "spaces": "1" + " " * 20_000 + "x", "colons": "1:" * 5_000, "very long": "x" * 50_000,
}  # fmt: skip
"""By what each is."""


@cache
def leaves(*, lines: int = 2) -> tuple[str, ...]:
    """Every leaf that is published, with its indices filled in, and the counters of both ports."""
    found: list[str] = []
    for entry in phoneos().below(ROOT):
        if entry.type is not Type.CONTAINER:
            place = " ".join(re.sub(r"\[.*", " {}", name) for name in entry.notation.split())
            second = 0 if place.startswith("Line") else 1  # the first call is call 0
            several = place.startswith(("Line", "ExtStatus", "LEDStatus Line"))
            found += (place.format(line, second) for line in range(1, lines + 1 if several else 2))
    ports = (f"Network Statistics Port {port} {name}" for port in (1, 2) for name in PORT_LEAVES)
    return (*found, *ports)


PORT_LEAVES = (
    "RxTotalPkt", "TxTotalGoodPkt", "RxCrcErr", "RxAlignErr", "RxDropPkts", "TxExcessiveCollision", "TxLateCollision",
    "CdpNeighborDeviceId", "CdpNeighborPort", "LldpNeighborDeviceId",
)  # fmt: skip
"""Unpublished; as on the web pages of the same phones."""


def number(rng: random.Random) -> str:
    """1 … 500 digits with whatever may stand around them, or a word."""
    count = rng.choice((1, 2, 3, 5, 9, 10, 19, 20, 39, 308, 309, rng.randint(1, 500)))
    digits = f"{rng.randrange(10**count):0{count}}"
    match rng.randrange(10):
        case 0:
            return f"{rng.choice('+-')}{digits}"
        case 1:
            return f"{digits}.{digits[:40]}"
        case 2:
            return f"{digits[:20]}e{rng.choice('+-')}{rng.randint(0, 500)}"
        case 3:
            return f"{digits} {rng.choice(('ms', 's', '%', 'days', 'Full', 'Mb', '>> 5'))}"
        case 4:
            return f"{digits} days, {digits[:3]}:{digits[:2]}:{digits[:2]}"
        case 5:
            return f"{digits[:5]}-{digits[:2]}-{digits[:2]}T{digits[:2]}:{digits[:2]}:{digits[:2]}Z"
        case 6:
            return rng.choice(tuple(ODD_WORDS.values()))
        case 7:
            return rng.choice(
                ("Connected", "Registered", "Idle", "1000 Full", "G722", "4.1", "12", "00:01:43", "Inbound")
            )
        case _:
            return digits
