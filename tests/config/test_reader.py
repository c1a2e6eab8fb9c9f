"""What the file may say, what it means, and what is said about the rest."""

from pathlib import Path

import pytest

from phonetui.config.interpretation import all_complaints
from phonetui.config.reader import load, read_source
from phonetui.config.settings import Config, ControlMode, Origin, Poll, Secret, SecretSource, TlsMode
from phonetui.errors import ConfigError
from phonetui.phone.quality.grading import DEFAULT, Limits
from phonetui.phone.quality.loss import LossRateUnit
from tests.config.conftest import Write

COMPLAINTS = [
    ("[defaults]\npol = 1", "2: [defaults] pol: unknown key. Did you mean 'poll'?"),
    ("[defaults]\ndevice = 'Y2'", "2: [defaults] device: unknown key."),
    ("[defaults]\nzzz = 1", "2: [defaults] zzz: unknown key. Known here: control, group, jump,"),
    ("[defualts]\n", "1: [defualts]: unknown table. Did you mean [defaults]?"),
    ("x = 1", "1: [x]: unknown key."),
    ("[[phones]]\nname = 'a'", "1: [phones]: unknown table. Did you mean [phone]?"),
    ("\n[defaults]\npoll = { call = 0.4 }", "3: [defaults] poll.call: must be a number from 0.5 to 86400 seconds"),
    ("[defaults]\npoll = 2", "2: [defaults] poll: must be a table. Write it as poll = { call = … }"),
    ("[defaults]\npoll = { cal = 1 }", "2: [defaults] poll.cal: unknown key. Did you mean 'call'?"),
    ("[defaults.poll]\nidle = true", "2: [defaults] poll.idle: must be a number"),
    ("[defaults]\ntls = 'on'", "2: [defaults] tls: must be 'pin' or 'ca' or 'off'"),
    ("[defaults]\ncontrol = false", "2: [defaults] control: must be 'off' or 'confirm' or 'on'"),
    ("[defaults]\ntimeout_s = nan", "2: [defaults] timeout_s: must be a number from 0.1 to 300 seconds"),
    ("[defaults]\nsendkey = { names = { VolMid = 'X' } }", "the name must be a key of the phone, such as 'VolDwn'"),
    ("[defaults]\npassword = { enf = 'X' }", "2: [defaults] password: must be a string, { env ="),
    ("[defaults]\npassword = ''", "2: [defaults] password: must be a string, { env ="),
    ("[defaults]\njump = 'outre'\n[jump.outer]", "2: [defaults] jump: there is no [jump.outre]. Did you mean 'outer'"),
    ("[[phone]]\nname = 'a'", "1: [[phone]]: host is missing."),
    ("[[phone]]\nname = 'a'\ntransport = 'webex'", "1: [[phone]]: host is missing."),
    ("[[phone]]\ntransport = 'webex'\ndevice = 'Y2'", "1: [[phone]]: name is missing."),
    ("[[phone]]\nhost = 'a'\nurl = 'b'", "3: [[phone]] url: host and url exclude each other"),
    ("[[phone]]\nhost = 'https://a'", "2: [[phone]] host: must be a host's name or address"),
    ("[[phone]]\nhost = 'a:8443'", "2: [[phone]] host: must be a host's name or address"),
    ("[[phone]]\nurl = 'ftp://a'", "2: [[phone]] url: 'ftp://a': the scheme must be one of"),
    ("[[phone]]\nhost = 'a'\n[[phone]]\nhost = 'a'", "4: [[phone]] host: 'a' is already the name of another phone"),
    (
        "[[phone]]\nname = 'a'\nhost = 'b'\n[[phone]]\nhost = 'c'\nname = 'a'",
        "6: [[phone]] name: 'a' is already the name of another phone",
    ),
    ("[[phone]]\nhost = 'a'\nmac = '00:1A'", "3: [[phone]] mac: must be a MAC address"),
    ("[[phone]]\nhost = 'a'\nfingerprint = 'SHA256:00'", "3: [[phone]] fingerprint: must be 'sha256:' and 64"),
    ("[[phone]]\nhost = 'a'\nmodel = '9999'", "3: [[phone]] model: must be one of 9811, "),
    (
        "[[phone]]\nhost = 'a'\njump = 'bast'\n[jump.bastion]",
        "3: [[phone]] jump: there is no [jump.bast]. Did you mean",
    ),
    ("[phone]\nhost = 'a'", "1: [[phone]]: must be tables headed [[phone]]"),
    ("[jump.a]\nvia = 'b'\n[jump.b]\nvia = 'a'", "2: [jump.a] via: leads back to itself"),
    ("[jump.a]\nport = 0", "2: [jump.a] port: must be a whole number from 1 to 65535"),
    ("[jump]\na = 1", "2: [jump.a]: must be a table. Write it as"),
    ("[quality]\nloss_pct = { poor = 0.5 }", "2: [quality] loss_pct: must rise from fair to poor to critical"),
    ("[quality]\nmos = { fair = 3.0 }", "2: [quality] mos: must fall from fair to poor to critical"),
    ("[quality]\nworsen = [5, 3]", "2: [quality] worsen: must be two whole numbers"),
    ("[vq]\nlisten = ['tls://192.0.2.1']", "2: [vq] listen: must be a list of addresses such as ['udp://"),
    ("[vq]\nlisten = 'udp://192.0.2.1'", "2: [vq] listen: must be a list of addresses"),
    ("[vq]\nproxies = ['10.0.0.0/40']", "2: [vq] proxies: must be a list of addresses or networks"),
    ("[mesh]\ncountry = 'Norway'", "2: [mesh] country: must be a country's two letters"),
    ("[mesh]\nextensions = ['119-101']", "2: [mesh] extensions: must be a list of numbers and ranges of them"),
    ("[mesh]\nextensions = ['1-119']", "2: [mesh] extensions: must be a list of numbers and ranges of them"),
    ("[report]\npublish = 'sips:x'", "2: [report] publish: must be a URI of SIP over UDP"),
    ("[alerts]\nmute = ['*:los']", "2: [alerts] mute: must be a list such as"),
    ("[history]\ndays = 1.5", "2: [history] days: must be a whole number"),
    ("[feedback]\nslot = 3", "2: [feedback] slot: must be 'auto', 1, 2 or 4"),
    ("[feedback]\nlisten = 'yes'", "2: [feedback] listen: must be 'auto' or 'off' or 'ADDRESS:PORT'"),
    ("[feedback]\nscheme = 'https'", "2: [feedback] scheme: https needs cert and key"),
    ("[keys]\n'call.dail' = 'd'", "2: [keys] call.dail: unknown key. Did you mean 'call.dial'?"),
    ("[keys]\n'call.dial' = ''", "2: [keys] call.dial: must be a key's name"),
    ("[keys]\n'call.dial' = 'd,'", "2: [keys] call.dial: must be a key's name, several separated by commas"),
    (
        "[keys]\n'call.dial' = 'f6'\n'view.zoom' = 'd'\n'call.answer' = 'f6'",
        "4: [keys] call.answer: 'f6' is also the key of call.dial on the main screen. Give one of the two another key",
    ),
    ("[keys]\n'fleet.group' = 'enter'", "2: [keys] fleet.group: 'enter' is a key that the fleet itself needs"),
    ("[keys]\n'call.dial' = 'ctrl+s'", "2: [keys] call.dial: 'ctrl+s' may never arrive"),
    ("[ui]\nmouse = 'yes'", "2: [ui] mouse: must be true or false"),
    ("[ui]\ngraphics = 'svga'", "2: [ui] graphics: must be 'blocks' or 'auto' or 'kitty' or 'sixel'"),
    ("[ui\n", "1: not TOML: "),
    ("a = 1\na = 2", "2: not TOML: "),
    ("a = " + "[" * 100_000, ": not TOML: nested too deeply"),
]


