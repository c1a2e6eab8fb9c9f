"""PATH and Key=Value as they are typed."""

import pytest

from phonetui.cli.phone_commands import path_of, split_arguments
from phonetui.errors import ConfigError
from phonetui.xapi.control_commands import is_dangerous


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ([], ""),
        (["Network IPv4 Address"], "Network IPv4 Address"),
        (["network", "ipv4", "ADDRESS"], "Network IPv4 Address"),
        (["/Status/Network/IPv4/Address"], "Network IPv4 Address"),
        (["Line[1].Call[0].Jitter"], "Line 1 Call 0 Jitter"),
        (["Line", "1", "Call", "0", "jitter"], "Line 1 Call 0 Jitter"),
        (["/Status/Line[@item='1']/Call"], "Line 1 Call"),
        (["Unheard", "of"], "Unheard of"),
    ],
)
def test_path(words: list[str], path: str) -> None:
    assert str(path_of(words)) == path


@pytest.mark.parametrize(
    ("words", "path", "arguments"),
    [
        (["call dial", "Number=5000"], "Call Dial", (("Number", "5000"),)),
        (["Call", "Dial", "Number=a b=c", "Number="], "Call Dial", (("Number", "a b=c"), ("Number", ""))),
        (["Call/Dial"], "Call Dial", ()),
        (["Foo[@item='1']", "Bar", "X=\n"], "Foo 1 Bar", (("X", "\n"),)),
    ],
)
def test_command(words: list[str], path: str, arguments: tuple[tuple[str, str], ...]) -> None:
    found, given = split_arguments(words)
    assert (str(found), given) == (path, arguments)


@pytest.mark.parametrize("words", [["A=1"], ["Call", "Dial", "Number=1", "x"], ["Call", "D=al", "=1"]])
def test_not_a_command(words: list[str]) -> None:
    with pytest.raises(ConfigError):
        split_arguments(words)


def test_danger_in_any_letter_case() -> None:
    assert is_dangerous(split_arguments(["systemunit", "BOOT", "Action=Restart"])[0])
    assert is_dangerous(split_arguments(["Security Certificates CA Delete"])[0])
    assert not is_dangerous(split_arguments(["SystemUnit", "Boots"])[0])
