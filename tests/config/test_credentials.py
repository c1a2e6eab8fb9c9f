"""Where passwords come from, and that they go nowhere else."""

import shlex
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest
from msgspec.structs import replace

from phonetui.config import credentials
from phonetui.config.credentials import secret, with_passwords
from phonetui.config.settings import Config, Origin, PhoneSettings, Secret, SecretSource
from phonetui.errors import ConfigError
from phonetui.phone.state import PhoneId

PLANTED = "hunter2-Zq9"


def phone(name: str, **fields: object) -> PhoneSettings:
    return replace(PhoneSettings(id=PhoneId(name), host="192.0.2.1"), **fields)


def program(code: str) -> SecretSource:
    return SecretSource(Origin.COMMAND, shlex.join([sys.executable, "-c", code]))


def test_the_environment_is_over_everything() -> None:
    config = Config(phones=(phone("a", password=Secret("x")), phone("b")))
    found = with_passwords(config, {"PHONETUI_PASSWORD": PLANTED}, None)
    assert [each.password for each in found.phones] == [Secret(PLANTED)] * 2


def test_a_command_is_run_once_for_all_its_phones(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    source = program(f"open({str(runs)!r}, 'a').write('x'); print({PLANTED!r}); print('more')")
    config = Config(
        phones=(
            phone("a", password_source=source),
            phone("b", password_source=source),
            phone("c", password=Secret("l")),
        )
    )
    found = with_passwords(config, {}, None)
    assert [each.password for each in found.phones] == [Secret(PLANTED), Secret(PLANTED), Secret("l")]
    assert runs.read_text() == "x"


def test_the_operator_is_asked_once_for_each_user() -> None:
    asked: list[str] = []

    def prompt(words: str) -> str:
        asked.append(words)
        return PLANTED + str(len(asked))

    config = Config(phones=(phone("a"), phone("b"), phone("c", username="ops"), phone("d", transport="webex")))
    found = with_passwords(config, {}, prompt)
    assert asked == ["Password of xapi on 2 phones: ", "Password of ops on c: "]
    assert [each.password for each in found.phones] == [*(Secret(PLANTED + n) for n in "112"), None]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (SecretSource(Origin.ENV, "LAB_PHONES"), "LAB_PHONES is not set"),
        (SecretSource(Origin.COMMAND, f"/no/such/program {PLANTED}"), "'/no/such/program': No such file"),
        (SecretSource(Origin.COMMAND, f"'{PLANTED}"), "cannot be split"),
        (program(f"import sys; print({PLANTED!r}); sys.exit(3)"), "ended with 3"),
        (program(f"print(); print({PLANTED!r})"), "printed nothing"),
        (program(f"import time; print({PLANTED!r}, flush=True); time.sleep(60)"), "took longer"),
    ],
)
def test_a_source_that_gives_nothing(source: SecretSource, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "COMMAND_S", 0.3)
    if "longer" not in words:
        monkeypatch.setattr(credentials, "COMMAND_S", 10.0)
    with pytest.raises(ConfigError, match=words) as caught:
        secret(source, {}, "xapi")
    assert PLANTED not in "".join(traceback.format_exception(caught.value)) + repr(caught.value)


def test_without_any_source() -> None:
    def end(_: str) -> str:
        raise EOFError

    config = Config(phones=(phone("lobby"),))
    for prompt in (None, lambda _: "", end):
        with pytest.raises(ConfigError, match="no password for xapi on lobby"):
            with_passwords(config, {}, prompt)


def test_secrets_are_stars() -> None:
    config = with_passwords(Config(phones=(phone("a"),)), {"PHONETUI_PASSWORD": PLANTED}, None)
    source = SecretSource(Origin.COMMAND, PLANTED)
    for shown in (repr(config), str(config), f"{config.phones[0].password}", repr(source), repr(Secret(PLANTED))):
        assert PLANTED not in shown


class Store(keyring.backend.KeyringBackend):
    """A desktop's keyring, as far as it is read."""

    priority = 1

    def __init__(self, held: dict[tuple[str, str], str], fails: Exception | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library has no types here
        self.held, self.fails, self.asked = held, fails, list[tuple[str, str]]()

    def get_password(self, service: str, username: str) -> str | None:
        self.asked.append((service, username))
        if self.fails:
            raise self.fails
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError("nothing is ever written into it")


@pytest.fixture
def kept() -> Iterator[Callable[[Store], Store]]:
    before = keyring.get_keyring()

    def use(store: Store) -> Store:
        keyring.set_keyring(store)
        return store

    yield use
    keyring.set_keyring(before)


KEYRING = SecretSource(Origin.KEYRING, "phonetui")


def test_a_keyring_holds_one_for_each_user(kept: Callable[[Store], Store]) -> None:
    store = kept(Store({("phonetui", "xapi"): PLANTED, ("phonetui", "ops"): "other"}))
    phones = [phone(name, password_source=KEYRING) for name in "ab"]
    config = Config(phones=(*phones, phone("c", password_source=KEYRING, username="ops")))
    found = with_passwords(config, {}, None)
    assert [each.password for each in found.phones] == [Secret(PLANTED), Secret(PLANTED), Secret("other")]
    assert store.asked == [("phonetui", "xapi"), ("phonetui", "ops")]


@pytest.mark.parametrize(
    ("fails", "words"),
    [
        (None, "holds nothing for xapi under 'phonetui'. 'keyring set phonetui xapi'"),
        (keyring.errors.NoKeyringError(PLANTED), "has no keyring to be used"),
        (keyring.errors.KeyringLocked(PLANTED), "cannot be read: KeyringLocked. Is it unlocked"),
    ],
)
def test_a_keyring_that_gives_nothing(fails: Exception | None, words: str, kept: Callable[[Store], Store]) -> None:
    kept(Store({}, fails))
    with pytest.raises(ConfigError, match=words) as caught:
        secret(KEYRING, {}, "xapi")
    assert PLANTED not in "".join(traceback.format_exception(caught.value))


def test_without_the_package_it_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError, match=r"needs the package 'keyring'.*phonetui\[keyring\]"):
        secret(KEYRING, {}, "xapi")
