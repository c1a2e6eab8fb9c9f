"""A jump host that goes and comes back, under many phones and many times."""

import asyncio
import gc
from collections.abc import Sequence
from pathlib import Path

import asyncssh
import psutil
import pytest
from msgspec.structs import replace

from phonetui.config.settings import Poll
from phonetui.monitor import feedback, schedule, update_loop
from phonetui.phone.journal import JournalEntry
from tests.live import served, until
from tests.tunnel.sshd import needs_sshd, sshd
from tests.tunnel.tunnelled_fleet import all_live, followed, jump, phones_behind

pytestmark = [needs_sshd, pytest.mark.slow]

RESTARTS = 100
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


async def test_nothing_grows_over_a_hundred_restarts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "RETRY_S", (0.02, 0.02, 0.02))
    monkeypatch.setattr(update_loop, "LOOK_S", 0.02)
    monkeypatch.setattr(feedback, "RENEW_S", 1.0)  # on a busy machine a way for pushes may be tried in vain: soon again
    monkeypatch.setattr(feedback, "ASK_AGAIN_S", 1.0)
    ourselves = psutil.Process()

    def held() -> tuple[int, int, int, float]:
        gc.collect()
        connections = sum(isinstance(one, asyncssh.SSHClientConnection) for one in gc.get_objects())
        return len(asyncio.all_tasks()), ourselves.num_fds(), connections, ourselves.memory_info().rss / 2**20

    async with served(3, dialect="websocket") as office, sshd(tmp_path / "bastion") as bastion:
        http, socket, both = phones_behind(office, timeout_s=5.0)
        phones = [replace(http, transport="http"), replace(socket, transport="websocket"), both]
        async with followed(phones, [jump(bastion, tmp_path / "known_hosts")], push=True) as watched:
            figures = []
            for restart in range(RESTARTS):
                await until(lambda: all_live(watched), BACK_S)
                if restart % (RESTARTS // 10) == 0:
                    await until(lambda: all(phone.connection.pushes for phone in watched.fleet.phones.values()), BACK_S)
                    figures.append(held())
                bastion.kill()
                await until(lambda: not all_live(watched))
                bastion.start()
                await bastion.listening()
            await until(lambda: all_live(watched), BACK_S)
            await until(lambda: all(phone.connection.pushes for phone in watched.fleet.phones.values()), BACK_S)
            figures.append(held())
    print()
    for number, (tasks, descriptors, connections, megabytes) in enumerate(figures):
        told = f"{tasks} tasks, {descriptors} descriptors, {connections} SSH connections, {megabytes:.1f} MB"
        print(f"after {number * RESTARTS // 10:3} restarts: {told}")
    warm, last = figures[2], figures[-1]
    # A dozen tasks come and go with a reconnect, whenever it is looked; one kept of each restart would be 80 by now.
    assert all(last[kind] <= warm[kind] + 20 for kind in range(2))
    # One that is over may be looked at before it has ended; one kept of each restart would be 100 by now.
    assert max(connections for _, _, connections, _ in figures) <= RESTARTS // 10
    assert last[3] <= warm[3] + 10.0


def told(entries: Sequence[JournalEntry]) -> list[tuple[str, str]]:
    return [(entry.phone, entry.text) for entry in entries]
