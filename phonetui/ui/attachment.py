"""The data block of a command, out of a file: text as it is, a certificate in DER as PEM."""

from phonetui import private
from phonetui.errors import ConfigError

CAP = 8 * 2**20
"""Bytes: what room devices take at most (their guide of RoomOS 11.32); phones' own limit is not published."""


def read(file: str) -> str:
    """Blocks while the disk does. Raises ConfigError for what cannot be read or sent."""
    place = private.expanded(file)
    try:
        with place.open("rb") as opened:
            raw = opened.read(CAP + 1)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or 'cannot be read'}") from error
    except ValueError as error:  # a zero character in the name
        raise ConfigError(f"{file}: no file can be called that") from error
    if len(raw) > CAP:
        raise ConfigError(f"{file}: more than {CAP // 2**20} MiB")
    return text(raw, file)


def text(raw: bytes, file: str) -> str:
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
