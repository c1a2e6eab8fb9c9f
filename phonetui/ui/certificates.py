"""The answer to `Security Certificates CA Show` in lines for people.

What phones answer is not published: the leaves are known by the ends of their names, and a certificate that comes as
PEM is read itself. What fits neither is left to the answer as it came.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from phonetui.text import Printable, printable
from phonetui.xapi.document import Document

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "subject": ("subject", "subjectname", "commonname"),
    "issuer": ("issuer", "issuername"),
    "expires": ("notafter", "validto", "expires", "expiry", "expirydate", "expirationdate", "validnotafter"),
    "fingerprint": ("fingerprint", "sha256fingerprint", "sha1fingerprint", "hash"),
}


def told(document: Document, now: datetime) -> tuple[str, ...]:
    """A few lines a certificate; empty where nothing is recognised. `now` is aware."""
    lines: list[str] = []
    for number, leaves in enumerate(_items(document), 1):
        found = _fields(leaves) or next((_of_pem(value) for value in leaves.values() if _PEM.search(value)), {})
        if found:
            lines.append(f"certificate {number}")
            lines += [f"  {name:<12}{value}{_expired(name, value, now)}" for name, value in found.items()]
    return tuple(lines)


def _items(document: Document) -> Iterator[dict[str, Printable]]:
    """Leaves by the last of their names, an item of the list at a time; without a list, all as one."""
    items: dict[tuple[str | int, ...], dict[str, Printable]] = {}
    for path, value in document.items():
        last = next((at for at in range(len(path), 0, -1) if isinstance(path[at - 1], int)), 0)
        names = path.names
        items.setdefault(path[:last], {})[names[-1] if names else ""] = value
    yield from items.values()


def _fields(leaves: Mapping[str, Printable]) -> dict[str, str]:
    folded = {re.sub(r"[_\-]", "", name).casefold(): value for name, value in leaves.items()}
    found = {field: next((folded[name] for name in names if folded.get(name)), "") for field, names in _FIELDS.items()}
    return {field: value for field, value in found.items() if value}


def _of_pem(value: str) -> dict[str, str]:
    from cryptography import x509  # noqa: PLC0415 - 40 ms, and only for this
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - as above

    match = _PEM.search(value)
    try:
        raw = base64.b64decode("".join(match[1].split()) if match else "", validate=True)
        found = x509.load_der_x509_certificate(raw)
        return {
            "subject": printable(found.subject.rfc4514_string()),
            "issuer": printable(found.issuer.rfc4514_string()),
            "expires": f"{found.not_valid_after_utc:%Y-%m-%d %H:%M} UTC",
            "fingerprint": f"sha256:{found.fingerprint(SHA256()).hex()}",
        }
    except (binascii.Error, ValueError):
        return {}


def _expired(name: str, value: str, now: datetime) -> str:
    """A mark beside a date that has passed, where the date is one that we can read."""
    if name != "expires":
        return ""
    for form in ("%Y-%m-%d %H:%M UTC", "%b %d %H:%M:%S %Y GMT", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"):
        try:
            until = datetime.strptime(" ".join(value.split()), form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return "  ▲ expired" if until < now else ""
    return ""
