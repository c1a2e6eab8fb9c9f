"""The commands that the program itself sends: `Call Dial`, `Ui SendKey`, `Ui GetDeviceScreenshot`.

What can be dialled is one rule for the dial dialog, typed commands and the command line. How a phone calls the argument
of `Ui SendKey` is not published: it is read from what the phone itself says.

What phones answer to `Ui GetDeviceScreenshot` is not published either. Every likely form is tried: a picture as the
answer itself, base64 in a child of any name or in the result element, with or without a `data:` prefix, or where the
picture lies, by URL or file name. The picture is recognised by its first bytes.
"""

import base64
import binascii
import re
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from phonetui.errors import CommandRefused, ConfigError, ProtocolError
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.path import Path
from phonetui.xapi.schema import CommandSchema, published


class KeyArgumentOrigin(StrEnum):
    """From where the name of `Ui SendKey`'s argument is known."""

    CONFIGURATION = "configuration"
    COMMANDS = "command list"
    REFUSAL = "refusal"
    ASSUMPTION = "assumed"


class KeyArgument(Struct, frozen=True):
    """The name of `Ui SendKey`'s argument, which differs between firmwares, and from where it is known."""

    name: str
    origin: KeyArgumentOrigin


DIAL = Path.of("Call", "Dial")
SEND_KEY = Path.of("Ui", "SendKey")
SCREENSHOT = Path.of("Ui", "GetDeviceScreenshot")

LONGEST_NUMBER = 128
_FILLING = re.compile(r"[\s().\-]")
_NUMBER = re.compile(r"\+?[0-9*#]+")
_ADDRESS = re.compile(r"(?:sips?:)?[^\s@:;<>\"]+@[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?(?::\d{1,5})?")
_STRANGE = re.compile(r"[^0-9*#+\s().\-]")


def dialable(typed: str) -> str:
    """The number or SIP address in `typed`, without the blanks, hyphens, brackets and dots that people write.

    Raises ValueError saying what is wrong.
    """
    words = typed.strip().removeprefix("tel:")
    if not words:
        raise ValueError("type a number")
    if len(words) > LONGEST_NUMBER:
        raise ValueError(f"longer than {LONGEST_NUMBER} characters")
    if "@" in words:
        if _ADDRESS.fullmatch(words) and words.isprintable():
            return words
        raise ValueError("a SIP address looks like user@host")
    strange = _STRANGE.search(words)
    if strange:
        raise ValueError(f"{strange[0]!a} cannot be dialled: use digits, * and #, a leading +, or user@host")
    number = _FILLING.sub("", words)
    if "+" in number[1:]:
        raise ValueError("+ stands only at the beginning")
    if not _NUMBER.fullmatch(number):
        raise ValueError("there is no digit in it")
    return number


def with_dialable(command: Command) -> Command:
    """`command` with its number as it can be dialled, where it is `Call Dial`; every other command as it is.

    Raises ConfigError saying what is wrong with the number. One without a number is left to the phone's own words.
    """
    if command.path.folded != DIAL.folded:
        return command
    try:
        arguments = tuple(
            (name, dialable(value) if name.casefold() == "number" else value) for name, value in command.arguments
        )
    except ValueError as error:
        raise ConfigError(f"nothing was dialled: {error}") from None
    return replace(command, arguments=arguments)


ASSUMED_KEY_ARGUMENT = "Key"
"""Inferred from the `Key:` URIs that the same phones take from their push services."""

_DETAIL = re.compile(r"\*r \S+ (?P<name>[A-Za-z]\w*)(?: \w+)?: \"?(?P<words>.*?)\"?")
_MISSING = re.compile(r"missing|required|mandatory|not (?:given|specified|supplied)", re.IGNORECASE)
_NAMED = (
    re.compile(r"(?P<name>[A-Za-z]\w*)\s*[:=-]\s*(?:missing|required|mandatory)", re.IGNORECASE),
    re.compile(
        r"(?:missing|required|mandatory)(?: or \w+)?(?: \w+)?? (?:parameter|argument)s?\W+(?P<name>[A-Za-z]\w*)",
        re.IGNORECASE,
    ),
)
"""A complaint in one sentence; the forms are inferred."""
_SENTENCES = frozenset({"reason", "error", "description"})


def key_argument_name(schema: CommandSchema) -> str | None:
    """The argument of `Ui SendKey` by the phone's own list of commands; None where that doesn't describe the command.

    Of several arguments it is the required one, else one that sounds like a key, else the first.
    """
    form = schema.find(SEND_KEY)
    if form is None or form is published().find(SEND_KEY) or not form.parameters:
        return None
    by_likelihood = sorted(form.parameters, key=lambda each: (not each.is_required, "key" not in each.name.casefold()))
    return by_likelihood[0].name


