"""Where a command writes what it was asked for: `-o FILE`, `-o -`, or a name of its own."""

import sys
from datetime import datetime
from pathlib import Path

from phonetui.errors import ConfigError


def check(output: str | None) -> None:
    """To be called before a phone is asked for what could then not be written. Raises ConfigError."""
    from phonetui import private

    if output not in (None, "", "-") and private.expand_user(str(output)).exists():
        raise _taken(str(output))


def write(content: str | bytes, output: str | None, stem: str, ending: str) -> str:
    """The file's name, empty for standard output; `output` is what stood behind `-o`, else `stem` names the file.

    Raises ConfigError where there is such a file already, or it cannot be written.
    """
    from phonetui import private

    if output == "-":
        if isinstance(content, str):
            sys.stdout.write(content)
        else:
            sys.stdout.buffer.write(content)
        return ""
    try:
        if output:
            return str(private.create(private.expand_user(output), content))
        return str(private.create_in(Path(), stem, ending, content))
    except FileExistsError:
        raise _taken(str(output)) from None
    except OSError as error:
        where = error.filename or output
        raise ConfigError(
            f"{where}: {error.strerror or 'cannot be written'}", "Choose another place with -o"
        ) from error


def stem(phone: str, now: datetime) -> str:
    """`lobby-20261121-120000`: local time, as the operator's other files have it."""
    from phonetui import private

    return f"{private.safe_name(phone)}-{now:%Y%m%d-%H%M%S}"


def _taken(output: str) -> ConfigError:
    return ConfigError(f"{output}: there is such a file already", "Choose another name with -o")
