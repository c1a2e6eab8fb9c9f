"""Traps for whoever reads these wires, each walked into on purpose. Numbers are the traps' own."""

import json

import pytest

from phonetui.errors import CommandRefused, ProtocolError
from phonetui.phone import parse
from phonetui.phone.observe import observe
from phonetui.phone.state import Phone, PhoneId
from phonetui.text import printable
from phonetui.xapi.command import parse_answer
from phonetui.xapi.document import EMPTY, Document
from phonetui.xapi.feedback import parse_feedback
from phonetui.xapi.jsonrpc import JsonRpcSession, RpcReply
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.xml import parse_status
from tests.xapi.decoders import receive


def xml(inside: str) -> Document:
    return parse_status(f"<Status>{inside}</Status>".encode())


def posted(tree: object) -> Document:
    return EMPTY.merge(parse_feedback(json.dumps({"Status": tree}).encode(), 0.0).updates)


def socket(tree: object) -> Document:
    session = JsonRpcSession()
    session.fetch(ROOT)
    (reply,) = receive(session, json.dumps({"id": 1, "result": tree}), 0.0)
    assert isinstance(reply, RpcReply)
    assert isinstance(reply.outcome, Document), reply.outcome
    return reply.outcome


def seen(document: Document) -> Phone:
    blank = Phone(id=PhoneId("lobby"), name=printable("lobby"), address=printable("192.0.2.21"))
    return observe(blank, document, EMPTY.changes(document, 0.0), 0.0)


def test_01_call_0_and_item_0_are_valid() -> None:
    tree = {"Line": [{"id": 0, "Call": [{"id": 0, "CallState": "Connected"}]}]}
    expected = {Path.of("Line", 0, "Call", 0, "CallState"): "Connected"}
    inside = '<Line item="0" maxOccurrence="n"><Call item="0" maxOccurrence="n"><CallState>Connected</CallState></Call></Line>'
    assert xml(inside) == posted(tree) == socket(tree) == expected
    assert next(seen(xml(inside)).calls).key == (0, 0)


def test_02_a_leaf_named_status_inside_of_status() -> None:
    tree = {"HttpFeedback": [{"id": "2", "Status": {"Value": "OK"}}]}
    expected = {Path.of("HttpFeedback", 2, "Status"): "OK"}
    assert xml('<HttpFeedback item="2"><Status>OK</Status></HttpFeedback>') == posted(tree) == expected
    assert socket({"HttpFeedback": [{"id": 2, "Status": "OK"}]}) == expected


def test_03_an_item_does_not_make_a_list() -> None:
    expected = {Path.of("Standby", "Level"): "Off", Path.of("Novel", "X"): "1"}
    assert (
        xml('<Standby item="1"><Level item="1">Off</Level></Standby><Novel item="1"><X item="1">1</X></Novel>')
        == expected
    )
    tree = {
        "Standby": {"id": "1", "Level": {"id": "1", "Value": "Off"}},
        "Novel": {"id": "1", "X": {"id": "1", "Value": "1"}},
    }
    assert posted(tree) == socket(tree) == expected


def test_04_an_empty_result_is_no_error() -> None:
    assert parse_status(b'<EmptyResult product="Cisco Codec"/>') == EMPTY
    assert socket({}) == EMPTY


@pytest.mark.parametrize(
    "results",
    [
        '<CallDialResult status="Error"><Reason>Invalid number</Reason></CallDialResult>',
        '<CallDialResult status="ParameterError"/>',
    ],
)
def test_05_a_200_may_say_no(results: str) -> None:
    with pytest.raises(CommandRefused, match=r"Invalid number|ParameterError"):
        parse_answer(f"<Command>{results}</Command>".encode())


def test_05_one_yes_and_one_no_in_the_same_answer() -> None:
    both = '<HttpFeedbackDeregisterResult status="OK"/><HttpFeedbackRegisterResult status="Error"><Reason>x</Reason></HttpFeedbackRegisterResult>'
    with pytest.raises(CommandRefused):
        parse_answer(f"<Command>{both}</Command>".encode())


def test_06_a_result_with_an_item() -> None:
    answer = parse_answer(
        b'<Command><CallDialResult item="1" status="OK"><CallId item="1">0</CallId></CallDialResult></Command>'
    )
    assert answer.document == {Path.of("CallId"): "0"}


def test_07_a_list_with_one_member() -> None:
    expected = {Path.of("Line", 1, "Call", 3, "Jitter"): "4", Path.of("Novel", 1, "X"): "1"}
    inside = '<Line item="1"><Call item="3"><Jitter>4</Jitter></Call></Line><Novel item="1" maxOccurrence="n"><X>1</X></Novel>'
    tree = {"Line": [{"id": 1, "Call": [{"id": 3, "Jitter": 4}]}], "Novel": [{"id": 1, "X": 1}]}
    assert xml(inside) == posted(tree) == socket(tree) == expected
    assert socket({"Line": {"id": 1, "Call": {"id": 3, "Jitter": 4}}, "Novel": [{"X": 1}]}) == expected


