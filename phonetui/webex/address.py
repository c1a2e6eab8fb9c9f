"""Where Webex is, and which links of it may be followed with the token in hand."""

import ipaddress
from urllib.parse import urljoin, urlsplit

from phonetui.errors import ConfigError, ProtocolError
from phonetui.text import printable


def checked(base_url: str) -> str:
    """`base_url` without a slash at its end. Raises ConfigError unless it is https, or http to this machine itself."""
    try:
        parts = urlsplit(base_url)
        _ = parts.port
    except ValueError:
        raise ConfigError("[webex] base_url is no URL", "Such as https://webexapis.com/v1") from None
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ConfigError("[webex] base_url is an address alone", "Such as https://webexapis.com/v1")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname))):
        raise ConfigError(
            "[webex] base_url must begin with https://", "A token sent over http could be read by anybody on the way"
        )
    return base_url.rstrip("/")


def following(base_url: str, current: str, link: str | None) -> str | None:
    """The next page's URL. Raises ProtocolError for one at another place: the token stays where it belongs."""
    if not link:
        return None
    try:
        target = urljoin(current, link)
        if _origin(target) == _origin(base_url):
            return target
    except ValueError:
        pass
    raise ProtocolError(f"Webex's next page is at another place: {printable(link[:200])}", "It was not asked there")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
