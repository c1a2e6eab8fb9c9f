"""The file that newcomers get says the truth."""

import re
import stat
from pathlib import Path

import pytest

from phonetui.config.interpretation import all_complaints
from phonetui.config.reader import load, read_source
from phonetui.config.schema import SCHEMA, NamedTables, SchemaTable, TableArray
from phonetui.config.settings import Config, PhoneSettings
from phonetui.config.template import template, write_template
from phonetui.errors import ConfigError
from phonetui.phone.state import PhoneId
from tests.config.conftest import Write


def test_as_written_it_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "config.toml"
    write_template(file)
    assert load(file, environ={}) == Config()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == stat.S_IMODE(file.parent.parent.stat().st_mode) == 0o700


def test_it_never_overwrites(write: Write) -> None:
    file = write("# mine")
    with pytest.raises(ConfigError, match="already there"):
        write_template(file)
    assert file.read_text() == "# mine"


def test_taken_out_of_its_comments_it_holds_the_built_in_defaults(write: Write) -> None:
    file = write(re.sub(r"^#(?=\S)", "", template(), flags=re.MULTILINE))
    source = read_source(file, {})
    assert source is not None
    assert all_complaints(source) == ()
    without_examples = "\n".join(line for line in file.read_text().splitlines() if "example" not in line)
    config = load(write(without_examples[: without_examples.index("\nname = ")] + "[ui]"), environ={})
    assert config.defaults == PhoneSettings(id=PhoneId(""), host="")
    config = load(write("[quality]" + without_examples.partition("[quality]")[2]), environ={})
    assert config.quality == Config().quality
    assert config.feedback == Config().feedback
    assert config.ui == Config().ui
    assert config.muted_alerts == ()


def test_it_names_every_key_of_the_schema() -> None:
    for name, key in SCHEMA.keys.items():
        rule = key.rule.rule if isinstance(key.rule, NamedTables | TableArray) else key.rule
        assert isinstance(rule, SchemaTable)
        assert f"[{name}" in template()
        if name != "keys":
            named = re.compile(rf"(?:^#|[ ,])({'|'.join(rule.keys)})\b", re.MULTILINE)
            assert set(named.findall(template())) == set(rule.keys)
