"""A CSV file of phones, and the configuration that grows by them."""

import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.config import sheet
from phonetui.config.reader import load
from phonetui.config.sheet import plan_addition
from phonetui.errors import ConfigError
from phonetui.text import printable
from tests.config.conftest import Write

HEAD = "name,host,group,model,jump,tags\n"


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    return tmp_path / "phones.csv"


def test_a_row_is_a_phone(csv_file: Path) -> None:
    csv_file.write_text(f"{HEAD}lobby,192.0.2.21,HQ/Ground floor,9851,bastion,reception|glass\n\n,192.0.2.22,,,,\n")
    first, second = sheet.read_sheet(csv_file)
    assert (first.line, second.line) == (2, 4)
    assert tomllib.loads(first.toml)["phone"] == [
        {
            "name": "lobby", "host": "192.0.2.21", "group": "HQ/Ground floor", "model": "9851", "jump": "bastion",
            "tags": ["reception", "glass"],
        }
    ]  # fmt: skip
    assert tomllib.loads(second.toml)["phone"] == [{"host": "192.0.2.22"}]


def test_as_spreadsheets_write_it(csv_file: Path) -> None:
    text = 'Name;Host;Group;MAC\r\nlobby;https://192.0.2.21:8443;"HQ; old";001A2B3C4D5E\r\n'
    csv_file.write_bytes(text.encode("utf-8-sig"))
    (row,) = sheet.read_sheet(csv_file)
    assert tomllib.loads(row.toml)["phone"] == [
        {"name": "lobby", "url": "https://192.0.2.21:8443", "group": "HQ; old", "mac": "001A2B3C4D5E"}
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "1: no column 'host'"),
        ("name,hots\n", "1: unknown column 'hots'. Did you mean 'host'?"),
        ("host,host\n", "1: column 'host' is there twice"),
        ("host\n192.0.2.1,x\n", "2: more cells than columns"),
        ('host\n"192', "not CSV"),
    ],
)
def test_what_is_no_such_file(csv_file: Path, text: str, words: str) -> None:
    csv_file.write_text(text)
    with pytest.raises(ConfigError) as raised:
        sheet.read_sheet(csv_file)
    assert words in str(raised.value)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_cell_breaks_out_of_its_string(text: str) -> None:
    row = sheet.SheetRow(2, {"group": printable(text)})
    assert tomllib.loads(row.toml) == {"phone": [{"group": printable(text)}]}


def test_what_stands_in_the_file_is_not_touched(write: Write, csv_file: Path) -> None:
    old = '# ours\r\n[[phone]]\r\nname = "a"  # first\r\nhost = "192.0.2.1"'
    file = write("", 0o640)
    file.write_bytes(old.encode())
    csv_file.write_text(f"{HEAD}b,192.0.2.2,,,,\na,192.0.2.1,,,,\n")
    addition = plan_addition(file, {}, csv_file, sheet.read_sheet(csv_file))
    assert [(row.line, name) for row, name in addition.known] == [(3, "a")]
    addition.write()
    assert file.read_bytes() == (old + '\r\n\r\n[[phone]]\r\nname = "b"\r\nhost = "192.0.2.2"\r\n').encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [phone.id for phone in load(file, environ={}).phones] == ["a", "b"]


def test_two_hundred_phones_into_no_file_yet(tmp_path: Path, csv_file: Path) -> None:
    file = tmp_path / "new" / "config.toml"
    csv_file.write_text(HEAD + "".join(f"desk-{n},192.0.2.{n},HQ/Floor {n % 7},9841,,\n" for n in range(1, 201)))
    plan_addition(file, {}, csv_file, sheet.read_sheet(csv_file)).write()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(load(file, environ={}).phones) == 200


def test_every_wrong_row_is_named_with_its_line(write: Write, csv_file: Path) -> None:
    file = write('[jump.bastion]\nhost = "192.0.2.7"\n\n[[phone]]\nname = "a"\nhost = "192.0.2.1"\n')
    csv_file.write_text(f"{HEAD}a,192.0.2.9,,,,\nb,,,,,\nc,192.0.2.3,,7841,,\nd,192.0.2.4,,,bastoin,\n")
    wrong = plan_addition(file, {}, csv_file, sheet.read_sheet(csv_file)).wrong
    assert [error.message for error in wrong] == [
        f"{csv_file}:2: [[phone]] name: 'a' is already the name of another phone",
        f"{csv_file}:3: [[phone]]: host is missing",
        f"{csv_file}:4: [[phone]] model: must be one of 9811, 9821, 9841, 9851, 9861, 9871, 8875",
        f"{csv_file}:5: [[phone]] jump: there is no [jump.bastoin]",
    ]


def test_one_address_is_one_phone(write: Write, csv_file: Path) -> None:
    file = write('[[phone]]\nname = "a"\nhost = "192.0.2.1"\n')
    csv_file.write_text(f"{HEAD}b,192.0.2.1,,,,\nc,192.0.2.3,,,,\nd,192.0.2.3,,,,\n")
    wrong = plan_addition(file, {}, csv_file, sheet.read_sheet(csv_file)).wrong
    assert [error.message for error in wrong] == [
        f"{csv_file}:2: 192.0.2.1 is the address of 'a' already",
        f"{csv_file}:4: 192.0.2.3 is the address of 'c' already",
    ]


def test_phones_in_one_list_cannot_grow(write: Write, csv_file: Path) -> None:
    file = write('phone = [{ name = "a", host = "192.0.2.1" }]\n')
    csv_file.write_text(f"{HEAD}b,192.0.2.2,,,,\n")
    with pytest.raises(ConfigError, match=r"Write each of them as a \[\[phone\]\] table"):
        plan_addition(file, {}, csv_file, sheet.read_sheet(csv_file))


def test_a_file_that_changed_meanwhile_is_left_alone(write: Write, csv_file: Path) -> None:
    file = write("# one\n")
    csv_file.write_text(f"{HEAD}b,192.0.2.2,,,,\n")
    addition = plan_addition(file, {}, csv_file, sheet.read_sheet(csv_file))
    file.write_text("# two\n")
    with pytest.raises(ConfigError, match="changed it meanwhile"):
        addition.write()
    assert file.read_text() == "# two\n"


def test_a_link_stays_a_link(write: Write, csv_file: Path, tmp_path: Path) -> None:
    file, link = write("# one\n"), tmp_path / "link.toml"
    link.symlink_to(file)
    csv_file.write_text(f"{HEAD}b,192.0.2.2,,,,\n")
    plan_addition(link, {}, csv_file, sheet.read_sheet(csv_file)).write()
    assert link.is_symlink()
    assert "192.0.2.2" in file.read_text()
