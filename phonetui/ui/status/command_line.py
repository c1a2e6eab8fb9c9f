"""A typed command line: parsed, completed, and drawn with its answers."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from itertools import takewhile
from typing import NamedTuple

from msgspec import Struct

from phonetui.errors import ConfigError
from phonetui.ui.screen_state import TranscriptEntry, TranscriptOutcome
from phonetui.ui.text.format import DASH
from phonetui.ui.text.rows import Role, Row, Run, clip, pad, row
from phonetui.xapi.catalog import CatalogKind, phoneos
from phonetui.xapi.command import Command
from phonetui.xapi.control_commands import with_dialable
from phonetui.xapi.document import Document
from phonetui.xapi.notation import status_lines
from phonetui.xapi.path import Path
from phonetui.xapi.schema import CommandForm, CommandSchema, Parameter, ValueSpace

FILE_PREFIX = "@"
"""A word that begins with it names the file whose content is the command's data block."""
MAX_RANGE_CHOICES = 64
"""Numbers of a range that are offered one by one."""


class TypedCommand(Struct, frozen=True):
    command: Command
    file: str | None = None
    """Where the data block is."""


def parse_line(line: str) -> TypedCommand:
    """`Call Dial Number=5000`, `Security Certificates CA Add @ca.pem`. Raises ConfigError saying what is wrong."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ConfigError("a quotation mark is not closed") from error
    files = [word.removeprefix(FILE_PREFIX) for word in words if word.startswith(FILE_PREFIX)]
    words = [word for word in words if not word.startswith(FILE_PREFIX)]
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
    return TypedCommand(command, files[0] if files else None)


_LANGUAGE = re.compile(
    r"\s*(?:/(?P<document>Status|Configuration|Command)/|x(?P<word>Status|Configuration|Command)\s+)", re.IGNORECASE
)


def language_of(line: str) -> tuple[str, int]:
    """`status`, `configuration` or `command`, as a pasted line begins, and where the path begins; a command else."""
    match = _LANGUAGE.match(line)
    if match is None:
        return "command", 0
    return (match["document"] or match["word"]).casefold(), match.end()


def read_status(line: str, document: Document) -> tuple[str, ...]:
    """What a pasted `xStatus …` reads, in the terminal notation. Raises ConfigError for what is no path."""
    return tuple(status_lines(document.under(phoneos().canonical(Path.parse(line), CatalogKind.STATUS))))


class Completion(NamedTuple):
    """One way to go on."""

    word: str
    """Takes the place of the last word."""
    about: str = ""


class LineCompletions(Struct, frozen=True):
    """The place at which a line stands, and what may come there."""

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


def line_completions(
    line: str, schema: CommandSchema, values: Mapping[str, Sequence[str]] | None = None
) -> LineCompletions:
    """What could come next. `values` are known values by parameter, where no document of the phone tells them."""
    start = len(line) if line[-1:].isspace() else line.rfind(" ") + 1
    language, begin = language_of(line)
    if language != "command":
        return LineCompletions(start)
    before, word = line[begin:start].split(), line[max(start, begin) :]
    path = [one for one in before if not _is_argument(one) and not one.startswith(FILE_PREFIX)]
    form = schema.find(Path(path)) if path else None
    arguments = [(name, value) for name, equals, value in (one.partition("=") for one in before) if equals]
    if form is None or (not arguments and _has_longer_path(path, schema) and not _is_argument(word)):
        choices = tuple(_path_choices(path, word, schema))
        if not choices and (path or word) and not _is_argument(word):
            fuzzy = tuple(_fuzzy_choices([*path, word], schema))
            return LineCompletions(begin, fuzzy) if fuzzy else LineCompletions(start)
    else:
        choices = tuple(_argument_choices(form, word, {name.casefold() for name, _ in arguments}, values or {}))
    if form is None and (whole := schema.find(Path([*path, word])) if word else None):
        return LineCompletions(start, choices, whole, whole.missing(()))
    typed = [*arguments, (word.partition("=")[0], "")] if _is_argument(word) else arguments
    return LineCompletions(start, choices, form, form.missing(typed) if form else ())


def parameter_summary(parameter: Parameter) -> str:
    """What a parameter takes: `required · 1 to 4`."""
    parts = (
        "required" if parameter.is_required else "",
        _space_summary(parameter.space),
        "repeats" if parameter.repeats else "",
    )
    return " · ".join(filter(None, parts))


def _space_summary(space: ValueSpace) -> str:
    if space.words:
        return ", ".join(space.words[:6]) + (" …" if len(space.words) > 6 else "")
    bounds = f"{DASH if space.low is None else space.low} to {DASH if space.high is None else space.high}"
    bounds = "" if space.low is None and space.high is None else bounds
    return f"{bounds} characters" if space.kind == "string" and bounds else bounds or space.kind


def _has_longer_path(path: list[str], schema: CommandSchema) -> bool:
    return any(len(names) > len(path) for names in _paths_below(path, schema))


def _paths_below(path: Sequence[str], schema: CommandSchema) -> Iterable[tuple[str, ...]]:
    folded = tuple(map(str.casefold, path))
    names = (form.path.names for form in schema.forms)
    return (found for found in names if tuple(map(str.casefold, found[: len(folded)])) == folded)


def _path_choices(path: list[str], word: str, schema: CommandSchema) -> Iterable[Completion]:
    """The next name of a path; where it ends a command, with what the command does."""
    nexts: dict[str, str] = {}
    for names in _paths_below(path, schema):
        if len(names) > len(path) and names[len(path)].casefold().startswith(word.casefold()):
            form = schema.find(Path(names))
            is_last = len(names) == len(path) + 1
            known = nexts.get(names[len(path)], "")
            nexts[names[len(path)]] = form.meaning if form and is_last else f"{known}, {names[-1]}".lstrip(", ")
    return (Completion(f"{name} ", about) for name, about in nexts.items())


def _fuzzy_choices(words: Sequence[str], schema: CommandSchema) -> Iterable[Completion]:
    """Whole commands in which every word that was typed stands somewhere, or all letters of it in their order."""
    wanted = [word.casefold() for word in words if word]
    names = {" ".join(form.path.names): form.meaning for form in schema.forms}
    for fits in (_contains, _has_letters):
        found = [name for name in names if all(fits(name.casefold(), word) for word in wanted)]
        if found:
            return (Completion(f"{name} ", names[name]) for name in found)
    return ()


def _contains(text: str, word: str) -> bool:
    return word in text


def _has_letters(text: str, word: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in word)


def _argument_choices(
    form: CommandForm, word: str, given: set[str], values: Mapping[str, Sequence[str]]
) -> Iterable[Completion]:
    name, equals, begun = word.partition("=")
    if equals:
        parameter = form.parameter(name)
        if parameter is not None:
            yield from _value_choices(parameter, begun, values)
        return
    for one in sorted(form.parameters, key=lambda one: not one.is_required):
        if one.name.casefold().startswith(word.casefold()) and (one.repeats or one.name.casefold() not in given):
            yield Completion(f"{one.name}=", parameter_summary(one))
    if form.is_multiline and FILE_PREFIX.startswith(word[:1]):
        about = "a file with the data block: a certificate in PEM or DER"
        yield Completion(FILE_PREFIX if len(word) < 2 else word, about)


def _value_choices(parameter: Parameter, begun: str, known: Mapping[str, Sequence[str]]) -> Iterable[Completion]:
    space = parameter.space
    words: Sequence[str] = space.words or known.get(parameter.name, ())
    low, high = space.low, space.high
    if space.kind == "integer" and low is not None and high is not None and high - low < MAX_RANGE_CHOICES:
        words = [str(number) for number in range(low, high + 1)]
    wanted = begun.strip("\"'").casefold()
    for value in words:
        if value.casefold().startswith(wanted):
            yield Completion(f"{parameter.name}={shlex.quote(value) if value else ''} ")


def _is_argument(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.replace("_", "").replace("-", "").isalnum() and name.isascii()


MAX_LINE_CHARS = 400
"""Characters of a line that are shown; a picture in base64 has a million."""


_ROLES = {
    TranscriptOutcome.WAITING: ("◐", Role.MEASURING),
    TranscriptOutcome.DONE: ("●", Role.GOOD),
    TranscriptOutcome.REFUSED: ("✗", Role.FAILED),
    TranscriptOutcome.FAILED: ("✗", Role.FAILED),
    TranscriptOutcome.NOT_SENT: ("○", Role.FAIR),
}


def transcript_rows(entries: Iterable[TranscriptEntry], zone: tzinfo | None) -> list[Row]:
    made = [line for entry in entries for line in (*_entry_rows(entry, zone), ())]
    return made[:-1] or [row(Run("Nothing has been sent yet.", Role.DIM))]


def _entry_rows(entry: TranscriptEntry, zone: tzinfo | None) -> Iterable[Row]:
    glyph, role = _ROLES[entry.outcome]
    words = f"{entry.outcome.value}: {entry.reason}" if entry.reason else entry.outcome.value
    yield row(
        Run(f"{entry.seen_at.astimezone(zone):%H:%M:%S} ", Role.DIM),
        Run(f"{clip(entry.phone, 24)} ", Role.LABEL),
        Run(clip(entry.line, MAX_LINE_CHARS), Role.TITLE),
    )
    yield row("  ", Run(f"{glyph} {clip(words, MAX_LINE_CHARS)}", role))
    has_notes = bool(entry.notes) and entry.outcome is TranscriptOutcome.DONE
    role = Role.FAILED if entry.outcome is TranscriptOutcome.REFUSED else Role.DIM if has_notes else Role.PLAIN
    for line in entry.notes:
        yield row("  ", Run(clip(line, MAX_LINE_CHARS), _note_role(line)))
    for line in entry.answer:
        yield row("  ", Run(clip(line, MAX_LINE_CHARS), role))


def _note_role(line: str) -> Role:
    if line.startswith("→"):
        return Role.INFO
    return Role.FAIR if "▲" in line else Role.VALUE


def choice_rows(prospect: LineCompletions, source: str) -> list[Row]:
    """The first row tells of the command; the choices follow it. `source` says whose words they are."""
    return [_head(prospect, source), *(_choice(choice.word, choice.about) for choice in prospect.choices)]


def _head(prospect: LineCompletions, source: str) -> Row:
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
