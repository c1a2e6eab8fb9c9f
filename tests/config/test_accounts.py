"""An account that was typed, kept in the configuration file: nothing else of the file changes."""

from pathlib import Path

import pytest

from phonetui.config.accounts import keep_account
from phonetui.config.reader import load
from phonetui.config.settings import Secret
from phonetui.errors import ConfigError
from phonetui.phone.state import PhoneId

ONE, TWO = PhoneId("one"), PhoneId("two")
NEW = Secret('n"e\\w #1')
FILE = """\
# Mine.
[defaults]
username = "xapi"   # all of them

[[phone]]
name = "one"
host = "192.0.2.1"
password = "old"    # of last year

[[phone]]
name = "two"
host = "192.0.2.2"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "config.toml"
    place.write_text(FILE)
    place.chmod(0o600)
    return place


def keep(place: Path, *phones: PhoneId, username: str = "xapi") -> None:
    keep_account(place, {}, phones, username, NEW)


def test_a_password_that_stands_there_is_replaced_and_its_comment_stays(file: Path) -> None:
    keep(file, ONE)
    written = '"n\\"e\\\\w #1"'
    assert file.read_text() == FILE.replace('"old"', written)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [phone.password for phone in load(file, environ={}).phones] == [NEW, None]


def test_one_line_says_it_for_all_that_had_none(file: Path) -> None:
    keep(file, TWO)
    assert '[defaults]\npassword = "n' in file.read_text()
    assert [phone.password for phone in load(file, environ={}).phones] == [Secret("old"), NEW]


def test_another_user_goes_into_the_phone_s_own_table(file: Path) -> None:
    keep(file, ONE, TWO, username="admin")
    phones = load(file, environ={}).phones
    assert [(phone.username, phone.password) for phone in phones] == [("admin", NEW)] * 2
    assert len(file.read_text().splitlines()) == len(FILE.splitlines()) + 3


def test_line_ends_stay(file: Path) -> None:
    file.write_bytes(FILE.replace("\n", "\r\n").encode())
    keep(file, ONE)
    assert file.read_bytes().count(b"\r\n") == file.read_bytes().count(b"\n") == len(FILE.splitlines())


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('"old"', '{ env = "PW" }', "the environment variable PW"),
        ('"old"', '{ command = "pass show one" }', "comes from a password command"),
        ('"old"', '{ keyring = "lab" }', "the keyring, under 'lab'"),
        ('"old"', '"""old"""', "its form is not one"),
        ('name = "one"', 'name = "three"', "one: not in"),
    ],
)
def test_what_cannot_be_kept_says_why_and_leaves_the_file_as_it_was(
    file: Path, before: str, after: str, why: str
) -> None:
    file.write_text(text := FILE.replace(before, after))
    with pytest.raises(ConfigError, match=why) as raised:
        keep(file, ONE)
    assert file.read_text() == text
    assert NEW.reveal() not in str(raised.value)


def test_a_file_that_others_can_read_is_no_place(file: Path) -> None:
    file.write_text(text := FILE.replace('password = "old"    # of last year\n', ""))
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="others can read it"):
        keep(file, ONE)
    assert file.read_text() == text


def test_phones_in_one_list_are_left_to_their_owner(file: Path) -> None:
    file.write_text(text := 'phone = [{ name = "one", host = "192.0.2.1" }]\n')
    with pytest.raises(ConfigError, match="cannot be changed here"):
        keep(file, ONE)
    assert file.read_text() == text