def test_08_an_indexed_leaf() -> None:
    place = Path.of("DownloadStatus", "ScreenStatus", "CustomWallpaperDownload")
    inside = "".join(
        f'<CustomWallpaperDownload item="{n}" maxOccurrence="n">w{n}</CustomWallpaperDownload>' for n in (1, 20)
    )
    expected = {place / 1: "w1", place / 20: "w20"}
    assert xml(f"<DownloadStatus><ScreenStatus>{inside}</ScreenStatus></DownloadStatus>") == expected
    tree = {
        "DownloadStatus": {"ScreenStatus": {"CustomWallpaperDownload": [{"id": n, "Value": f"w{n}"} for n in (1, 20)]}}
    }
    assert posted(tree) == socket(tree) == expected
    bare = {"HttpFeedback": [{"id": 1, "Expression": ["/a", "/b"]}]}
    assert socket(bare) == {Path.of("HttpFeedback", 1, "Expression", n): word for n, word in ((1, "/a"), (2, "/b"))}


def test_09_network_with_and_without_an_index() -> None:
    inside = "<IPv4><Address>192.0.2.1</Address></IPv4>"
    expected = {Path.of("Network", "IPv4", "Address"): "192.0.2.1"}
    for attributes in ("", ' item="1"', ' item="1" maxOccurrence="n"'):
        assert xml(f"<Network{attributes}>{inside}</Network>") == expected
    network = {"IPv4": {"Address": {"Value": "192.0.2.1"}}}
    for tree in ({"Network": network}, {"Network": [{"id": "1", **network}]}):
        assert posted(tree) == socket(tree) == expected
    assert seen(socket({"Network": [{"id": 1, "IPv4": {"Address": "192.0.2.1"}}]})).network.ipv4 == "192.0.2.1"


@pytest.mark.parametrize("word", ["True", "true"])
def test_10_a_ghost_takes_all_below(word: str) -> None:
    known = xml(
        '<Line item="1"><Call item="0"><Jitter>1</Jitter></Call><Call item="1"><Jitter>2</Jitter></Call></Line>'
    )
    call = f'<Status><Line item="1"><Call item="0" ghost="{word}"/></Line></Status>'.encode()
    line = f'<Status><Line item="1" ghost="{word}"/></Status>'.encode()
    lines = f'<Status><Line ghost="{word}"/></Status>'.encode()
    assert set(known.merge(parse_feedback(call, 0.0).updates)) == {Path.of("Line", 1, "Call", 1, "Jitter")}
    assert known.merge(parse_feedback(line, 0.0).updates) == EMPTY
    assert known.merge(parse_feedback(lines, 0.0).updates) == EMPTY
    for ghost in (word, True):
        body = json.dumps({"Status": {"Line": [{"id": "1", "ghost": ghost}]}}).encode()
        assert known.merge(parse_feedback(body, 0.0).updates) == EMPTY


def test_11_a_value_beside_an_id() -> None:
    push = parse_feedback(b'{"Event": {"BootEvent": {"id": "1", "Action": {"id": "1", "Value": "Restart"}}}}', 0.0)
    assert push.events[0].fields == (("Action", "Restart"),)
    assert posted({"SystemUnit": {"HostName": {"id": "1", "Value": "x", "valueSpaceRef": "/Valuespace/STR"}}}) == {
        Path.of("SystemUnit", "HostName"): "x"
    }


@pytest.mark.parametrize(
    "empty", ["{}", '""', "null", '{"Value": ""}', '{"id": "1", "Value": null}', '[{"Value": ""}]']
)
def test_11_an_empty_event_has_no_fields_in_either_form(empty: str) -> None:
    (event,) = parse_feedback(f'{{"Event": {{"BootEvent": {empty}}}}}'.encode(), 0.0).events
    assert (event.name, event.fields) == ("BootEvent", ())
    assert parse_feedback(b'<Event><BootEvent item="1"/></Event>', 0.0).events == (event,)


def test_12_a_mac_in_three_notations_is_kept_as_it_came() -> None:
    for mac in ("00:00:5E:00:53:21", "00005e005321", "0000.5E00.5321"):
        document = xml(f"<SystemUnit><Hardware><Module><MACAddress>{mac}</MACAddress></Module></Hardware></SystemUnit>")
        assert seen(document).system.mac == mac
        push = parse_feedback(
            json.dumps({"Status": {}, "Event": {"Identification": {"MACAddress": {"Value": mac}}}}).encode(), 0.0
        )
        assert push.mac == mac


