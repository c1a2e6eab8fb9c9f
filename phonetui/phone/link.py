"""A phone's link to the network: the port towards its switch, and what is at the other end of the cable."""

from phonetui.phone.state import Phone, Port
from phonetui.text import Printable

NETWORK_PORT = 1
"""The one towards the switch (inferred)."""


def network_port(phone: Phone) -> Port | None:
    return next((port for port in phone.ports if port.index == NETWORK_PORT), None)


def is_half_duplex(phone: Phone) -> bool:
    port = network_port(phone)
    return port is not None and port.link is not None and port.link.full_duplex is False


def counts_errors(phone: Phone) -> bool:
    port = network_port(phone)
    return port is not None and port.errors is not None


def switch(phone: Phone) -> Printable | None:
    """By CDP or LLDP."""
    port = network_port(phone)
    return port.neighbour if port else None


def place(phone: Phone) -> str:
    """`port 1 / sw-2f Gi1/0/14 of lobby`, the switch left out where it isn't known."""
    port = network_port(phone)
    beside = " ".join(filter(None, (port.neighbour, port.neighbour_port))) if port else ""
    return f"port {NETWORK_PORT}{f' / {beside}' if beside else ''} of {phone.name}"
