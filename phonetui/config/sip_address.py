"""Places in SIP: where voice quality reports are taken (`[vq] listen`), and where ours go (`[report] publish`)."""

from msgspec import Struct

from phonetui.config.address import split_port

SIP_PORT = 5060


class SipListenAddress(Struct, frozen=True):
    host: str
    port: int
    has_udp: bool = True

    @property
    def name(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_sip_listener(text: str) -> SipListenAddress:
    """`udp://HOST:PORT` or `HOST:PORT` for UDP and TCP, as RFC 3261 wants both (18.2.1); `tcp://…` for TCP alone.

    Raises ValueError.
    """
    scheme, separator, place = text.partition("://")
    scheme, place = (scheme.lower(), place) if separator else ("udp", text)
    if scheme not in ("udp", "tcp"):
        raise ValueError("not allowed here")
    host, port = split_port(place.removesuffix("/"), least=0)
    return SipListenAddress(host, SIP_PORT if port is None else port, scheme == "udp")


class SipUri(Struct, frozen=True):
    """Where a request goes, without credentials."""

    user: str
    """Empty where there is none."""
    host: str
    port: int

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == SIP_PORT else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"sip:{self.user}@{self.authority}" if self.user else f"sip:{self.authority}"


def parse_sip_uri(text: str) -> SipUri:
    """`sip:user@host:port`; user and port may be left out, `;transport=udp` may follow. Raises ValueError."""
    scheme, _, rest = text.partition(":")
    place, *parameters = rest.split(";")
    if scheme.lower() != "sip" or any(one.lower() != "transport=udp" for one in parameters):
        raise ValueError("not allowed here")
    user, _, place = place.rpartition("@")
    host, port = split_port(place)
    if not all(character.isalnum() or character in "-_.!~*'()+$" for character in user) or not user.isascii():
        raise ValueError("not allowed here")
    return SipUri(user, host, port or SIP_PORT)