@pytest.mark.parametrize(("text", "complaint"), COMPLAINTS)
def test_complaint(text: str, complaint: str, write: Write) -> None:
    file = write(text)
    with pytest.raises(ConfigError) as caught:
        load(file, environ={})
    assert f"{file}:" in str(caught.value)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_complaint_in_the_order_of_its_lines(write: Write) -> None:
    source = read_source(write("[ui]\nx = 1\n[defaults]\ncontrol = 'no'\ntls = 1\n[history]\ndays = -1"), {})
    assert source is not None
    assert [str(error).split(":")[1] for error in all_complaints(source)] == ["2", "4", "5", "7"]


def test_a_jump_host_without_a_table_is_one_that_openssh_knows(write: Write) -> None:
    config = load(write("[[phone]]\nhost = 'a'\njump = 'gate.example.com'\n[jump.outer]"), environ={})
    assert config.phones[0].jump == "gate.example.com"


EVERYTHING = """
[defaults]
username = "ops"
password = { env = "LAB" }
tls = "ca"
tls_ca = "/etc/ca.pem"
control = "off"
transport = "http"
poll = { call = 1 }
timeout_s = 5
loss_rate_scale = "percent"
mos_scale = "10"
sendkey = { parameter = "Name", names = { voldwn = "VolDn" } }
tags = ["all"]
[quality]
loss_pct = { fair = 0.5 }
recover = [2, 4]
[alerts]
mute = ["lobby", "lobby:jitter", "*:mwi", "192.0.2.1:8443", "192.0.2.1:8443:loss"]
[history]
days = 7
[jump.outer]
[jump.bastion]
host = "bastion.example.com"
port = 2222
user = "u"
key_file = "/k"
known_hosts = "/kh"
via = "outer"
[feedback]
listen = "192.0.2.9:8443"
advertise = "192.0.2.10:8443"
scheme = "https"
cert = "c"
key = "k"
slot = 2
through_jump = false
[webex]
token = { command = "pass show webex" }
org = "o"
base_url = "https://example.com"
client_id = "C1"
client_secret = { env = "WEBEX_SECRET" }
refresh_token = { command = "pass show app" }
scopes = ["spark-admin:devices_read"]
[[phone]]
name = "lobby"
host = "192.0.2.21"
mac = "00-1A-2B-3C-4D-5E"
serial = "FVH1"
group = "HQ / Ground floor/"
jump = "bastion"
model = "DP-9851"
tags = ["reception"]
fingerprint = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
tls = "pin"
tls_name = "dp.example.com"
control = "on"
poll.idle = 20
sendkey = { names = { Mute = "MUTE" } }
username = "lobby"
password = "hunter2"
[[phone]]
url = "http://root@[2001:db8::1]:8080"
[[phone]]
name = "kiosk"
transport = "webex"
device = "Y2lz"
[keys]
"call.dial" = "f6,ctrl+d"
[ui]
theme = "mine"
ascii = true
mouse = false
blink = true
timezone = "Europe/Berlin"
privacy = true
graphics = "sixel"
"""


