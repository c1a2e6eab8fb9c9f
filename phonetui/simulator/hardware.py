"""Hardware of a simulated phone: model (screen, keys, lamps), identity, cabling, port counters."""

from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from phonetui.simulator import read_data
from phonetui.simulator.dialect import FIRMWARE
from phonetui.xapi.path import Path

STATISTICS = Path.of("Network", "Statistics")


class Cabling(Struct, frozen=True):
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


def port_leaves(cabling: Cabling, up_s: float, rtp: tuple[int, int]) -> Iterator[tuple[Path, str]]:
    """Every counter after `up_s` seconds of running; `rtp` is packets sent and received since boot."""
    yield from _ethernet(cabling, up_s, rtp)
    yield from _port(1, cabling, up_s, rtp)
    yield from _port(2, cabling, up_s * (3.0 if cabling.computer else 0.0), (0, 0))


def _ethernet(cabling: Cabling, up_s: float, rtp: tuple[int, int]) -> Iterator[tuple[Path, str]]:
    own = int(up_s * cabling.unicast * 0.4)
    tx = (int(up_s / 30), int(up_s / 15), own + rtp[0])
    rx = (int(up_s * cabling.broadcast), int(up_s * cabling.multicast), own + rtp[1])
    for way, frames in (("Tx", tx), ("Rx", rx)):
        for kind, value in zip(("Frames", "Broadcast", "Multicast", "Unicast"), (sum(frames), *frames), strict=True):
            yield STATISTICS / "Ethernet" / f"{way}{kind}", str(value)
    yield STATISTICS / "Ethernet" / "RxPacketNoDes", "0"


def _port(number: int, cabling: Cabling, up_s: float, rtp: tuple[int, int]) -> Iterator[tuple[Path, str]]:
    sent, received = rtp
    unicast = int(up_s * cabling.unicast) + received
    multicast, broadcast = int(up_s * cabling.multicast), int(up_s * cabling.broadcast)
    good = unicast + multicast + broadcast
    broken = int(up_s * cabling.crc_errors) if number == 1 else 0
    collisions = int(up_s * 0.4) if number == 1 and cabling.collides else 0
    counters = {
        "RxTotalPkt": good + broken,
        "RxCrcErr": broken,
        "RxAlignErr": broken // 7,
        "RxMulticast": multicast,
        "RxBroadcast": broadcast,
        "RxUnicast": unicast,
        **_sizes(good, received),
        "TxLateCollision": collisions // 9,
        "TxTotalGoodPkt": int(up_s * cabling.unicast * 0.9) + sent,
        "TxCollisions": collisions,
        "TxBroadcast": int(up_s / 20),
        "TxMulticast": int(up_s / 10),
        "LldpFramesOutTotal": int(up_s / 30),
        "LldpFramesInTotal": int(up_s / 30),
        **dict.fromkeys(read_data("tables", "counters")["always_zero"], 0),
    }
    port = STATISTICS / "Port" / number
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
        "PortInformation": port_link(number, cabling),
    }


def port_link(number: int, cabling: Cabling) -> str:
    """The link of port 1 (switch) or 2 (computer) as the phone words it."""
    return cabling.switch if number == 1 else "1000 Full" if cabling.computer else "Down"


class SimulatedModel(Struct, frozen=True):
    """One of the five, out of `tables/models.toml`."""

    name: str
    product_id: str
    screen: tuple[int, int]
    """Pixels, width and height."""
    line_keys: int
    touch: bool
    lines: int
    """Lines that the office's configuration gives to this model."""
    keys: frozenset[str]

    @property
    def key_names(self) -> tuple[str, ...]:
        """The names of all keys: alphabetic, numbered ones by number."""
        return tuple(sorted(self.keys, key=_by_number))

    @property
    def lamps(self) -> int:
        """Line keys with a light: those on the body, or as many virtual ones as there are lines."""
        return self.lines if self.touch else self.line_keys


def _by_number(key: str) -> tuple[str, int]:
    name = key.rstrip("0123456789")
    return name, int(key[len(name) :] or 0)


def _numbered(keys: tuple[str, ...]) -> Iterator[str]:
    """`Line 1 3` stands for `Line1` to `Line3`."""
    for name, *bounds in map(str.split, keys):
        low, high = map(int, bounds or (0, 0))
        yield from (f"{name}{number}" if bounds else name for number in range(low, high + 1))


MODELS = tuple(
    SimulatedModel(name, **{**fields, "keys": frozenset(_numbered(fields["keys"]))})
    for name, fields in ((name, dict(pairs)) for name, pairs in read_data("tables", "models").items())
)
"""In the order in which a fleet takes them, again and again."""


def model_of(number: int) -> SimulatedModel:
    """The model of the fleet's phone `number`, from 1."""
    return MODELS[(number - 1) % len(MODELS)]


PRODUCT_TYPE = "Cisco Desk Phone"


class Identity(Struct, frozen=True):
    """What a phone is called and addressed by, from its number in the fleet.

    Addresses are of the documentation ranges.
    """

    number: int
    model: SimulatedModel

    @property
    def mac(self) -> str:
        """RFC 7042's documentation block, and the addresses above it in fleets of more than 255."""
        high, low = divmod(self.number, 256)
        return f"00:00:5E:00:{0x53 + high:02X}:{low:02X}"

    @property
    def radio_mac(self) -> str:
        return f"02{self.mac[2:]}"

    @property
    def address(self) -> str:
        """RFC 5737's 192.0.2.0/24, in larger fleets RFC 2544's 198.18.0.0/15."""
        if self.number <= 200:
            return f"192.0.2.{20 + self.number}"
        return f"198.18.{self.number // 250}.{self.number % 250 + 1}"

    @property
    def host_name(self) -> str:
        return f"{self.model.product_id[:2]}{self.mac.replace(':', '')}"

    @property
    def serial(self) -> str:
        return f"FVH{self.number:08}"


def fixed_leaves(identity: Identity, cabling: Cabling) -> Iterator[tuple[Path, str]]:
    """Every row of the catalogue that doesn't follow the phone's state."""
    yield from _same_everywhere().items()
    own = {
        "Network Ethernet MacAddress": identity.mac,
        "Network IPv4 Address": identity.address,
        "Network Wifi MacAddress": identity.radio_mac,
        "PhoneStatus ExternalIP": f"203.0.113.{identity.number % 254 + 1}",
        "PhoneStatus PCPort": port_link(2, cabling),
        "PhoneStatus SWPort": port_link(1, cabling),
        "SystemUnit Hardware Module MACAddress": identity.mac,
        "SystemUnit HostName": identity.host_name,
        "SystemUnit ProductId": identity.model.product_id,
    }
    for notation, value in own.items():
        yield Path.parse(notation), value


@cache
def _same_everywhere() -> dict[Path, str]:
    table = read_data("tables", "fixed_leaves")
    return {Path.parse(notation): text.format(firmware=FIRMWARE) for notation, text in table.items()}