@pytest.mark.parametrize(("raw", "seconds"), [("00:01:43", 103.0), ("7 days, 02:13:02", 612782.0), ("103", 103.0)])
def test_13_durations(raw: str, seconds: float) -> None:
    assert parse.duration(printable(raw)) == seconds


@pytest.mark.parametrize(("raw", "score"), [("3.8", 3.8), ("38", 3.8), ("127", None)])
def test_14_scores(raw: str, score: float | None) -> None:
    assert parse.mos(printable(raw)) == score
    assert parse.r_factor(printable("127")) is None


@pytest.mark.parametrize("raw", ["", "n/a", "--"])
def test_15_words_for_nothing(raw: str) -> None:
    document = xml(
        f"<Line item='1'><Call item='0'><CallState>Connected</CallState><Jitter>{raw}</Jitter></Call></Line>"
    )
    assert document[Path.of("Line", 1, "Call", 0, "Jitter")] == raw
    assert next(seen(document).calls).jitter_ms is None


def test_16_blanks_entities_and_characters_that_draw_nothing_good() -> None:
    place = Path.of("SystemUnit", "HostName")
    for raw, name in (
        (" x", "x"),
        ("a &gt;&gt; b", "a >> b"),
        ("M\u00fcller \u674e", "M\u00fcller \u674e"),
        ("a\x1b]0;x\x07", "a\ufffd]0;x\ufffd"),
    ):
        assert xml(f"<SystemUnit><HostName>{raw}</HostName></SystemUnit>")[place] == name
    assert socket({"SystemUnit": {"HostName": " a\x1b]0;x\x07 "}})[place] == "a\ufffd]0;x\ufffd"


def test_17_a_namespace() -> None:
    body = (
        b'<t:Status xmlns:t="http://example.com/t"><t:Line item="2"><t:Call item="1" ghost="True"/></t:Line></t:Status>'
    )
    assert parse_feedback(body, 0.0).updates[0].path == Path.of("Line", 2, "Call", 1)


@pytest.mark.parametrize(
    "body", [b"<Status><Line item='1'><Ca", b'{"Status": {"Line": [{"id"', b"", b'{"Status": {"A": "']
)
def test_18_a_body_that_was_cut(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_feedback(body, 0.0)


def test_19_a_page_with_200() -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_status(b"<!DOCTYPE html><html><body>Sign in</body></html>")
    assert caught.value.reason == "html"
    with pytest.raises(ProtocolError, match="broken JSON"):
        receive(JsonRpcSession(), "<html>", 0.0)


def test_20_thirty_two_line_keys() -> None:
    inside = "".join(
        f"<Line item='{n}' maxOccurrence='n'><LEDColor>Green</LEDColor><LEDCadence>Steady</LEDCadence></Line>"
        for n in range(1, 33)
    )
    phone = seen(xml(f"<LEDStatus>{inside}</LEDStatus>"))
    assert [line.index for line in phone.lines] == list(range(1, 33))


def test_21_names_in_another_letter_case_are_the_same_names() -> None:
    expected = {
        Path.of("Line", 1, "Call", 0, "MOSLQ"): "4.1",
        Path.of("Network", "Ethernet", "MacAddress"): "00:00:5E:00:53:01",
        Path.of("novel", "Word"): "x",
    }
    inside = """<line item="1"><call item="0"><moslq>4.1</moslq></call></line>
        <NETWORK><ethernet><MACAddress>00:00:5E:00:53:01</MACAddress></ethernet></NETWORK><novel><Word>x</Word></novel>"""
    tree = {
        "line": [{"id": "1", "call": [{"id": "0", "moslq": "4.1"}]}],
        "NETWORK": {"ethernet": {"MACAddress": "00:00:5E:00:53:01"}},
        "novel": {"Word": "x"},
    }
    assert xml(inside) == posted(tree) == socket(tree) == expected
    gone = parse_feedback(b'<Status><line item="1"><call item="0" ghost="True"/></line></Status>', 0.0)
    assert [update.path for update in gone.updates] == [Path.of("Line", 1, "Call", 0)]
    assert xml(inside).merge(gone.updates).count("Line") == 0


@pytest.mark.parametrize(
    "body",
    [
        b"<Event><sipcalldisconnect><callid>0</callid></sipcalldisconnect></Event>",
        b'{"Event": {"sipcalldisconnect": {"callid": {"Value": "0"}}}}',
    ],
)
def test_22_so_are_those_of_events_whose_fields_stay_as_they_came(body: bytes) -> None:
    (event,) = parse_feedback(body, 0.0).events
    assert (event.name, event.fields) == ("SipCallDisconnect", (("callid", "0"),))
