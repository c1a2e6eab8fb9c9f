"""Commands through a jump host, in processes of their own and without a terminal."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from phonetui.simulator.server import SimulatedPhone
from tests.live import PASSWORD, served
from tests.tunnel.sshd import Sshd, needs_sshd, sshd

pytestmark = needs_sshd


async def phonetui(*words: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "phonetui",
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PHONETUI_PASSWORD": PASSWORD},
    )
    output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()


@asynccontextmanager
async def configured(tmp_path: Path, *, known: bool) -> AsyncIterator[tuple[str, SimulatedPhone, Sshd]]:
    async with served() as office, sshd(tmp_path / "bastion") as bastion:
        (phone,) = office.phones
        file = bastion.known_hosts(tmp_path / "known") if known else tmp_path / "none"
        config = bastion.folder / "config.toml"
        config.write_text(
            f'[jump.bastion]\nhost = "{bastion.address}"\nport = {bastion.port}\nuser = "{bastion.user}"\n'
            f'key_file = "{bastion.key}"\nknown_hosts = "{file}"\n'
            f'[[phone]]\nname = "lobby"\nurl = "{phone.url}"\njump = "bastion"\ntimeout_s = 5\n'
        )
        yield str(config), phone, bastion


async def test_status_and_trust(tmp_path: Path) -> None:
    async with configured(tmp_path, known=True) as (config, phone, _):
        code, output, _ = await phonetui("--config", config, "status", "lobby", "SystemUnit", "ProductId")
        assert (code, output.splitlines()[-1]) == (0, "** end")
        code, output, _ = await phonetui("--config", config, "trust", "lobby")
        assert code == 0
        assert f"{phone.fingerprint} (the same)" in output


async def test_an_unknown_host_key_is_refused_without_a_terminal(tmp_path: Path) -> None:
    async with configured(tmp_path, known=False) as (config, phone, _):
        code, output, errors = await phonetui("--config", config, "status", "lobby", "--json")
        assert code == 4
        error = json.loads(output)["error"]
        assert error["kind"] == "access"
        assert "the host key of bastion is not known: ED25519 key SHA256:" in error["message"]
        assert "Traceback" not in errors
        assert phone.requests == ()


async def test_watching_says_why_in_the_contracts_word(tmp_path: Path) -> None:
    async with configured(tmp_path, known=False) as (config, _, _):
        code, output, _ = await phonetui("--config", config, "watch", "--for", "5")
        assert code == 0
        lines = [json.loads(line) for line in output.splitlines()]
        assert ("refused", "host-key") in {(told.get("state"), told.get("reason")) for told in lines}


async def test_a_jump_host_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    async with configured(tmp_path, known=True) as (config, _, bastion):
        bastion.kill()
        code, _, errors = await phonetui("--config", config, "status", "lobby")
        assert code == 3
        assert errors.startswith("phonetui: lobby: jump host bastion (127.0.0.1 port ")
        assert "refuses connections. Does 'ssh bastion' work?" in errors
