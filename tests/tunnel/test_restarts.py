"""A jump host that goes and comes back, under many phones and many times."""

import asyncio
import gc
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from phonetui.config.settings import Poll
from phonetui.phone.journal import Entry
from tests.live import served, until
from tests.tunnel.behind import all_live, followed, jump, phones_behind
from tests.tunnel.sshd import needs_sshd, sshd

pytestmark = [needs_sshd, pytest.mark.slow]

BACK_S = 10.0
"""Within which all phones are live after the jump host's return."""


async def test_fifty_phones_come_back_and_their_loss_is_told_once(tmp_path: Path) -> None:
    async with served(50) as office, sshd(tmp_path / "bastion") as bastion:
        phones = phones_behind(office, poll=Poll(call_s=1.0, idle_s=2.0, slow_s=10.0), timeout_s=5.0)
        async with followed(phones, [jump(bastion, tmp_path / "known_hosts")], push=True) as watched:
            await until(lambda: all_live(watched), 20.0)
            await until(lambda: all(phone.connection.pushes for phone in watched.fleet.phones.values()), 20.0)
            before = len(watched.fleet.entries)
            bastion.kill()
            lost = await until(
                lambda: all(phone.connection.reason == "tunnel" for phone in watched.fleet.phones.values()), 10.0
            )
            bastion.start()
            await bastion.listening()
            back = await until(lambda: all_live(watched), BACK_S)
            pushing = await until(
                lambda: all(phone.connection.pushes for phone in watched.fleet.phones.values()), BACK_S
            )
            print()
            print(
                f"50 phones: lost known after {lost:.1f} s, all live {back:.1f} s after its return, pushed {pushing:.1f} s later"
            )
            assert told(watched.fleet.entries[before:]) == [
                ("bastion", "the tunnel through bastion is lost. It is opened again by itself, 50 phones behind it"),
                ("bastion", "tunnel open, 50 phones behind it"),
            ]


def told(entries: Sequence[Entry]) -> list[tuple[str, str]]:
    return [(entry.phone, entry.text) for entry in entries]
