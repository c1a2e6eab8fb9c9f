"""The five usage examples of the PhoneOS release notes, byte for byte, from the real program."""

import asyncio
import os
import sys
from pathlib import Path as File

import pytest

from tests.live import PASSWORD, served

EXAMPLES = {
    "status SystemUnit ProductId": '*s SystemUnit ProductId: "DP-9841"\n** end\n',
    "status SystemUnit Software Version": '*s SystemUnit Software Version: "PHONEOS.3-5-1-1000"\n** end\n',
    "status Network IPv4 Address": '*s Network IPv4 Address: "192.0.2.149"\n** end\n',
    "status Network ActiveInterface": "*s Network ActiveInterface: LAN\n** end\n",
    "command Call Dial Number=5000": (
        "OK\n*r CallDialResult (status=OK):\n*r CallDialResult CallId: 0\n*r CallDialResult LineId: 1\n** end\n"
    ),
}


@pytest.mark.parametrize(
    "dialect", ["plain", *(pytest.param(name, marks=pytest.mark.slow) for name in ("websocket", "legacy"))]
)
async def test_the_examples(dialect: str, tmp_path: File) -> None:
    async with served(1, dialect=dialect) as office:
        phone = office.phones[0]
        office.set_value(phone.name, "SystemUnit Software Version", "PHONEOS.3-5-1-1000")
        office.set_value(phone.name, "Network IPv4 Address", "192.0.2.149")
        scheme = "wss" if dialect == "websocket" else "https"
        url = phone.url.replace("https://", f"{scheme}://xapi@")
        for words, expected in EXAMPLES.items():
            verb, *rest = words.split()
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "phonetui", verb, url, *rest,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
                env={**os.environ, "HOME": str(tmp_path), "PHONETUI_PASSWORD": PASSWORD},
            )  # fmt: skip
            out, err = await process.communicate()
            # the legacy dialect names a result by the command's last word, and what a phone says is shown raw
            printed = expected.replace("CallDialResult", "DialResult") if dialect == "legacy" else expected
            assert (out.decode(), process.returncode) == (printed, 0), err.decode()
