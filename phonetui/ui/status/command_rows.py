"""What was told to phones and what they said to it, newest at the bottom.

Below the line that is being typed: the command, what it still needs, and what could come next.

The answer to `Security Certificates CA Show` in lines for people.

What phones answer is not published: the leaves are known by the ends of their names, and a certificate that comes as
PEM is read itself. What fits neither is left to the answer as it came.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import Enum

from phonetui.text import Printable, printable
from phonetui.ui.status.command_line import Prospect
from phonetui.ui.text.rows import Role, Row, Run, clip, pad, row
from phonetui.xapi.document import Document

LONGEST = 400
"""Characters of a line that are shown; a picture in base64 has a million."""


class TranscriptOutcome(Enum):
    WAITING = "waiting for the answer"
    DONE = "OK"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_SENT = "not sent"


@dataclass(frozen=True, slots=True)
class TranscriptEntry:
    """One line that was typed, and what became of it."""

    seen_at: datetime
    """Aware UTC; when it was typed."""
    phone: Printable
    line: str
    fate: TranscriptOutcome
    words: str = ""
    """Why it was refused or not sent."""
    answer: tuple[str, ...] = ()
    """In the terminal notation."""
    explained: tuple[str, ...] = ()
    """The same for people, where there is more to say."""


_ROLES = {
    TranscriptOutcome.WAITING: ("◐", Role.MEASURING),
    TranscriptOutcome.DONE: ("●", Role.GOOD),
    TranscriptOutcome.REFUSED: ("✗", Role.FAILED),
    TranscriptOutcome.FAILED: ("✗", Role.FAILED),
    TranscriptOutcome.NOT_SENT: ("○", Role.FAIR),
}


def transcript_rows(exchanges: Iterable[TranscriptEntry], zone: tzinfo | None) -> list[Row]:
    made = [line for exchange in exchanges for line in (*_exchange(exchange, zone), ())]
    return made[:-1] or [row(Run("Nothing has been sent yet.", Role.DIM))]


def _exchange(exchange: TranscriptEntry, zone: tzinfo | None) -> Iterable[Row]:
    glyph, role = _ROLES[exchange.fate]
    words = f"{exchange.fate.value}: {exchange.words}" if exchange.words else exchange.fate.value
    yield row(
        Run(f"{exchange.seen_at.astimezone(zone):%H:%M:%S} ", Role.DIM),
        Run(f"{clip(exchange.phone, 24)} ", Role.LABEL),
        Run(clip(exchange.line, LONGEST), Role.TITLE),
    )
    yield row("  ", Run(f"{glyph} {clip(words, LONGEST)}", role))
    shown = Role.FAILED if exchange.fate is TranscriptOutcome.REFUSED else Role.PLAIN
    for line in exchange.explained:
        yield row("  ", Run(clip(line, LONGEST), _tone(line)))
    for line in exchange.answer:
        yield row(
            "  ",
            Run(
                clip(line, LONGEST),
                Role.DIM if exchange.explained and exchange.fate is TranscriptOutcome.DONE else shown,
            ),
        )


def _tone(line: str) -> Role:
    if line.startswith("→"):
        return Role.INFO
    return Role.FAIR if "▲" in line else Role.VALUE


def choice_rows(prospect: Prospect, source: str) -> list[Row]:
    """The first row tells of the command; the choices follow it. `source` says whose words they are."""
    return [_head(prospect, source), *(_choice(choice.word, choice.about) for choice in prospect.choices)]


def _head(prospect: Prospect, source: str) -> Row:
    form = prospect.form
    if form is None:
        words = "Commands" if prospect.choices else "No such command is known; it is sent as typed."
        return row(Run(words, Role.TITLE if prospect.choices else Role.FAIR), Run(f"  {source}", Role.DIM))
    missing = f"  still needs {', '.join(prospect.missing)}" if prospect.missing else ""
    return row(
        Run(str(form.path), Role.TITLE), Run(missing, Role.FAIR), Run(f"  {form.meaning}" if form.meaning else "")
    )


def _choice(word: str, about: str) -> Row:
    return row("  ", Run(pad(word, 28), Role.KEY), " ", Run(about, Role.LABEL))


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
