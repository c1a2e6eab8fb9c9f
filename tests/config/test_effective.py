"""Which values are in force, and where each came from."""

import tomllib
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.config.effective import Section, effective
from phonetui.config.interpretation import interpret
from phonetui.config.reader import read_source, with_phones
from phonetui.config.settings import Config
from tests.config.conftest import Write

PLANTED = "hunter2-Zq9"
TEXT = f"""\
[defaults]
password = {{ command = "pass show {PLANTED}" }}
poll = {{ call = 1.0 }}
tls = "ca"
[quality]
jitter_ms = {{ fair = 20.0 }}
[webex]
token = "{PLANTED}"
client_secret = {{ env = "WEBEX_SECRET" }}
[jump.bastion]
host = "bastion.example.com"
[[phone]]
name = "lobby"
url = "https://ops@192.0.2.21:8443"
password = "{PLANTED}"
poll.idle = 5.0
sendkey = {{ names = {{ VolDwn = "VolDown" }} }}
[[phone]]
host = "192.0.2.22"
group = "HQ/Lab"
numbers = ["5022"]
[keys]
"call.dial" = "f6"
"""


def shown(write: Write, *words: str, read_only: bool = False, **environ: str) -> list[Section]:
    source = read_source(write(TEXT), {})
    assert source is not None
    config, complaints = interpret(source)
    assert complaints == []
    config = replace(with_phones(config, words), read_only=read_only)
    return list(effective(config, source, environ))


def said(section: Section) -> dict[str, tuple[Any, str]]:
    return {value.key: (value.value, value.source) for value in section.values}


def test_each_value_is_told_with_its_line(write: Write) -> None:
    sections = {section.head: said(section) for section in shown(write)}
    assert sections["[defaults]"]["tls"] == ("ca", "line 4")
    assert sections["[defaults]"]["username"] == ("xapi", "built-in")
    assert sections["[quality]"]["jitter_ms.fair"] == (20.0, "line 6")
    assert sections["[quality]"]["jitter_ms.poor"] == (50.0, "built-in")
    assert sections['[jump."bastion"]']["host"] == ("bastion.example.com", "line 11")
    assert sections["[keys]"]['"call.dial"'] == ("f6", "line 23")
    assert sections["[feedback]"]["slot"] == ("auto", "built-in")


def test_a_phone_shows_what_it_has_of_its_own_and_what_of_the_defaults(write: Write) -> None:
    lobby, other = (said(section) for section in shown(write) if section.head == "[[phone]]")
    assert lobby["name"] == ("lobby", "line 13")
    assert lobby["url"] == ("https://192.0.2.21:8443", "line 14")
    assert lobby["username"] == ("ops", "line 14")
    assert (lobby["poll.call"], lobby["poll.idle"]) == ((1.0, "line 3"), (5.0, "line 16"))
    assert lobby["poll.slow"] == (60.0, "built-in")
    assert lobby["sendkey.names.VolDwn"] == ("VolDown", "line 17")
    assert other["name"] == ("192.0.2.22", "line 19")
    assert other["username"] == ("xapi", "built-in")
    assert other["group"] == ("HQ/Lab", "line 20")
    assert other["numbers"] == (["5022"], "line 21")


def test_the_command_line_and_the_environment_are_over_the_file(write: Write) -> None:
    sections = shown(write, "lobby", "me@192.0.2.9", read_only=True, PHONETUI_PASSWORD=PLANTED)
    lobby, spoken = (said(section) for section in sections if section.head == "[[phone]]")
    assert lobby["control"] == spoken["control"] == ("off", "command line")
    assert lobby["password"] == ("***", "environment PHONETUI_PASSWORD")
    assert lobby["url"][1] == "line 14"
    assert spoken["url"] == ("https://192.0.2.9", "command line")
    assert spoken["username"] == ("me", "command line")
    assert spoken["tls"] == ("ca", "line 4")


def test_secrets_are_stars_and_where_they_are_kept_is_told(write: Write) -> None:
    sections = shown(write)
    assert PLANTED not in repr(sections)
    assert said(sections[0])["password"] == ({"command": "pass ***"}, "line 2")
    lobby = next(said(section) for section in sections if section.head == "[[phone]]")
    assert lobby["password"] == ("***", "line 15")
    webex = next(said(section) for section in sections if section.head == "[webex]")
    assert webex["token"] == ("***", "line 8")
    assert webex["client_secret"] == ({"env": "WEBEX_SECRET"}, "line 9")
    assert webex["refresh_token"] == (None, "built-in")
    assert not [key for key in webex if key.endswith("source")]


def test_what_is_shown_is_toml_that_says_the_same(write: Write) -> None:
    text = "\n".join("\n".join([section.head, *(value.toml for value in section.values)]) for section in shown(write))
    tables = tomllib.loads(text)
    assert tables["quality"]["jitter_ms"] == {"fair": 20.0, "poor": 50.0}
    assert tables["phone"][0]["sendkey"]["names"] == {"VolDwn": "VolDown"}
    assert tables["phone"][1]["group"] == "HQ/Lab"


@pytest.mark.parametrize("read_only", [False, True])
def test_without_a_file_everything_is_built_in(read_only: bool) -> None:
    sections = effective(Config(read_only=read_only), None, {})
    origins = {value.source for section in sections for value in section.values}
    assert origins == ({"built-in", "command line"} if read_only else {"built-in"})