def missing_key_argument(refusal: CommandRefused) -> str | None:
    """The argument that a refused command lacked, by the phone's complaint: "KeyCode: Missing parameter"."""
    for line in refusal.block:
        detail = _DETAIL.fullmatch(line)
        if detail is None:
            continue
        if detail["name"].casefold() in _SENTENCES:
            named = next(filter(None, (form.search(detail["words"]) for form in _NAMED)), None)
            if named is not None:
                return named["name"]
        elif _MISSING.search(detail["words"]):
            return detail["name"]
    return None


_MAGIC = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"BM", "bmp"))
_URL = re.compile(
    r"https?://(?:[^/?#\s@]*@)?(?P<host>\[[^\]\s]*\]|[^/?#:\s]+)(?::\d*)?(?P<target>/[^#\s]*)?(?:#\S*)?", re.IGNORECASE
)
_FILE = re.compile(r"/?[\w.~%+-]+(?:/[\w.~%+-]+)*(?:\?[^#\s]*)?")
_PLACE_NAMES = re.compile(r"url|uri|path|file|location|href|link", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:png|jpe?g|bmp|webp)(?:\?|$)", re.IGNORECASE)
_PREFIX = re.compile(r"^data:image/[\w.+-]+;base64,", re.IGNORECASE)


class PictureFile(Struct, frozen=True):
    """Where an answer says that its picture lies."""

    target: str
    """Path and query on the phone's web server, with a leading slash."""
    host: str
    """As the answer names it, without a port, in lower case; empty where it names none."""


def picture_file(answer: CommandResult) -> PictureFile | None:
    """The file that an answer names as its picture; None where it holds the picture itself, or names no file.

    The file is for the phone's own web server: nothing else is ever asked, whatever host the answer names, which may be
    an address that the phone has behind a jump host.
    """
    if answer.image or any(_ending(_unpacked(value)) for value in answer.document.values()):
        return None
    leaves = sorted(answer.document.items(), key=lambda leaf: not _PLACE_NAMES.search(" ".join(leaf[0].names)))
    for path, value in leaves:
        found = _URL.fullmatch(value.strip())
        if found:
            return PictureFile(found["target"] or "/", found["host"].strip("[]").casefold())
        if _FILE.fullmatch(value.strip()) and (_PLACE_NAMES.search(" ".join(path.names)) or _PICTURE.search(value)):
            return PictureFile(f"/{value.strip().lstrip('/')}", "")
    return None


def screenshot_picture(answer: CommandResult) -> tuple[bytes, str]:
    """The picture and the usual ending of its file name. Raises ProtocolError where there is none."""
    candidates = [answer.image] if answer.image else []
    candidates += [_unpacked(value) for value in sorted(answer.document.values(), key=len, reverse=True)]
    for candidate in candidates:
        if ending := _ending(candidate):
            return candidate, ending
    raise ProtocolError("no picture in the answer to the screenshot")


def _unpacked(value: str) -> bytes:
    try:
        return base64.b64decode("".join(_PREFIX.sub("", value).split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _ending(picture: bytes) -> str | None:
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "webp"
    return next((ending for magic, ending in _MAGIC if picture.startswith(magic)), None)


_DANGEROUS = frozenset(
    {("systemunit", "boot"), ("systemunit", "factoryreset"), ("security", "certificates", "ca", "delete")}
)


def only_looks(command: Command) -> bool:
    """Whether a command changes nothing on the phone: it shows what is there to be seen."""
    return command.path.folded == SCREENSHOT.folded


_CALLS_FOR_HELP = re.compile(r"action|emergency|panic|sos", re.IGNORECASE)


def is_dangerous(path: Path) -> bool:
    """Whether a command takes the phone from its user, or is not undone by another one."""
    return path.folded in _DANGEROUS


def consequence(path: Path) -> str:
    """What a command that needs the operator's word does to the phone, for the question before it."""
    last = path.folded[-1:]
    if "boot" in last:
        return "reboots the phone"
    if "factoryreset" in last:
        return "resets the phone to factory defaults"
    return "deletes a certificate that the phone trusts" if "delete" in last else "may call for help"


def needs_confirmation(command: Command) -> bool:
    """Whether a command needs the operator's word each time: a dangerous one, or the red Action button.

    That button calls for help, or whatever the phone's administrator gave it. Its name on the wire is not published, so
    every key that sounds like it counts (inferred).
    """
    if is_dangerous(command.path):
        return True
    return command.path.folded == ("ui", "sendkey") and any(
        _CALLS_FOR_HELP.search(value) for _, value in command.arguments
    )
