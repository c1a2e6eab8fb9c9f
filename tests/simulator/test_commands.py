"""What commands answer: results, parameter errors, refusals."""

import base64
import struct
import zlib
from collections.abc import Callable, Iterator
from xml.etree import ElementTree as ET

import aiohttp
import pytest

from phonetui.simulator import commands, screen
from phonetui.simulator.commands import CommandTarget
from phonetui.simulator.dialect import PLAIN
from phonetui.simulator.documents import DocHeader, serialize
from phonetui.simulator.element import CommandRequest
from phonetui.simulator.feedback import Feedback
from phonetui.simulator.office import Office
from phonetui.simulator.presentation import Presentation
from phonetui.simulator.schema import (
    ADMIN,
    COMMANDS,
    INTEGRATOR,
    KEYS,
    SPACES,
    USER,
    CommandParameter,
    SimulatedConfiguration,
    command_document,
    valuespace_document,
)
from phonetui.simulator.security import Authorities, certificate
from phonetui.xapi.catalog import CatalogKind, phoneos

from .offices import opened

Run = Callable[..., str]


@pytest.fixture
async def phone() -> CommandTarget:
    office: Office = opened("quiet").office
    device = office.devices[1]
    async with aiohttp.ClientSession() as session:
        held = Authorities()
        head = DocHeader(device.identity, PLAIN)
        feedback = Feedback(
            device, head, session, tls=lambda: held.client_context(verify=False), changed=office.flush, second=0.01
        )
        return CommandTarget(
            office, device, feedback, held, SimulatedConfiguration(device.tree), Presentation(device), head
        )


