"""Datagrams that a relay passed on, as a capture file that network tools read."""

import struct
from collections.abc import Iterable
from pathlib import Path as File

from phonetui.simulator.media.relay import Address, RelayedDatagram

_LINK = bytes(12) + b"\x08\x00"
"""An Ethernet header of nobody in particular, around IPv4."""
_ETHERNET = 1


def write(file: File, datagrams: Iterable[RelayedDatagram]) -> None:
    """In the classic pcap format, in the order in which they left."""
    sent = sorted((passage.sent_at, passage) for passage in datagrams if passage.sent_at is not None)
    with file.open("wb") as out:
        out.write(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, _ETHERNET))
        for at, passage in sent:
            frame = _LINK + _packet(passage.source, passage.destination, passage.datagram)
            seconds = int(at)
            out.write(struct.pack("=IIII", seconds, int((at - seconds) * 1e6), len(frame), len(frame)))
            out.write(frame)


def _packet(source: Address, destination: Address, datagram: bytes) -> bytes:
    """IPv4 and UDP, without checksums, as sockets on loopback have none either."""
    udp = struct.pack(">HHHH", source[1], destination[1], 8 + len(datagram), 0) + datagram
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, _bytes(source), _bytes(destination))
    return ip + udp


def _bytes(address: Address) -> bytes:
    return bytes(int(part) for part in address[0].split("."))
