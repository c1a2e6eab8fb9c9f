"""One direction of a real call is lost and found again, while two clients watch: one both phones, one the listener alone.

    python -m tests.one_way nft     within a network namespace of its own: the kernel drops what the listener would hear

`relay` drops it in the simulator's own relay, without any privilege.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

from phonetui.config.settings import Config, FeedbackSettings, Poll
from phonetui.monitor.fleet import LiveFleet
from phonetui.phone.alerts.alert import AlertId
from phonetui.phone.measure import Grade
from phonetui.phone.state import PhoneId
from phonetui.simulator.media.model import Profile
from phonetui.simulator.media.session import RtpMedia
from phonetui.simulator.server import ServedOffice
from phonetui.transport.trust import PinStore
from tests.live import served, settings, until

SPEAKER, LISTENER = PhoneId("sim-1"), PhoneId("sim-2")
NOTHING = Profile(1.0, 0.0, 1.0, 6, 0.4)
"""A way on which every packet is lost."""
LOST_S = 15.0
STEADY_S = 14.0
"""Of talk before: long enough for a grade, and to have seen that this stream has no pauses."""


@dataclass
class Finding:
    """What one client told, in seconds since the direction was lost and since it was found again."""

    client: str
    told_s: float | None = None
    over_s: float | None = None
    compares: bool = False
    """Whether it held what the listener receives against what the other end says it sends."""
    others: int = 0
    """Alerts of media of the phone that hears well."""


@asynccontextmanager
async def watching(office: ServedOffice, names: tuple[PhoneId, ...], poll_s: float) -> AsyncIterator[LiveFleet]:
    poll = Poll(call_s=poll_s, idle_s=2.0, slow_s=30.0)
    phones = tuple(settings(phone, poll=poll) for phone in office.phones if phone.name in names)
    fleet = LiveFleet(Config(phones=phones, feedback=FeedbackSettings(listen="off")), pins=PinStore(None))
    task = asyncio.create_task(fleet.run())
    try:
        yield fleet
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def is_told(fleet: LiveFleet, phone: PhoneId) -> bool:
    kinds = (AlertId.ONE_WAY_AUDIO, AlertId.SILENCE)
    return any(alert.is_active and alert.phone == phone and alert.id in kinds for alert in fleet.alerts)


def is_good(fleet: LiveFleet) -> bool:
    worst = fleet.phones[LISTENER].worst
    return worst is not None and worst.grade is Grade.GOOD and worst.measured_s >= STEADY_S


def compares(fleet: LiveFleet) -> bool:
    worst = fleet.phones[LISTENER].worst
    return worst is not None and worst.unheard is not None


def drop_in_relay(office: ServedOffice) -> Callable[[], None]:
    """Gives what ends it."""
    office.impair(LISTENER, NOTHING)
    return lambda: office.impair(LISTENER, "clean")


def drop_in_kernel(office: ServedOffice) -> Callable[[], None]:
    """By nftables: every datagram to the listener's RTP port, as a firewall between the two would."""
    media = office.media
    assert isinstance(media, RtpMedia)
    ports = media.links[-1].callee.ports
    assert ports is not None
    rules = f"table inet talk {{ chain in {{ type filter hook input priority 0; udp dport {ports.rtp.address[1]} drop\n }}\n }}\n"
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True, timeout=10)

    def heal() -> None:
        subprocess.run(["nft", "delete", "table", "inet", "talk"], check=True, timeout=10)

    return heal


async def lose_and_find(drop: Callable[[ServedOffice], Callable[[], None]], poll_s: float) -> list[Finding]:
    """A call of two phones that speak without a pause."""
    loop = asyncio.get_running_loop()
    async with (
        served(2, media="rtp") as office,
        watching(office, (SPEAKER, LISTENER), poll_s) as both,
        watching(office, (LISTENER,), poll_s) as alone,
    ):
        clients = {"both": both, "alone": alone}
        await until(
            lambda: all(phone.is_current for fleet in clients.values() for phone in fleet.phones.values()), 20.0
        )
        office.start_call(SPEAKER, LISTENER)
        await until(lambda: all(map(is_good, clients.values())), 40.0, "the call is good")
        findings = [Finding(name, compares=compares(fleet)) for name, fleet in clients.items()]
        heal, lost_at, found_at = drop(office), loop.time(), float("inf")
        while loop.time() < lost_at + LOST_S + 15.0:
            if loop.time() >= lost_at + LOST_S and found_at > loop.time():
                heal()
                found_at = loop.time()
            for finding in findings:
                fleet = clients[finding.client]
                told = is_told(fleet, LISTENER)
                if told and finding.told_s is None:
                    finding.told_s = loop.time() - lost_at
                if not told and finding.over_s is None and loop.time() > found_at:
                    finding.over_s = loop.time() - found_at
                finding.others += SPEAKER in fleet.phones and is_told(fleet, SPEAKER)
            await asyncio.sleep(0.05)
        return findings


if __name__ == "__main__":
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True, timeout=10)
    found = asyncio.run(lose_and_find(drop_in_kernel if sys.argv[1] == "nft" else drop_in_relay, 1.0))
    print(json.dumps([asdict(finding) for finding in found]))