def test_every_key_is_understood(write: Write) -> None:
    config = load(write(EVERYTHING), environ={})
    lobby, other, kiosk = config.phones
    assert (kiosk.host, kiosk.device, kiosk.is_behind_webex) == ("", "Y2lz", True)
    assert (lobby.id, lobby.host, lobby.port, lobby.scheme) == ("lobby", "192.0.2.21", None, "https")
    assert lobby.group == ("HQ", "Ground floor")
    assert (lobby.mac, lobby.serial) == ("00-1A-2B-3C-4D-5E", "FVH1")
    assert (lobby.jump, lobby.model, lobby.tags) == ("bastion", "9851", ("reception",))
    assert (lobby.tls, lobby.tls_ca, lobby.tls_name) == (TlsMode.PIN, "/etc/ca.pem", "dp.example.com")
    assert lobby.control is ControlMode.ON
    assert (lobby.loss_rate_scale, lobby.mos_scale) == (LossRateUnit.PERCENT, 10.0)
    assert lobby.poll == Poll(1.0, 20.0, 60.0)
    assert dict(lobby.sendkey.names) == {"VolDwn": "VolDn", "Mute": "MUTE"}
    assert (lobby.sendkey.parameter, lobby.username, lobby.timeout_s) == ("Name", "lobby", 5.0)
    assert lobby.password == Secret("hunter2")
    assert lobby.password_source is None
    assert (other.id, other.host, other.port, other.username) == ("[2001:db8::1]:8080", "2001:db8::1", 8080, "root")
    assert (other.tls, other.control, other.tags) == (TlsMode.CA, ControlMode.OFF, ("all",))
    assert other.password_source is not None
    assert other.password_source.origin is Origin.ENV
    assert config.quality.loss_pct == Limits(0.5, 3.0, 5.0)
    assert (config.quality.worsen, config.quality.recover) == (DEFAULT.worsen, (2, 4))
    assert config.quality.mos == DEFAULT.mos
    assert len(config.muted_alerts) == 5
    assert config.history_days == 7
    outer, bastion = config.jumps
    assert (outer.host, bastion.host, bastion.port, bastion.via) == ("outer", "bastion.example.com", 2222, "outer")
    assert (config.feedback.listen, config.feedback.slot, config.feedback.through_jump) == ("192.0.2.9:8443", 2, False)
    assert config.webex.token_source is not None
    assert (config.webex.client_id, config.webex.scopes) == ("C1", ("spark-admin:devices_read",))
    assert config.webex.client_secret_source == SecretSource(Origin.ENV, "WEBEX_SECRET")
    assert config.webex.refresh_token_source == SecretSource(Origin.COMMAND, "pass show app")
    assert dict(config.keys) == {"call.dial": "f6,ctrl+d"}
    assert (config.ui.theme, config.ui.mouse, config.ui.graphics) == ("mine", False, "sixel")


