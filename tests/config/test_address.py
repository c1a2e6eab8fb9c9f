"""A phone named on the command line."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from phonetui.config.address import PhoneAddress, parse_address
from phonetui.config.reader import find_phone, with_phones
from phonetui.config.settings import Config, ControlMode, PhoneSettings
from phonetui.errors import ConfigError
from phonetui.phone.state import PhoneId


@pytest.mark.parametrize(
    ("text", "address", "name"),
    [
        ("192.0.2.1", PhoneAddress("https", None, "192.0.2.1", None), "192.0.2.1"),
        ("lobby.example.com:8443", PhoneAddress("https", None, "lobby.example.com", 8443), "lobby.example.com:8443"),
        ("https://ops@lobby", PhoneAddress("https", "ops", "lobby", None), "lobby"),
        ("HTTPS://lobby:443/", PhoneAddress("https", None, "lobby", None), "lobby"),
        ("http://lobby:443", PhoneAddress("http", None, "lobby", 443), "lobby:443"),
        ("http://lobby:80", PhoneAddress("http", None, "lobby", None), "lobby"),
        ("wss://lobby", PhoneAddress("wss", None, "lobby", None), "lobby"),
        ("ws://lobby:8080", PhoneAddress("ws", None, "lobby", 8080), "lobby:8080"),
        ("https://[2001:db8::1]:8443", PhoneAddress("https", None, "2001:db8::1", 8443), "[2001:db8::1]:8443"),
        ("[2001:db8::1]", PhoneAddress("https", None, "2001:db8::1", None), "[2001:db8::1]"),
        ("2001:db8::1", PhoneAddress("https", None, "2001:db8::1", None), "[2001:db8::1]"),
        ("https://ops@[fe80::1%eth0]:1", PhoneAddress("https", "ops", "fe80::1%eth0", 1), "[fe80::1%eth0]:1"),
        ("ops@lobby", PhoneAddress("https", "ops", "lobby", None), "lobby"),
    ],
)
def test_address(text: str, address: PhoneAddress, name: str) -> None:
    assert parse_address(text) == address
    phone = find_phone(Config(), text)
    assert phone.id == name
    assert phone.username == (address.username or "xapi")


@pytest.mark.parametrize(
    "text",
    ["", "https://", "ftp://x", "https://x/path", "https://x?q", "a b", "x:0", "x:65536", "x:99999999", "[x]", "[::1", "::1]",
     "https://a b@x", "x:port", "https:// x", "https://x\x1b[0m", "http://http://x"],
)  # fmt: skip
def test_not_an_address(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_address(text)


@pytest.mark.parametrize(
    "text",
    ["https://xapi:hunter2@192.0.2.1", "xapi:hunter2@lobby", "https://:hunter2@x", "https://xapi:@x",
     "https://xapi:hunter2/@x", "https://xapi:hunter2?#@x", "https://xapi:hunter2@y@x", "ftp://a:hunter2@x",
     "https://a:hunter2://@x"],
)  # fmt: skip
def test_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ConfigError, match="must not carry a password") as caught:
        parse_address(text)
    assert "hunter2" not in repr(caught.value) + str(caught.value)


@given(st.text(alphabet=st.sampled_from("ab:/@[].%?#0 \x1b"), max_size=14))
@example("::%?")
def test_whatever_is_typed_is_an_address_or_a_complaint(text: str) -> None:
    try:
        found = parse_address(text).host
    except ConfigError as error:
        found = f"complaint{len(str(error))}"
    assert found
    assert not set(found) & set("/@[]?# \x1b")


def test_phones_of_the_line_replace_the_others_and_take_the_defaults() -> None:
    lobby = PhoneSettings(id=PhoneId("lobby"), host="192.0.2.1")
    defaults = PhoneSettings(id=PhoneId(""), host="", username="ops", control=ControlMode.OFF)
    config = Config(phones=(lobby,), defaults=defaults)
    assert with_phones(config, ()) is config
    fresh, known = with_phones(config, ("https://192.0.2.2:8443", "lobby")).phones
    assert (fresh.id, fresh.username, fresh.control) == ("192.0.2.2:8443", "ops", ControlMode.OFF)
    assert known is lobby
    with pytest.raises(ConfigError, match="named twice"):
        with_phones(config, ("x", "https://x"))


def test_a_name_misspelt_is_not_taken_for_an_address() -> None:
    config = Config(phones=(PhoneSettings(id=PhoneId("lobby"), host="192.0.2.1"),))
    with pytest.raises(ConfigError, match="Did you mean 'lobby'"):
        find_phone(config, "loby")
    assert find_phone(config, "https://loby").host == "loby"
    assert find_phone(config, "kitchen").host == "kitchen"
