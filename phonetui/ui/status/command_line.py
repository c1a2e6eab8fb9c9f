"""A typed line as a command, and what could be typed next.

The data block of a command, out of a file: text as it is, a certificate in DER as PEM.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from phonetui import private
from phonetui.errors import ConfigError
from phonetui.ui.text.format import DASH
from phonetui.xapi.catalog import CatalogKind, phoneos
from phonetui.xapi.command import Command
from phonetui.xapi.control_commands import with_dialable
from phonetui.xapi.path import Path
from phonetui.xapi.schema import CommandForm, CommandSchema, Parameter, Space

FILE = "@"
"""A word that begins with it names the file whose content is the command's data block."""
MOST = 64
"""Numbers of a range that are offered one by one."""


@dataclass(frozen=True, slots=True)
class Typed:
    command: Command
    file: str | None = None
    """Where the data block is."""


def read(line: str) -> Typed:
    """`Call Dial Number=5000`, `Security Certificates CA Add @ca.pem`. Raises ConfigError saying what is wrong."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ConfigError("a quotation mark is not closed") from error
    files = [word.removeprefix(FILE) for word in words if word.startswith(FILE)]
    words = [word for word in words if not word.startswith(FILE)]
    first = next((at for at, word in enumerate(words) if _is_argument(word)), len(words))
    path = phoneos().canonical(Path.parse(" ".join(words[:first])), CatalogKind.COMMAND)
    if not path:
        raise ConfigError("the command's path is missing", "Write it like 'Call Dial Number=5000'")
    if len(files) > 1 or "" in files:
        raise ConfigError("one file at most, its name right behind @")
    strange = next((word for word in words[first:] if not _is_argument(word)), None)
    if strange is not None:
        raise ConfigError(f"'{strange}' is not Key=Value", "Values with blanks need quotation marks")
    pairs = (word.partition("=") for word in words[first:])
    arguments = tuple((name, value) for name, _, value in pairs)
    command = Command(path, arguments)
    with_dialable(command)  # so that nobody is asked about a number which then cannot be dialled
    return Typed(command, files[0] if files else None)


class Completion(NamedTuple):
    """One way to go on."""

    word: str
    """Takes the place of the last word."""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Prospect:
    """Where a line stands."""

    start: int
    """Where the last word begins, which a choice would replace."""
    choices: tuple[Completion, ...] = ()
    form: CommandForm | None = None
    """The command, once its path is whole."""
    missing: tuple[str, ...] = ()
    """Required parameters that are not there yet."""

    def common(self) -> str:
        """The beginning that all choices share, in the letter case of the first."""
        words = [choice.word for choice in self.choices]
        columns = zip(*(word.casefold() for word in words), strict=False)
        return words[0][: sum(1 for _ in takewhile(lambda letters: len(set(letters)) == 1, columns))] if words else ""


def prospect(line: str, schema: CommandSchema, values: Mapping[str, Sequence[str]] | None = None) -> Prospect:
    """What could come next. `values` are known values by parameter, where no document of the phone tells them."""
    start = len(line) if line[-1:].isspace() else line.rfind(" ") + 1
    before, word = line[:start].split(), line[start:]
    path = [one for one in before if not _is_argument(one) and not one.startswith(FILE)]
    form = schema.find(Path(path)) if path else None
    arguments = [(name, value) for name, equals, value in (one.partition("=") for one in before) if equals]
    if form is None or (not arguments and _goes_on(path, schema) and not _is_argument(word)):
        choices = tuple(_steps(path, word, schema))
    else:
        choices = tuple(_arguments(form, word, {name.casefold() for name, _ in arguments}, values or {}))
    if form is None and (whole := schema.find(Path([*path, word])) if word else None):
        return Prospect(start, choices, whole, whole.missing(()))
    typed = [*arguments, (word.partition("=")[0], "")] if _is_argument(word) else arguments
    return Prospect(start, choices, form, form.missing(typed) if form else ())


def about(parameter: Parameter) -> str:
    """What a parameter takes: `required · 1 to 4`."""
    parts = (
        "required" if parameter.is_required else "",
        _told(parameter.space),
        "repeats" if parameter.repeats else "",
    )
    return " · ".join(filter(None, parts))


def _told(space: Space) -> str:
    if space.words:
        return ", ".join(space.words[:6]) + (" …" if len(space.words) > 6 else "")
    bounds = f"{DASH if space.low is None else space.low} to {DASH if space.high is None else space.high}"
    bounds = "" if space.low is None and space.high is None else bounds
    return f"{bounds} characters" if space.kind == "string" and bounds else bounds or space.kind


def _goes_on(path: list[str], schema: CommandSchema) -> bool:
    return any(len(names) > len(path) for names in _beginning(path, schema))


def _beginning(path: Sequence[str], schema: CommandSchema) -> Iterable[tuple[str, ...]]:
    folded = tuple(map(str.casefold, path))
    names = (form.path.names for form in schema.forms)
    return (found for found in names if tuple(map(str.casefold, found[: len(folded)])) == folded)


def _steps(path: list[str], word: str, schema: CommandSchema) -> Iterable[Completion]:
    """The next name of a path; where it ends a command, with what the command does."""
    nexts: dict[str, str] = {}
    for names in _beginning(path, schema):
        if len(names) > len(path) and names[len(path)].casefold().startswith(word.casefold()):
            form = schema.find(Path(names))
            is_last = len(names) == len(path) + 1
            known = nexts.get(names[len(path)], "")
            nexts[names[len(path)]] = form.meaning if form and is_last else f"{known}, {names[-1]}".lstrip(", ")
    return (Completion(f"{name} ", told) for name, told in nexts.items())


def _arguments(
    form: CommandForm, word: str, given: set[str], values: Mapping[str, Sequence[str]]
) -> Iterable[Completion]:
    name, equals, begun = word.partition("=")
    if equals:
        parameter = form.parameter(name)
        if parameter is not None:
            yield from _values(parameter, begun, values)
        return
    for one in sorted(form.parameters, key=lambda one: not one.is_required):
        if one.name.casefold().startswith(word.casefold()) and (one.repeats or one.name.casefold() not in given):
            yield Completion(f"{one.name}=", about(one))
    if form.is_multiline and FILE.startswith(word[:1]):
        yield Completion(FILE if len(word) < 2 else word, "a file with the data block: a certificate in PEM or DER")


def _values(parameter: Parameter, begun: str, known: Mapping[str, Sequence[str]]) -> Iterable[Completion]:
    space = parameter.space
    words: Sequence[str] = space.words or known.get(parameter.name, ())
    if space.kind == "integer" and space.low is not None and space.high is not None and space.high - space.low < MOST:
        words = [str(number) for number in range(space.low, space.high + 1)]
    wanted = begun.strip("\"'").casefold()
    for value in words:
        if value.casefold().startswith(wanted):
            yield Completion(f"{parameter.name}={shlex.quote(value) if value else ''} ")


def _is_argument(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.replace("_", "").replace("-", "").isalnum() and name.isascii()


CAP = 8 * 2**20
"""Bytes: what room devices take at most (their guide of RoomOS 11.32); phones' own limit is not published."""


def read_attachment(file: str) -> str:
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
