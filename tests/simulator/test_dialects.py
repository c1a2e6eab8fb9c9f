"""Every dialect, served and read over a socket, and sent over every wire; one row each of what tells it apart."""

import json
import re
import tomllib
from importlib.resources import files
from pathlib import Path as File
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import asdict, replace

from phonetui.errors import ConfigError
from phonetui.simulator import dialect
from phonetui.simulator.call import CallPlan
from phonetui.simulator.dialect import PLAIN, Dialect
from phonetui.simulator.documents import DocHeader
from phonetui.simulator.presentation import Presentation
from phonetui.simulator.server import ServedOffice, Settings, SimulatedPhone, dialects, serve
from phonetui.simulator.tree import TreeChange, TreeEvent, as_changes
from phonetui.xapi.catalog import CatalogKind, Deployment, phoneos
from phonetui.xapi.path import Path
from tests.live import until

from .callers import calling
from .offices import opened, pair
from .sockets import client, receiver

NAMES = (
    *("foreign", "fraction", "future", "keycode", "legacy", "mute", "onprem", "percent", "plain", "tenths", "units"),
    *("unlisted", "v35", "websocket"),
)
CALL = Path.parse("Line 1 Call 0")
_SHORT = CallPlan(answer_after_s=1.0)
SHAPES: dict[str, dict[str, str]] = {
    "plain": {
        "Line 1 Call 0 MOSLQ": r"[1-4]\.\d",
        "Line 1 Call 0 LossRate": r"\d{1,3}",
        "Line 1 Call 0 Duration": r"00:00:\d\d",
        "Line 1 Call 0 Jitter": r"\d+",
        "Line 1 Call 0 Type": "Inbound",
        "Line 1 Call 0 Callback": "",
        "PhoneStatus ElapsedTime": r"\d+ days, \d\d:\d\d:\d\d",
        "PhoneStatus SWPort": "1000 Full",
        "SystemUnit Hardware Module MACAddress": "00:00:5E:00:53:02",
        "Security LastFailedAdminLogin": "",
    },
    "websocket": {"Line 1 Call 0 MOSLQ": r"[1-4]\.\d"},
    "tenths": {
        "Line 1 Call 0 MOSLQ": r"[1-4]\d",
        "Line 1 Call 0 LossRate": r"\d{1,2}",
        "Line 1 Call 0 Duration": r"\d{1,2}",
        "PhoneStatus ElapsedTime": r"\d{4,}",
        "Network Ethernet MacAddress": "00005E005302",
    },
    "percent": {
        "Line 1 Call 0 LossRate": r"\d+\.\d%",
        "Line 1 Call 0 Duration": r"0:\d\d",
        "PhoneStatus ElapsedTime": r"\d+:\d\d:\d\d",
        "Network Ethernet MacAddress": r"0000\.5e00\.5302",
    },
    "fraction": {"Line 1 Call 0 MOSCQ": r"[1-4]\d0", "Line 1 Call 0 DiscardRate": r"0\.\d{3}"},
    "legacy": {
        "Network Ethernet MacAddress": "00-00-5e-00-53-02",
        "Line 1 Call 0 Type": "audio",
        "Line 1 Call 0 Callback": "No",
        "Line 2 Call 1 CallState": "Idle",
        "Line 2 Call 1 PacketsLost": "0",
        "Line 2 Call 1 Rfactor": "0",
        "HttpFeedback 3 URL": "",
    },
    "units": {
        "Line 1 Call 0 Jitter": r"\d+ ms",
        "Line 1 Call 0 LossRate": r"\d+\.\d",
        "Line 1 Call 0 Callback": "--",
        "PhoneStatus SWPort": "Up 1000Mb Full",
        "PhoneStatus PCPort": "1000-Full",
        "Network Statistics Port 1 PortInformation": "1000M full",
        "Security LastFailedAdminLogin": "n/a",
    },
    "mute": {
        "Line 1 Call 0 MOSLQ": "127",
        "Line 1 Call 0 Rfactor": "127",
        "Line 1 Call 0 RoundTripDelay": "0",
        "Line 1 Call 0 GapDuration": "65535",
        "Line 1 Call 0 PeerName": "",
        "PhoneStatus OperationalVLANID": "",
    },
    "onprem": {"ExtStatus 1 RegistrationState": "Registered", "PhoneStatus SWPort": "1000 Full"},
    "v35": {"SystemUnit Software Version": r"PHONEOS\.3-5-1-1000", "Standby Level": "None"},
    "future": {
        "SystemUnit Software Version": r"PHONEOS\.5-0-1-0001",
        "ExtStatus 1 RegistrationState": "Online",
        "Line 1 Call 0 Encoder": "LC3",
        "Line 1 Call 0 Transport": "TLS",
        "LEDStatus Line 32 LEDColor": "Off",
        "PhoneStatus Battery 2 Level": "12",
        "DownloadStatus FirmwareUpgradeStatus 1 Status": r"Upgrade to PHONEOS\.5-0-1-0001 succeeded",
    },
    "foreign": {"Line 1 Call 0 MOSLQ": r"[1-4]\.\d"},
    "keycode": {"Line 1 Call 0 MOSLQ": r"[1-4]\.\d"},
    "unlisted": {"Line 1 Call 0 MOSLQ": r"[1-4]\.\d"},
}
"""Leaves of phone sim-2 in a congested call, as regular expressions."""
ABSENT = {
    "onprem": ("Line", "Security", "PhoneStatus ExternalIP", "PhoneStatus SIPBytesSent"),
    "v35": ("Line", "LEDStatus", "PhoneStatus", "Network Statistics", "Bookings"),
}


