"""The CSV file of phones to be added, and the report beside it that remembers which were."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phonetui import private
from phonetui.cli.lines import compact
from phonetui.errors import ConfigError
from phonetui.webex import devices

COLUMNS = ("mac", "model", "workspaceId", "personId")


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    mac: str
    """Twelve upper-case hex digits."""
    values: dict[str, str]


class Report:
    """One JSON object a line; what is added is never asked for again."""

    def __init__(self, file: Path) -> None:
        """Raises ConfigError."""
        self._file = file
        self.done = frozenset(_done(file))

    def note(self, row: Row, outcome: dict[str, Any]) -> None:
        """Raises ConfigError."""
        try:
            with open(self._file, "a", encoding="ascii", opener=private.opener) as stream:
                stream.write(compact({"mac": row.mac, **outcome}) + "\n")
        except OSError as error:
            raise ConfigError(f"{self._file}: {error.strerror or 'cannot be written'}", "Look at --report") from error


def read(file: Path) -> list[Row]:
    """The phones of a CSV file. Raises ConfigError with the first line that cannot be one."""
    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or 'cannot be read'}") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: not UTF-8 text") from None
    reader = csv.DictReader(io.StringIO(text))
    if unknown := set(reader.fieldnames or ["nothing"]) - set(COLUMNS):
        raise ConfigError(f"{file}:1: unknown column {', '.join(sorted(unknown))}", f"Known: {', '.join(COLUMNS)}")
    rows: dict[str, Row] = {}
    for given in reader:
        line = reader.line_num
        values = {name: (given.get(name) or "").strip() for name in COLUMNS}
        mac = devices.mac_of_id(values["mac"]).upper()
        if not mac:
            raise ConfigError(f"{file}:{line}: '{values['mac']}' is no MAC address")
        if not values["model"] or bool(values["workspaceId"]) == bool(values["personId"]):
            raise ConfigError(f"{file}:{line}: model, and one of workspaceId and personId, are needed")
        if mac in rows:
            raise ConfigError(f"{file}:{line}: {mac} stands in line {rows[mac].line} already")
        rows[mac] = Row(line, mac, {name: value for name, value in values.items() if value} | {"mac": mac})
    return list(rows.values())


def _done(file: Path) -> Iterator[str]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: the report cannot be read: {error}", "Look at --report") from error
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue  # cut short by a crash: that phone is asked for again, and Webex says if it has it
        if isinstance(row, dict) and row.get("added") is True and isinstance(row.get("mac"), str):
            yield row["mac"]