def test_no_file_is_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load(None, environ={}) == Config()


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    for path, environ in ((tmp_path / "no.toml", {}), (None, {"PHONETUI_CONFIG": str(tmp_path / "no.toml")})):
        with pytest.raises(ConfigError, match=r"no\.toml: no such file"):
            load(path, environ=environ)


def test_a_folder_and_another_encoding_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="directory"):
        load(tmp_path, environ={})
    (tmp_path / "c").write_bytes(b"[ui]\ntheme = '\xff'")
    with pytest.raises(ConfigError, match=r"c:2: not UTF-8"):
        load(tmp_path / "c", environ={})


def test_a_literal_secret_needs_a_private_file(write: Write) -> None:
    texts = ("[defaults]\npassword='hunter2'", "[[phone]]\nhost='a'\npassword='hunter2'", "[webex]\ntoken='hunter2'",
             "[webex]\nclient_secret='hunter2'", "[webex]\nrefresh_token='hunter2'")  # fmt: skip
    for text in texts:
        load(write(text), environ={})
        for mode in (0o640, 0o604):
            with pytest.raises(ConfigError, match="others can read") as caught:
                load(write(text, mode), environ={})
            assert "hunter2" not in str(caught.value)


def test_windows_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_bytes(b"\xef\xbb\xbf[ui]\r\ntheme = 'x'\r\nfoo = 1\r\n")
    with pytest.raises(ConfigError, match=r"c\.toml:3: \[ui\] foo"):
        load(file, environ={})


def test_strings_for_the_screen_are_harmless(write: Write) -> None:
    config = load(
        write('[[phone]]\nname = "a\\u001b[31m"\nhost = "h"\ngroup = "x/\\u202Ey"\ntags = ["\\u009b"]'), environ={}
    )
    (phone,) = config.phones
    assert phone.id == "a\ufffd[31m"
    assert phone.group == ("x", "\ufffdy")
    assert phone.tags == ("\ufffd",)
    with pytest.raises(ConfigError) as caught:
        load(write('[ui]\n"\\u001b]0;x\\u0007" = 1'), environ={})
    assert "\x1b" not in str(caught.value)


def test_numbers_are_numbers(write: Write) -> None:
    row = '[[phone]]\nname = "a"\nhost = "192.0.2.1"\nnumbers = '
    assert load(write(f'{row}["5021", "+47 22 00 50 21"]'), environ={}).phones[0].numbers == ("5021", "+47 22 00 50 21")
    with pytest.raises(ConfigError, match="list of telephone numbers"):
        load(write(f'{row}["lobby"]'), environ={})


def test_auto_at_a_phone_is_over_what_the_defaults_say(write: Write) -> None:
    phone = "[[phone]]\nhost = 'a'\nloss_rate_scale = 'auto'\nmos_scale = 'auto'"
    config = load(write(f"[defaults]\nloss_rate_scale = 'percent'\nmos_scale = 10\n{phone}"), environ={})
    assert (config.defaults.loss_rate_scale, config.defaults.mos_scale) == (LossRateUnit.PERCENT, 10.0)
    assert (config.phones[0].loss_rate_scale, config.phones[0].mos_scale) == (None, None)


def test_every_file_may_lie_in_the_home_directory(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/h")
    jump = "[jump.j]\nkey_file = '~/f'\nknown_hosts = '~/n'"
    config = load(write(f"[feedback]\ncert = '~/c'\nkey = '~/k'\n[defaults]\ntls_ca = '~/ca'\n{jump}"), environ={})
    assert (config.feedback.cert, config.feedback.key, config.defaults.tls_ca) == ("/h/c", "/h/k", "/h/ca")
    assert (config.jumps[0].key_file, config.jumps[0].known_hosts) == ("/h/f", "/h/n")
