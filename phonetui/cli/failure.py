"""How errors are printed: one line on standard error or one JSON object; and the exit code of each kind."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from phonetui.cli.output import write_stderr
from phonetui.errors import ConfigError, PhonetuiError

EXIT = {"config": 2, "unreachable": 3, "timed-out": 3, "dropped": 3, "access": 4, "protocol": 1, "refused": 1}
"""By the error's kind."""

INTERRUPTED = 130

_SECRET = re.compile(r"(?<=//)[^\s/@'\"]*:\S*@")


class PhoneFailure(Exception):
    """An error together with the phone that it is about."""

    def __init__(self, phone: str, error: PhonetuiError) -> None:
        super().__init__(f"{phone}: {error}")
        self.phone = phone
        self.error = error


class NoPhones(ConfigError):
    """The failure that nobody named a phone: the one that every newcomer sees, so it says how to go on."""

    block = (
        "  phonetui demo                 try it over simulated phones",
        "  phonetui --phone URL          https://user@host: PhoneOS 3.5 or later, web access, an xAPI account",
        "  phonetui config init          write a commented configuration file",
    )

    def __init__(self) -> None:
        super().__init__("no phone is configured and none is named")


@contextmanager
def about(phone: str) -> Iterator[None]:
    """Errors that come out of here are this phone's."""
    try:
        yield
    except PhonetuiError as error:
        raise PhoneFailure(phone, error) from error


def print_error(error: PhonetuiError, phone: str | None, *, as_json: bool) -> int:
    """Prints it; the exit code."""
    if as_json:
        from phonetui.cli.json_lines import compact

        what = {"kind": error.kind, "message": mask_passwords(error.message), "hint": mask_passwords(error.hint)}
        if error.reference:
            what["trackingId"] = error.reference
        print(compact({"phone": phone, "error": what}))
    else:
        write_stderr(error_line(error, phone))
        for more in getattr(error, "block", ()):
            write_stderr(mask_passwords(more))
    return EXIT.get(error.kind, 1)


def error_line(error: PhonetuiError, phone: str | None = None) -> str:
    """`phonetui: PHONE: what happened. What to try. Tracking id …`"""
    whose = f"{phone}: " if phone and not error.message.startswith(f"{phone}: ") else ""
    sentences = (text if text.endswith((".", "?", "!")) else f"{text}." for text in error.sentences)
    return mask_passwords(f"phonetui: {whose}{' '.join(sentences)}")


def mask_passwords(text: str) -> str:
    """The text without the password of any URL.

    A mistyped command line is repeated in complaints, and those are kept.
    """
    return _SECRET.sub("***@", text)
