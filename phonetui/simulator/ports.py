"""Frame counters of the phone and its two switch ports: a steady background, and the speech of the calls on top."""

from collections.abc import Iterator
from dataclasses import dataclass

from phonetui.xapi.path import Path

ROOT = Path.of("Network", "Statistics")
_ETHERNET = (
    "TxFrames",
    "TxBroadcast",
    "TxMulticast",
    "TxUnicast",
    "RxFrames",
    "RxBroadcast",
    "RxMulticast",
    "RxUnicast",
)


@dataclass(frozen=True, slots=True)
class Cabling:
    """What the phone is plugged into; rates in frames a second."""

    cabinet: int
    """The number of its access switch."""
    socket: int
    """The number of its port there."""
    computer: bool
    """Whether something is behind the PC port."""
    unicast: float = 9.0
    multicast: float = 2.4
    broadcast: float = 3.1
    crc_errors: float = 0.0
    """Broken frames a second on the switch port."""
    switch: str = "1000 Full"
    """How the switch port came up."""

    @property
    def collides(self) -> bool:
        return self.switch.endswith("Half")


def leaves(cabling: Cabling, up_s: float, spoken: tuple[int, int]) -> Iterator[tuple[Path, str]]:
    """Every counter after `up_s` seconds of running; `spoken` is RTP packets sent and received since boot."""
    sent, received = spoken
    yield from _ethernet(cabling, up_s, sent, received)
    yield from _port(1, cabling, up_s, (sent, received), cabling.crc_errors)
    busy = 3.0 if cabling.computer else 0.0
    yield from _port(2, cabling, up_s * busy, (0, 0), 0.0)


def _ethernet(cabling: Cabling, up_s: float, sent: int, received: int) -> Iterator[tuple[Path, str]]:
    broadcast, multicast = int(up_s * cabling.broadcast), int(up_s * cabling.multicast)
    own = int(up_s * cabling.unicast * 0.4)
    tx = (int(up_s / 30), int(up_s / 15), own + sent)
    rx = (broadcast, multicast, own + received)
    for name, value in zip(_ETHERNET, (sum(tx), *tx, sum(rx), *rx), strict=True):
        yield ROOT / "Ethernet" / name, str(value)
    yield ROOT / "Ethernet" / "RxPacketNoDes", "0"


def _port(
    number: int, cabling: Cabling, up_s: float, spoken: tuple[int, int], crc: float
) -> Iterator[tuple[Path, str]]:
    sent, received = spoken
    unicast = int(up_s * cabling.unicast) + received
    multicast, broadcast = int(up_s * cabling.multicast), int(up_s * cabling.broadcast)
    good = unicast + multicast + broadcast
    broken = int(up_s * crc)
    lldp = int(up_s / 30)
    collisions = int(up_s * 0.4) if number == 1 and cabling.collides else 0
    counters = {
        "RxTotalPkt": good + broken,
        "RxCrcErr": broken,
        "RxAlignErr": broken // 7,
        "RxMulticast": multicast,
        "RxBroadcast": broadcast,
        "RxUnicast": unicast,
        "RxShortErr": 0,
        "RxShortGood": 0,
        "RxLongGood": 0,
        "RxLongErr": 0,
        **_sizes(good, received),
        "RxTokenDrop": 0,
        "TxExcessDefer": 0,
        "TxLateCollision": collisions // 9,
        "TxTotalGoodPkt": int(up_s * cabling.unicast * 0.9) + sent,
        "TxCollisions": collisions,
        "TxExcessLength": 0,
        "TxBroadcast": int(up_s / 20),
        "TxMulticast": int(up_s / 10),
        "LldpFramesOutTotal": lldp,
        "LldpAgeoutsTotal": 0,
        "LldpFramesDiscardedTotal": 0,
        "LldpFramesInErrorsTotal": 0,
        "LldpFramesInTotal": lldp,
        "LldpTLVDiscardedTotal": 0,
        "LldpTLVUnrecognizedTotal": 0,
    }
    port = ROOT / "Port" / number
    for name, value in counters.items():
        yield port / name, str(value)
    for name, text in _neighbour(number, cabling).items():
        yield port / name, text


def _sizes(good: int, received: int) -> dict[str, int]:
    other = good - received
    tiny, small, middle, large = other * 52 // 100, other * 24 // 100, other * 6 // 100, other * 3 // 100
    return {
        "RxSize64": tiny,
        "RxSize65to127": small,
        "RxSize128to255": middle + received,  # a G.711 or G.722 packet is 214 bytes on the wire
        "RxSize256to511": large,
        "RxSize512to1023": large,
        "RxSize1024to1518": other - tiny - small - middle - 2 * large,
    }


def _neighbour(number: int, cabling: Cabling) -> dict[str, str]:
    switch = number == 1
    name, address = (f"access-sw-{cabling.cabinet}", f"198.51.100.{cabling.cabinet % 255}") if switch else ("", "")
    long, short = (f"GigabitEthernet1/0/{cabling.socket}", f"Gi1/0/{cabling.socket}") if switch else ("", "")
    return {
        "CdpNeighborDeviceId": name,
        "CdpNeighborIPAddress": address,
        "CdpNeighborPort": long,
        "LldpNeighborDeviceId": name,
        "LldpNeighborIPAddress": address,
        "LldpNeighborPort": short,
        "PortInformation": link(number, cabling),
    }


def link(number: int, cabling: Cabling) -> str:
    """The link of port 1 (switch) or 2 (computer) as the phone words it."""
    if number == 1:
        return cabling.switch
    return "1000 Full" if cabling.computer else "Down"
