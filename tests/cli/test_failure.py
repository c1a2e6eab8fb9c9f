"""One line, one exit code, no secret."""

import pytest

from phonetui.cli.failure import error_line, mask_passwords, print_error
from phonetui.errors import (
    AccessError,
    Busy,
    CommandRefused,
    ConfigError,
    Dropped,
    PhonetuiError,
    ProtocolError,
    Restarting,
    TimedOut,
    Unreachable,
)
from phonetui.text import printable


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), 2),
        (Unreachable("x"), 3),
        (TimedOut("x", 1), 3),
        (Dropped("x"), 3),
        (Restarting("x"), 3),
        (Busy("x"), 3),
        (AccessError("x"), 4),
        (ProtocolError("x"), 1),
        (CommandRefused("x"), 1),
    ],
)
def test_codes(error: PhonetuiError, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert print_error(error, "lobby", as_json=False) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("phonetui: lobby: ")


def test_sentences() -> None:
    assert error_line(ConfigError("it broke", "Mend it")) == "phonetui: it broke. Mend it."
    assert error_line(ConfigError("it broke", "Did it?"), "a") == "phonetui: a: it broke. Did it?"
    assert error_line(ConfigError("a: it broke"), "a") == "phonetui: a: it broke."


def test_what_the_other_side_calls_it_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    error = CommandRefused("no", "Ask")
    error.reference = printable("ROUTER_1")
    assert error_line(error) == "phonetui: no. Ask. Tracking id ROUTER_1."
    print_error(error, None, as_json=True)
    assert '"trackingId":"ROUTER_1"' in capsys.readouterr().out


def test_passwords_of_urls_are_masked_everywhere() -> None:
    assert mask_passwords("x 'https://u:hun@ter2@h/p' y") == "x 'https://***@h/p' y"
    assert mask_passwords("https://u@h:8443 and //a:1") == "https://u@h:8443 and //a:1"