def test_the_names_and_the_table() -> None:
    assert dialects() == NAMES == tuple(sorted(SHAPES))
    assert dialect.read("plain") == PLAIN
    assert len({dialect.read(name) for name in NAMES}) == len(NAMES), "each differs from all others"


def test_an_unknown_dialect_names_those_there_are() -> None:
    with pytest.raises(ConfigError) as refusal:
        dialect.read("unit")
    assert "Did you mean 'units'" in refusal.value.hint
    assert "no dialect 'unit'" in str(refusal.value)


async def test_an_unknown_dialect_is_not_served() -> None:
    with pytest.raises(ConfigError, match="no dialect"):
        async with serve(Settings(phones=1, dialect="klingon")):
            pass


def test_files_hold_only_what_differs() -> None:
    defaults = asdict(PLAIN)
    for name in NAMES:
        table = tomllib.loads((files("phonetui.simulator") / "dialects" / f"{name}.toml").read_text())
        assert [key for key, value in table.items() if defaults[key] == value] == (["title"] if name == "plain" else [])


def served(name: str, **fields: object) -> Settings:
    return Settings(phones=2, seed=7, scenario="quiet", dialect=name, speed=40, **fields)  # type: ignore[arg-type]  # any field of it


async def talking(office: ServedOffice) -> SimulatedPhone:
    """The second phone, some seconds into a call with losses."""
    office.start_call("sim-1", "sim-2", profile="congested", answer_after_s=0.2)
    truth = office.by_name["sim-2"].device.tree.leaves
    await until(lambda: float(truth.get(CALL / "LossRate", "0")) > 0.005 and truth[CALL / "MOSLQ"] != "0.0")
    return office.by_name["sim-2"]


def flat(node: ET.Element, above: tuple[str | int, ...], *, marks: bool) -> dict[Path, str]:
    """Leaves of a document; only what says `maxOccurrence` is a list, or without such marks what has an item."""
    found: dict[Path, str] = {}
    for child in node:
        step: tuple[str | int, ...] = (*above, child.tag.rpartition("}")[2])
        if ("maxOccurrence" if marks else "item") in child.attrib:
            step = (*step, int(child.attrib["item"]))
        if len(child):
            found |= flat(child, step, marks=marks)
        else:
            found[Path(step)] = (child.text or "").strip()
    return found


