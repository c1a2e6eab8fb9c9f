"""What commands take: as published, and out of a phone's own two documents."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.errors import ProtocolError
from phonetui.xapi.control_commands import is_dangerous
from phonetui.xapi.path import Path
from phonetui.xapi.schema import CommandSchema, ValueSpace, is_cloud_only, parse_schema, published

COMMANDS = b"""<?xml version="1.0"?>
<Command product="Cisco IP Phone" version="PHONEOS.3-6-1-0001" apiVersion="4">
  <HttpFeedback>
    <Deregister command="True">
      <FeedbackSlot item="1" required="True" valueSpaceRef="/Valuespace/INT_1_4"/>
    </Deregister>
    <Register command="True">
      <Expression item="1" maxOccurrence="15" valueSpaceRef="/Valuespace/STR_1_255"/>
      <Format item="1" valueSpaceRef="/Valuespace/TTPAR_Format"/>
      <Odd item="1" valueSpaceRef="/Valuespace/Missing"/>
    </Register>
  </HttpFeedback>
  <Security><Certificates><CA><Add command="True" multiline="True"/></CA></Certificates></Security>
  <Lamp><Blink command="true"><body/></Blink></Lamp>
</Command>"""
VALUES = b"""<Valuespace>
  <INT_1_4 type="Integer"><Min>1</Min><Max>4</Max></INT_1_4>
  <STR_1_255 type="String"><MinLength>1</MinLength><MaxLength>255</MaxLength></STR_1_255>
  <TTPAR_Format><Value item="1">XML</Value><Value item="2">JSON</Value><Value>XML</Value><Value/></TTPAR_Format>
</Valuespace>"""


def read(commands: bytes = COMMANDS, values: bytes = VALUES) -> CommandSchema:
    return parse_schema(commands, values)


def space(schema: CommandSchema, command: str, parameter: str) -> ValueSpace:
    form = schema.find(Path.parse(command))
    assert form is not None
    found = form.parameter(parameter)
    assert found is not None
    return found.space


def test_all_published_commands_are_there_with_their_meaning() -> None:
    forms = published().forms
    assert len(forms) == 14
    assert all(form.meaning for form in forms)
    assert not published().is_the_phones


def test_parameters_come_with_their_values() -> None:
    schema = read()
    assert schema.is_the_phones
    assert space(schema, "HttpFeedback Deregister", "feedbackslot") == ValueSpace("integer", (), 1, 4)
    assert space(schema, "HttpFeedback Register", "Expression") == ValueSpace("string", (), 1, 255)
    assert space(schema, "httpfeedback register", "Format") == ValueSpace("literal", ("XML", "JSON"))  # type: ignore[arg-type]  # printable already
    assert space(schema, "HttpFeedback Register", "Odd") == ValueSpace()


def test_required_repeated_and_multiline_marks_are_read() -> None:
    schema = read()
    register, deregister = (
        schema.find(Path.parse("HttpFeedback Register")),
        schema.find(Path.parse("HttpFeedback Deregister")),
    )
    assert register is not None
    assert deregister is not None
    assert [one.name for one in register.parameters if one.repeats] == ["Expression"]
    assert deregister.missing([]) == ("FeedbackSlot",)
    assert deregister.missing([("feedbackSLOT", "1")]) == ()
    assert {str(form.path) for form in schema.forms if form.is_multiline} == {
        "Security Certificates CA Add",
        "Lamp Blink",
    }


def test_a_command_of_newer_firmware_is_there_and_the_published_ones_stay() -> None:
    schema = read()
    assert schema.find(Path.parse("Lamp Blink")) is not None
    assert schema.find(Path.parse("Call Dial")) is not None
    assert len([form for form in schema.forms if str(form.path) == "HttpFeedback Register"]) == 1


@pytest.mark.parametrize(
    "values", [b"", b"<html/>", b"<Valuespace><A><Min>x</Min><Max>99999999999999</Max></A></Valuespace>", b"\x00"]
)
def test_values_that_cannot_be_read_are_anything(values: bytes) -> None:
    assert space(read(values=values), "HttpFeedback Deregister", "FeedbackSlot") == ValueSpace()


@pytest.mark.parametrize(
    "commands",
    [b"", b"<Status/>", b"<Command/>", b"<Command><Call/></Command>", b"<!DOCTYPE x><Command/>", b"<html></html>"],
)
def test_what_lists_no_command_is_refused(commands: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_schema(commands)


def test_depth_and_strange_names_do_no_harm() -> None:
    deep = b"<A>" * 2000 + b'<B command="True"/>' + b"</A>" * 2000
    schema = parse_schema(b'<Command><Call><Dial command="True"><Z\xc3\xa9ro/></Dial></Call>' + deep + b"</Command>")
    dial = schema.find(Path.parse("Call Dial"))
    assert dial is not None
    assert dial.parameters == ()


@given(st.binary(max_size=200))
def test_garbage_raises_protocol_errors_alone(body: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        parse_schema(b"<Command>" + body + b"</Command>", body)


def test_dangerous_and_cloud_commands_are_known_by_their_path() -> None:
    assert {str(form.path) for form in published().forms if is_dangerous(form.path)} == {
        "SystemUnit Boot", "SystemUnit FactoryReset", "Security Certificates CA Delete",
    }  # fmt: skip
    assert is_dangerous(Path.parse("systemunit BOOT"))
    assert {str(form.path) for form in published().forms if is_cloud_only(form.path)} == {
        "Bookings Book", "Bookings Delete", "Bookings List",
    }  # fmt: skip