@pytest.fixture
def run(phone: CommandTarget) -> Run:
    def answered(name: str, role: str = ADMIN, **arguments: str | list[str]) -> str:
        pairs = [
            (key, value)
            for key, values in arguments.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        return serialize(commands.run(phone, CommandRequest(tuple(name.split()), tuple(pairs)), role, 0.0)).decode()

    return answered


def test_every_published_command_is_there() -> None:
    published = {entry.notation for entry in phoneos().entries if entry.kind is CatalogKind.COMMAND}
    assert set(COMMANDS) == published


def test_the_table_of_commands_names_roles_and_value_spaces_that_there_are() -> None:
    assert {role for roles, _ in COMMANDS.values() for role in roles} == {ADMIN, INTEGRATOR, USER}
    assert {each.space for _, parameters in COMMANDS.values() for each in parameters} <= {*SPACES, KEYS}
    assert COMMANDS["HttpFeedback Register"] == (
        frozenset({ADMIN}),
        (
            CommandParameter("Expression", "STR_1_255", repeated=True),
            CommandParameter("FeedbackSlot", "INT_1_4", required=True),
            CommandParameter("Format", "TTPAR_FeedbackFormat"),
            CommandParameter("ServerUrl", "STR_1_2048", required=True),
        ),
    )


def test_dialling(run: Run, phone: CommandTarget) -> None:
    text = run("Call Dial", Number="5001")
    assert '<CallDialResult status="OK">' in text
    assert "<CallId>0</CallId>" in text
    assert "<LineId>1</LineId>" in text
    assert [leg.number for leg in phone.device.legs] == ["5001"]


def test_dialling_takes_the_next_line_and_then_says_no(run: Run) -> None:
    answers = [run("Call Dial", Number="5001") for _ in range(5)]
    assert ["<LineId>2" in answer for answer in answers] == [False, False, True, True, False]
    assert '<CallDialResult status="Error">' in answers[4]
    assert "<Reason>No line available</Reason>" in answers[4]


def test_letter_case_does_not_matter(run: Run) -> None:
    assert '<CallDialResult status="OK">' in run("call DIAL", number="5001")


def test_an_unknown_command(run: Run) -> None:
    text = run("Call Dila", Number="1")
    assert '<Result status="Error">' in text
    assert "<Reason>Unknown command</Reason>" in text
    assert "<XPath>/Call/Dila</XPath>" in text


@pytest.mark.parametrize(
    ("name", "arguments", "parameter"),
    [
        ("Call Dial", {}, "Number"),
        ("Call Dial", {"Number": ""}, "Number"),
        ("Call Dial", {"Number": "1", "Video": "On"}, "Video"),
        ("HttpFeedback Register", {"ServerUrl": "http://192.0.2.1/"}, "FeedbackSlot"),
        ("HttpFeedback Register", {"FeedbackSlot": "5", "ServerUrl": "http://192.0.2.1/"}, "FeedbackSlot"),
        ("HttpFeedback Register", {"FeedbackSlot": "1"}, "ServerUrl"),
        ("HttpFeedback Register", {"FeedbackSlot": "1", "ServerUrl": "ftp://192.0.2.1/"}, "ServerUrl"),
        ("HttpFeedback Register", {"FeedbackSlot": "1", "ServerUrl": "http://" + "x" * 2048}, "ServerUrl"),
        ("HttpFeedback Register", {"FeedbackSlot": "1", "ServerUrl": "http://a/", "Format": "YAML"}, "Format"),
        ("HttpFeedback Register", {"FeedbackSlot": "1", "ServerUrl": "http://a/", "Expression": ["/Status/Line"] * 16},
         "Expression"),
        ("HttpFeedback Deregister", {"FeedbackSlot": "0"}, "FeedbackSlot"),
        ("SystemUnit FactoryReset", {}, "Confirm"),
        ("SystemUnit FactoryReset", {"Confirm": "No"}, "Confirm"),
        ("SystemUnit Boot", {"Action": "Explode"}, "Action"),
        ("Ui SendKey", {}, "Key"),
        ("Ui SendKey", {"Key": "VolDwn"}, "Key"),
    ],
)  # fmt: skip
def test_parameter_errors_name_the_parameter(
    run: Run, phone: CommandTarget, name: str, arguments: dict[str, str], parameter: str
) -> None:
    text = run(name, **arguments)
    assert 'Result status="ParameterError">' in text
    assert f"<{parameter}>" in text
    phone.office.advance(5)
    assert phone.device.live
    assert not phone.device.legs


def test_an_unknown_key_is_told_which_there_are(run: Run) -> None:
    text = run("Ui SendKey", Key="Sofa")
    assert "VolDown" in text
    assert "Soft1..4" in text


def test_a_key(run: Run, phone: CommandTarget) -> None:
    assert '<UiSendKeyResult status="OK"/>' in run("Ui SendKey", Key="keypad7")
    assert phone.device.digits == "7"


@pytest.mark.parametrize(
    ("name", "role", "allowed"),
    [
        ("Call Dial", USER, True),
        ("SystemUnit Boot", USER, True),
        ("Ui SendKey", USER, False),
        ("Ui SendKey", INTEGRATOR, True),
        ("HttpFeedback Register", INTEGRATOR, False),
        ("Security Certificates CA Show", INTEGRATOR, False),
        ("Security Certificates CA Show", ADMIN, True),
        ("SystemUnit FactoryReset", USER, False),
    ],
)
def test_roles(run: Run, name: str, role: str, allowed: bool) -> None:
    assert ("Insufficient permission" not in run(name, role)) is allowed


@pytest.mark.parametrize(
    ("name", "arguments"), [("SystemUnit Boot", {}), ("SystemUnit FactoryReset", {"Confirm": "Yes"})]
)
def test_a_restart_begins_after_the_answer(
    run: Run, phone: CommandTarget, name: str, arguments: dict[str, str]
) -> None:
    assert 'Result status="OK"/>' in run(name, **arguments)
    assert phone.device.live
    phone.office.advance(0.5)
    assert not phone.device.live


@pytest.mark.parametrize("name", ["Bookings Book", "Bookings Delete", "Bookings List"])
def test_bookings_are_of_the_cloud(run: Run, name: str) -> None:
    assert "<Reason>Not supported</Reason>" in run(name)


def test_certificates(run: Run) -> None:
    assert '<CAShowResult status="OK"/>' in run("Security Certificates CA Show")
    pem = certificate(1, 1, "Lab", "127.0.0.1").chain.decode()
    added = run("Security Certificates CA Add", body=pem)
    fingerprint = added.split("<Fingerprint>")[1].split("<")[0]
    assert "<SubjectName>CN=Lab</SubjectName>" in run("Security Certificates CA Show")
    assert "BEGIN CERTIFICATE" in run("Security Certificates CA Show", Format="PEM")
    assert '<CADeleteResult status="OK"/>' in run("Security Certificates CA Delete", Fingerprint=fingerprint)
    assert "No such certificate" in run("Security Certificates CA Delete", Fingerprint=fingerprint)
    assert "Not a PEM certificate" in run("Security Certificates CA Add", body="nonsense")


def test_enable_of_a_free_slot_is_an_error_and_deregister_is_not(run: Run) -> None:
    assert "not registered" in run("HttpFeedback Enable", FeedbackSlot="1")
    assert '<HttpFeedbackDeregisterResult status="OK"/>' in run("HttpFeedback Deregister", FeedbackSlot="1")


def test_the_manual_documents(phone: CommandTarget) -> None:
    text = serialize(command_document(phone.head)).decode()
    assert text.count('command="True"') == 11
    assert "<Bookings" not in text
    assert '<Dial command="True">' in text
    assert '<Number item="1" valueSpaceRef="/Valuespace/STR_1_255" required="True"/>' in text
    spaces = serialize(valuespace_document(phone.head)).decode()
    assert '<Value item="2">On</Value>' in spaces
    for space in text.split('valueSpaceRef="/Valuespace/')[1:]:
        assert f"<{space.split(chr(34))[0]} type=" in spaces


def test_the_keys_of_the_model_are_told(phone: CommandTarget) -> None:
    spaces = ET.fromstring(serialize(valuespace_document(phone.head)))
    published = [node.text for node in spaces.findall("TTPAR_Key/Value")]
    assert sorted(map(str, published)) == sorted(phone.device.model.keys)
    assert published.index("Line2") < published.index("Line10")


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        data = png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + data)
        yield kind, data
        at += 12 + length


def test_the_screenshot_is_a_picture(run: Run) -> None:
    body = run("Ui GetDeviceScreenshot").split("<Body>")[1].split("<")[0]
    assert base64.b64decode(body).startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    ("number", "size"), [(1, (384, 106)), (2, (480, 240)), (3, (800, 480)), (4, (1280, 720)), (5, (1024, 600))]
)
def test_a_screen_has_its_models_size_and_shows_something(number: int, size: tuple[int, int]) -> None:
    device = opened("quiet").office.devices[number - 1]
    blocks = dict(chunks(screen.screenshot(device, 0)))
    width, height = struct.unpack(">II", blocks[b"IHDR"][:8])
    assert (width, height) == size
    assert list(blocks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    rows = zlib.decompress(blocks[b"IDAT"])
    assert len(rows) == height * (width + 1)
    assert len(set(rows)) > 3
    palette = blocks[b"PLTE"]
    grey = all(palette[at] == palette[at + 1] == palette[at + 2] for at in range(0, len(palette), 3))
    assert grey is (number == 1)


def test_a_screen_survives_any_name() -> None:
    device = opened("quiet").office.devices[0]
    device.label = "\x1b[31m\ud83d é 中 " * 40
    screen.screenshot(device, 0)