def head_of(phone: SimulatedPhone, name: str) -> DocHeader:
    return DocHeader(phone.device.identity, dialect.read(name))


def within(tree: Any, *names: str) -> Any:
    """What stands at a place of JSON, whatever its letter case."""
    for name in names:
        tree = {key.casefold(): value for key, value in tree.items()}[name.casefold()]
    return tree


@pytest.mark.parametrize("name", NAMES)
async def test_over_a_socket(name: str) -> None:
    async with serve(served(name)) as office, client() as operator:
        phone = await talking(office)
        office.hold("sim-2")  # nothing moves any more but clocks and counters
        root = ET.fromstring(await operator.read(phone, "/Status"))
        head = head_of(phone, name)
        read = flat(root, (), marks=head.dialect.list_marks)
        for notation, shape in SHAPES[name].items():
            text = read.get(head.place(Path.parse(notation)), "")
            assert re.fullmatch(shape, text), (notation, text)
        for notation in ABSENT.get(name, ()):
            assert not [path for path in read if path.is_under(Path.parse(notation))]
        assert root.attrib["version"] == dialect.read(name).firmware
        assert set(read) == {head.place(path) for path in phone.tree}


@pytest.mark.parametrize("name", NAMES)
async def test_over_websocket_and_posts(name: str) -> None:
    async with serve(served(name)) as office, client() as operator, receiver() as taking:
        phone = await talking(office)
        phone.websocket = True
        async with calling(phone) as caller:
            whole = await caller.ask("xGet", Path=["Status"])
            assert set(whole) == {str(head_of(phone, name).place(path)[0]) for path in phone.tree}
            network = whole["Network"][0] if name == "legacy" else within(whole, "Network")
            assert within(network, "IPv4", "Address") == phone.tree[Path.parse("Network IPv4 Address")]
            if name in ("onprem", "v35"):
                return
            jitter = phone.tree[CALL / "Jitter"]
            call = await caller.ask("xGet", Path=["Status", "Line", 1, "Call", 0])
            assert isinstance(within(call, "Jitter"), int) == jitter.isdigit()
        await operator.run(
            phone,
            "HttpFeedback Register",
            FeedbackSlot="1",
            ServerUrl=taking.url,
            Format="JSON",
            Expression=["/Status/Line/Call/MOSLQ", "/Event/SipCallDisconnect", "/Status/Network/Ethernet"],
        )
        office.set_value("sim-2", "Network Ethernet MacAddress", "quoted")
        office.hang_up("sim-2")
        await until(lambda: "sipcalldisconnect" in "".join(taking.texts).casefold())
        said = within(json.loads(taking.bodies[-1]), "Event", "SipCallDisconnect", "MOSLQ")
        shape = SHAPES[name].get("Line 1 Call 0 MOSLQ", r".*")
        assert re.fullmatch(shape, str(said["Value"] if isinstance(said, dict) else said).strip())
        assert "quoted" in "".join(taking.texts), "what a test sets goes out as it is"


@pytest.mark.parametrize("name", NAMES)
async def test_the_log_is_what_is_published(name: str, tmp_path: File) -> None:
    log = tmp_path / "log.jsonl"
    async with serve(Settings(phones=3, scenario="busy", seed=3, dialect=name, log=log, speed=60)) as office:
        await until(lambda: office.now > 30)
        trees = {phone.name: {str(path): value for path, value in phone.tree.items()} for phone in office.phones}
        lines = [json.loads(line) for line in log.read_text().splitlines()]
    for phone, published in trees.items():
        tree: dict[str, str] = {}
        for line in lines:
            if line["type"] != "status" or line["phone"] != phone:
                continue
            if "ghost" in line:
                tree = {path: value for path, value in tree.items() if not f"{path} ".startswith(line["path"] + " ")}
            else:
                assert tree.get(line["path"]) != line["value"], "no news"
                tree[line["path"]] = line["value"]
        assert tree == published


