"""XML in: commands in every shape that scripts send, and what is refused."""

import pytest

from phonetui.simulator.element import CommandRequest, Malformed, calls, read_xml, unwrapped
from phonetui.simulator.schema import PATHS

DIAL = CommandRequest(("Call", "Dial"), (("Number", "5000"),))


def read(body: str) -> list[CommandRequest]:
    return list(calls(unwrapped(read_xml(body.encode())), PATHS))


@pytest.mark.parametrize(
    "body",
    [
        "<Command><Call><Dial><Number>5000</Number></Dial></Call></Command>",
        '<?xml version="1.0"?>\n<Command>\n <Call>\n <Dial>\n <Number> 5000 </Number> </Dial></Call></Command>',
        '<Command><Call><Dial command="True"><Number item="1" x="y">5000</Number></Dial></Call></Command>',
        "<XmlDoc><Command><Call><Dial><Number>5000</Number></Dial></Call></Command></XmlDoc>",
        "<Body><Command><Call><Dial><Number>5000</Number></Dial></Call></Command></Body>",
        '<Command xmlns="urn:x"><Call><Dial><Number>5000</Number></Dial></Call></Command>',
    ],
)
def test_one_command_in_its_shapes(body: str) -> None:
    assert read(body) == [DIAL]


def test_several_commands_in_order() -> None:
    body = (
        "<Command><HttpFeedback><Deregister><FeedbackSlot>2</FeedbackSlot></Deregister></HttpFeedback>"
        "<Call><Dial><Number>5000</Number></Dial></Call><Ui><GetDeviceScreenshot/></Ui></Command>"
    )
    assert [call.name for call in read(body)] == ["HttpFeedback Deregister", "Call Dial", "Ui GetDeviceScreenshot"]


def test_repeated_parameters_stay_repeated() -> None:
    body = (
        "<Command><HttpFeedback><Register><Expression>/Status/Line</Expression>"
        '<Expression item="2">/Event</Expression></Register></HttpFeedback></Command>'
    )
    (call,) = read(body)
    assert call.values("expression") == ("/Status/Line", "/Event")
    assert call.value("FeedbackSlot") is None


def test_a_body_keeps_its_lines() -> None:
    (call,) = read(
        "<Command><Security><Certificates><CA><Add><body>one\ntwo\n</body></Add></CA></Certificates></Security></Command>"
    )
    assert call.name == "Security Certificates CA Add"
    assert call.value("body") == "one\ntwo\n"


@pytest.mark.parametrize(
    ("body", "name", "arguments"),
    [
        ("<Command><Call><Dila><Number>1</Number></Dila></Call></Command>", "Call Dila", (("Number", "1"),)),
        ("<Command><Dila/></Command>", "Dila", ()),
        ("<Command><Call><Dila/></Call></Command>", "Call Dila", ()),
    ],
)
def test_unknown_commands_are_read_too(body: str, name: str, arguments: tuple[tuple[str, str], ...]) -> None:
    assert read(body) == [CommandRequest(tuple(name.split()), arguments)]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "no element found"),
        ("<Command>", "line 1"),
        ("<Command>\n<a></b></Command>", "mismatched tag (<string>, line 2)"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><Command>&a;</Command>", "Document type not allowed"),
        ("<a>" * 80 + "</a>" * 80, "Excessive depth"),
        ("\x1b", "not well-formed"),
        ('<?xml version="1.0" encoding="no-such"?><Command/>', "unknown encoding"),
        ('<?xml version="1.0" encoding="shift_jis"?><Command/>', "unknown encoding"),
    ],
)
def test_what_is_refused(body: str, words: str) -> None:
    with pytest.raises(Malformed) as refusal:
        read_xml(body.encode())
    assert words in str(refusal.value)
