"""Sends typed commands to one phone, or to many one after another, and words the answers.

The data block of a command comes out of a file: text as it is, a certificate in DER as PEM.
"""

import asyncio
import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from msgspec.structs import replace

from phonetui import private
from phonetui.errors import CommandRefused, ConfigError, PhonetuiError
from phonetui.phone.state import PhoneId
from phonetui.text import Printable, printable
from phonetui.ui.screen_state import BatchProgress, TranscriptEntry, TranscriptOutcome
from phonetui.ui.session import Session
from phonetui.ui.status.command_line import TypedCommand
from phonetui.xapi.command import Command
from phonetui.xapi.document import Document
from phonetui.xapi.notation import answer_lines
from phonetui.xapi.path import Path
from phonetui.xapi.schema import is_cloud_only

CLOUD_ONLY_HINT = "needs the Webex transport: this command is published for the cloud's xAPI alone"
_SHOW = Path.of("Security", "Certificates", "CA", "Show")


async def send_typed(
    session: Session, phone: PhoneId, typed: TypedCommand, entry: TranscriptEntry, *, confirmed: bool = False
) -> TranscriptEntry:
    """`entry` with what happened to it; never raises a PhonetuiError.

    `confirmed`: the operator said yes to this very command.
    """
    command = typed.command
    try:
        if typed.file is not None:
            command = replace(command, body=await asyncio.to_thread(read_attachment, typed.file))
    except PhonetuiError as error:
        return replace(entry, outcome=TranscriptOutcome.NOT_SENT, reason=str(error))
    if session.trees is None:
        return replace(entry, outcome=TranscriptOutcome.NOT_SENT, reason="commands are not offered here")
    try:
        answer = await session.trees.command(phone, command, confirmed=confirmed)
    except PhonetuiError as error:
        refused = isinstance(error, CommandRefused)
        hints = (*error.sentences[1:], CLOUD_ONLY_HINT if refused and is_cloud_only(command.path) else "")
        return replace(
            entry,
            outcome=TranscriptOutcome.REFUSED if refused else TranscriptOutcome.FAILED,
            reason=error.message,
            notes=tuple(f"→ {hint}" for hint in hints if hint),
            answer=error.block if isinstance(error, CommandRefused) else (),
        )
    notes = certificate_lines(answer.document, session.clock.now()) if command.path == _SHOW else ()
    if answer.image is not None:
        notes = (*notes, f"a picture of {len(answer.image):,} bytes: `phonetui screenshot` writes it to a file")
    lines = tuple(answer_lines(answer.name, answer.document))
    return replace(entry, outcome=TranscriptOutcome.DONE, answer=lines, notes=notes)


PACE_S = 0.3
"""Seconds between two phones: a command that turns out to be a mistake has not reached everybody at once."""


async def run_batch(
    session: Session,
    phones: Iterable[PhoneId],
    command: Command,
    report: Callable[[BatchProgress], None],
    *,
    pace_s: float = PACE_S,
) -> BatchProgress:
    """`report` hears of every step. The operator's word for all of them is in; never raises PhonetuiError.

    The phones and the way to them are those of the start: the privacy mask may come or go meanwhile.
    """
    phones, trees = tuple(phones), session.trees
    progress = BatchProgress(len(phones))
    for place, phone in enumerate(phones):
        if place:
            await asyncio.sleep(pace_s)
        try:
            if trees is not None:
                await trees.command(phone, command, confirmed=True)
        except PhonetuiError as error:
            progress = BatchProgress(progress.wanted, progress.sent, (*progress.refused, (phone, str(error))))
        else:
            progress = BatchProgress(progress.wanted, progress.sent + 1, progress.refused)
        report(progress)
    return progress


MAX_ATTACHMENT_BYTES = 8 * 2**20
"""Bytes: what room devices take at most (their guide of RoomOS 11.32); phones' own limit is not published."""


def read_attachment(file: str) -> str:
    """The text of a file, as a command's data block.

    Blocks while the disk does. Raises ConfigError for what cannot be read or sent.
    """
    place = private.expand_user(file)
    try:
        with place.open("rb") as opened:
            raw = opened.read(MAX_ATTACHMENT_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or 'cannot be read'}") from error
    except ValueError as error:  # a zero character in the name
        raise ConfigError(f"{file}: no file can be called that") from error
    if len(raw) > MAX_ATTACHMENT_BYTES:
        raise ConfigError(f"{file}: more than {MAX_ATTACHMENT_BYTES // 2**20} MiB")
    return attachment_text(raw, file)


def attachment_text(raw: bytes, file: str) -> str:
    """The block as it is sent. Raises ConfigError for bytes that are neither text nor a certificate."""
    if raw[:1] == b"\x30":  # a DER certificate is one ASN.1 sequence
        return _pem(raw, file)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: neither text in UTF-8 nor a certificate in DER") from None


def _pem(raw: bytes, file: str) -> str:
    from cryptography import x509  # noqa: PLC0415 - 40 ms, and only for this
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - as above

    try:
        return x509.load_der_x509_certificate(raw).public_bytes(Encoding.PEM).decode("ascii")
    except ValueError:
        pass
    try:
        return raw.decode("utf-8")  # a text may begin with a zero, which is 0x30 too
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: neither text in UTF-8 nor a certificate in DER") from None


_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "subject": ("subject", "subjectname", "commonname"),
    "issuer": ("issuer", "issuername"),
    "expires": ("notafter", "validto", "expires", "expiry", "expirydate", "expirationdate", "validnotafter"),
    "fingerprint": ("fingerprint", "sha256fingerprint", "sha1fingerprint", "hash"),
}


def certificate_lines(document: Document, now: datetime) -> tuple[str, ...]:
    """A few lines a certificate; empty where nothing is recognised. `now` is aware."""
    lines: list[str] = []
    for number, leaves in enumerate(_items(document), 1):
        found = _fields(leaves) or next((_pem_fields(value) for value in leaves.values() if _PEM.search(value)), {})
        if found:
            lines.append(f"certificate {number}")
            lines += [f"  {name:<12}{value}{_expiry_mark(name, value, now)}" for name, value in found.items()]
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


def _pem_fields(value: str) -> dict[str, str]:
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


def _expiry_mark(name: str, value: str, now: datetime) -> str:
    """A mark beside a date that has passed, where the date can be parsed."""
    if name != "expires":
        return ""
    for form in ("%Y-%m-%d %H:%M UTC", "%b %d %H:%M:%S %Y GMT", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"):
        try:
            until = datetime.strptime(" ".join(value.split()), form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return "  ▲ expired" if until < now else ""
    return ""