async def test_legacy_documents() -> None:
    async with serve(served("legacy")) as office, client() as operator, receiver() as taking:
        phone = office.phones[0]
        text = await operator.read(phone, "/Status/Network[1]/IPv4")
        assert 'xmlns="http://www.tandberg.com/XML/CUIL/2.0"' in text
        root = ET.fromstring(text)
        network = root[0]
        assert network.tag.endswith("}Network")
        assert network.attrib == {"item": "1", "maxOccurrence": "n"}
        assert all("item" in node.attrib for node in network.iter())
        assert '<DialResult status="OK" item="1">' in await operator.run(phone, "Call Dial", Number="5002")
        await operator.run(
            phone, "HttpFeedback Register", FeedbackSlot="1", ServerUrl=taking.url, Expression="/Status/Network[1]"
        )
        office.set_value("sim-1", "Network ActiveInterface", "WLAN")
        await until(lambda: taking.bodies)
        assert '<Network item="1" maxOccurrence="n">' in taking.texts[0]
        assert '<SerialNumber item="1"/>' in taking.texts[0]
        assert '<MACAddress item="1">00-00-5e-00-53-01' in taking.texts[0]
        assert (await operator.ask(phone, "POST", "/xmlapi/session/begin"))[0] == 404
        await operator.run(phone, "HttpFeedback Deregister", FeedbackSlot="1")
        assert {str(path): text for path, text in phone.tree.items() if path.is_under(Path.of("HttpFeedback", 1))} == {
            "HttpFeedback 1 URL": ""
        }


async def test_legacy_json_and_websocket_paths() -> None:
    async with serve(served("legacy")) as office, client() as operator, receiver() as taking:
        phone = office.phones[0]
        phone.websocket = True
        await operator.run(
            phone,
            "HttpFeedback Register",
            FeedbackSlot="1",
            ServerUrl=taking.url,
            Format="JSON",
            Expression="/Status/Standby",
        )
        office.set_value("sim-1", "Standby Level", "DisplayOff")
        await until(lambda: taking.bodies)
        assert json.loads(taking.bodies[0])["Status"]["Standby"] == {
            "id": "1",
            "Level": {"id": "1", "Value": "DisplayOff"},
        }
        async with calling(phone) as caller:
            place: list[str | int] = ["Status", "Network", 1, "ActiveInterface"]
            assert await caller.ask("xGet", Path=place) == "LAN"
            await caller.subscribe(*place)
            office.set_value("sim-1", "Network ActiveInterface", "WLAN")
            assert (await caller.notification())["Status"] == {"Network": [{"id": 1, "ActiveInterface": "WLAN"}]}


async def test_idle_calls_stay_and_are_never_ghosts() -> None:
    watched = opened("quiet")
    caller, callee = pair(watched)
    shown = Presentation(caller, dialect.read("legacy"))
    published = [*shown.present(as_changes(caller.tree.leaves))]
    for number in (1, 2):
        watched.office.call(caller, callee, replace(_SHORT, talk_s=3.0 * number), watched.office.next_due or 0)
        watched.office.advance(40.0 * number)
    for phone, notice in watched.notices:
        if phone == caller.name:
            published += shown.present([notice])
    states = [one.value for one in published if isinstance(one, TreeChange) and one.path == CALL / "CallState"]
    assert states[0] == states[-1] == "Idle"
    assert states.count("Connected") == 2
    assert not [one for one in published if isinstance(one, TreeChange) and one.value is None]
    assert shown.leaves[CALL / "PacketsSent"] == "0"


