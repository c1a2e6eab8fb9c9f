"""Forms that give something away wherever they stand: addresses, URLs, numbers, and what only looks like them."""

import ipaddress
import re

from phonetui import numeric

_HEX = "[0-9A-Fa-f]"

_MAC = rf"{_HEX}{{2}}(?P<sep>[:-])(?:{_HEX}{{2}}(?P=sep)){{4}}{_HEX}{{2}}|{_HEX}{{4}}\.{_HEX}{{4}}\.{_HEX}{{4}}"
_DATE = r"\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{2}(?:\d\d)?(?![.\d])"
_HOUR = r"\d{1,2}:\d\d(?::\d\d(?:\.\d{1,9})?)?"
_FORMS = {
    "url": r"[A-Za-z][A-Za-z0-9+.-]{1,15}://[^\s<>\"']+",
    "uri": r"(?:sips?|tel|mailto|xmpp):[^\s<>\"',]+",
    "mail": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*",
    "uuid": rf"(?<!{_HEX}){_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}(?!{_HEX})",
    "fingerprint": rf"(?<!{_HEX})(?:{_HEX}{{2}}:){{7,}}{_HEX}{{2}}(?!{_HEX})",
    "mac": rf"(?<!{_HEX})(?:{_MAC})(?!{_HEX})",
    "time": rf"(?<!\d)(?:{_DATE})(?:[T ]{_HOUR})?(?:Z|[+-]\d\d:?\d\d)?(?!\d)",
    "ipv6": rf"(?<![\w:])(?={_HEX}*:{_HEX}*:)[0-9A-Fa-f:]{{2,39}}(?:(?<=:)\d{{1,3}}(?:\.\d{{1,3}}){{3}})?(?!\w)",
    "ipv4": r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)",
    "hex": rf"(?<![0-9A-Fa-z]){_HEX}{{12}}(?!\w)",
    "firmware": r"PHONEOS[.\w-]+",
}
PATTERNS = re.compile("|".join(f"(?P<{name}>{form})" for name, form in _FORMS.items()))
"""In the order of how much they say: an address inside of a URL is the URL's affair."""

PHONE = re.compile(r"(?<![\w.])\+?\(?\d[\d ()/.-]{5,}\d(?!\w)")
"""To be looked for only where no address was found: digits and dots are made of the same."""
DOMAIN = re.compile(r"(?<![\w-])(?:[A-Za-z0-9_][\w-]*\.)+[A-Za-z]{2,}(?![\w-])")
TOKEN = re.compile(r"[\w.+~@-]+")
"""What may be one word to whoever chose it."""
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")  # noqa: RUF001 - the apostrophe of typesetters
URL = re.compile(r"(?P<scheme>[^:]+://)(?:(?P<user>[^/@?#]*)@)?(?P<host>\[[^\]]*\]|[^/:?#]*)(?P<rest>.*)", re.DOTALL)
URI = re.compile(r"(?P<scheme>[a-z]+:)(?P<user>[^@;?]*)(?:@(?P<host>[^;?:]*))?(?P<rest>.*)", re.DOTALL)
CLOCK = re.compile(r"\d{1,3}(?::\d\d){1,2}")
RUNS = re.compile(r"\d+|[^\W\d_]+")


def is_ipv4(text: str) -> bool:
    return all(str(numeric.integer(octet, most=255)) == octet for octet in text.split("."))


def is_mask(text: str) -> bool:
    """Netmasks, loopback, the unspecified and broadcast addresses: the same everywhere."""
    return text.startswith(("255.", "127.", "0.")) or text in ("::", "::1")


def is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def respelled(form: str, characters: str) -> str:
    """`form` with its letters and digits exchanged one by one, separators and letter case kept."""
    given = iter(characters)
    upper = form.upper() == form
    return "".join((next(given).upper() if upper else next(given)) if char.isalnum() else char for char in form)