async def test_foreign_pages_and_lower_case() -> None:
    async with serve(served("foreign", plain=True)) as office, client() as operator:
        phone = await talking(office)
        status, text, _ = await operator.ask(phone, "GET", "/status.xml")
        root = ET.fromstring(text)
        assert (status, root.tag) == (200, "flat-profile")
        groups = {(node.tag, node.get("group")): node.text for node in root}
        assert groups["Call_State", "Info/Line_1_Call_1_Status"] == "Connected"
        assert groups["Call_State", "Info/Line_2_Call_2_Status"] == "Idle"
        assert groups["Registration_State", "Info/Ext_1_Status"] == "Registered"
        assert ET.fromstring(await operator.read(phone, "/Status/SystemUnit")).tag == "Status"
        commands = (await operator.ask(phone, "GET", "/command.xml"))[1]
        assert '<dial command="True">' in commands
        assert '<number item="1" valueSpaceRef="/valuespace/str_1_255" required="True"/>' in commands
        assert "<str_1_255" in (await operator.ask(phone, "GET", "/valuespace.xml"))[1]
        assert '<SendKeyResult status="OK"/>' in await operator.run(phone, "ui sendkey", key="mute")
        async with operator.session.get(phone.plain_url + "/status.xml?a=b", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (301, phone.url + "/status.xml?a=b")


def test_rows_by_release_and_deployment() -> None:
    watched = opened("quiet")
    device = watched.office.devices[0]
    for name in ("v35", "onprem"):
        spoken = dialect.read(name)
        shown = Presentation(device, spoken)
        shown.present(as_changes(device.tree.leaves))
        for entry in phoneos().entries:
            if (
                entry.kind is not CatalogKind.STATUS
                or entry.group == "Calls"
                or entry.notation.startswith("HttpFeedback")
            ):
                continue
            there = any(path.names[: len(entry.path.names)] == entry.path.names for path in shown.leaves)
            wanted = entry.release == "3.5" if name == "v35" else entry.deployment is not Deployment.MPP
            below = [row for row in phoneos().below(entry.path) if row is not entry]
            assert there is wanted or below, (name, entry.notation)


def test_events_go_out_in_the_dialect() -> None:
    device = opened("quiet").office.devices[0]
    (published,) = Presentation(device, dialect.read("tenths")).present(
        [TreeEvent("SipCallDisconnect", (("MOSLQ", "4.1"), ("Duration", "00:01:43"), ("CauseCode", "200")))]
    )
    assert published == TreeEvent("SipCallDisconnect", (("MOSLQ", "41"), ("Duration", "103"), ("CauseCode", "200")))


@pytest.mark.parametrize(
    ("form", "text", "written"),
    [
        ("clock", "7 days, 02:13:02", "7 days, 02:13:02"),
        ("seconds", "7 days, 02:13:02", "612782"),
        ("short", "7 days, 02:13:02", "170:13:02"),
        ("seconds", "00:01:43", "103"),
        ("short", "00:01:43", "1:43"),
        ("seconds", "soon", "soon"),
    ],
)
def test_durations(form: str, text: str, written: str) -> None:
    assert dialect.duration(form, text) == written


@pytest.mark.parametrize(
    ("mos", "no_score", "text", "written"),
    [
        ("decimal", "", "4.1", "4.1"),
        ("decimal", "", "0.0", "0.0"),
        ("tenths", "", "4.1", "41"),
        ("tenths", "", "0.0", "0"),
        ("hundredths", "", "4.1", "410"),
        ("tenths", "--", "0.0", "--"),
    ],
)
def test_scores(mos: str, no_score: str, text: str, written: str) -> None:
    assert dialect.score(Dialect(title="", mos=mos, no_score=no_score), text) == written


@pytest.mark.parametrize(
    ("rates", "text", "written"),
    [
        ("bytes", "0.025000", "6"),
        ("bytes", "1.000000", "255"),
        ("percent", "0.025000", "2.5"),
        ("whole percent", "0.026000", "3"),
        ("signed percent", "0.025000", "2.5%"),
        ("fraction", "0.025000", "0.025"),
    ],
)
def test_rates(rates: str, text: str, written: str) -> None:
    assert dialect.Wording(Dialect(title="", rates=rates)).of(("Line", "Call", "LossRate"), text) == written


@pytest.mark.parametrize(
    ("form", "text", "written"), [("{speed}-{duplex}", "1000 Full", "1000-Full"), ("{speed}M {lower}", "Down", "Down")]
)
def test_links(form: str, text: str, written: str) -> None:
    assert dialect.link(form, text) == written
