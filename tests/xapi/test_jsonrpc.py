"""The WebSocket's language: what goes out, what comes of what comes in."""

import json
from typing import Any

import pytest

from phonetui.errors import AccessError, Busy, CommandRefused, PermissionDenied, PhonetuiError, ProtocolError
from phonetui.text import printable
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.document import EMPTY, Event, Update
from phonetui.xapi.feedback import Push
from phonetui.xapi.jsonrpc import EARLY, EARLY_S, JsonRpcSession, RpcReply, RpcRequest
from phonetui.xapi.path import ROOT, Path
from tests.xapi.decoders import receive

CALL = Path.of("Line", 1, "Call", 0)


def outcome(session: JsonRpcSession, request: RpcRequest[Any], **members: Any) -> Any:
    frame = json.dumps({"jsonrpc": "2.0", "id": request.id, **members}, ensure_ascii=False)
    (reply, *_) = receive(session, frame, 0.0)
    assert isinstance(reply, RpcReply)
    assert reply.id == request.id
    return reply.outcome


def sent(request: RpcRequest[Any]) -> tuple[str, Any]:
    call = json.loads(request.text)
    assert call["jsonrpc"] == "2.0"
    assert call["id"] == request.id
    return call["method"], call["params"]


def test_the_methods() -> None:
    session = JsonRpcSession()
    dial = Command(Path.parse("Call Dial"), (("Number", "5000"), ("Number", "1"), ("LineId", "1")))
    add = Command(Path.parse("Security Certificates CA Add"), body="-----BEGIN\nA\n")
    assert [
        sent(request)
        for request in (
            session.fetch(CALL),
            session.command(dial),
            session.command(add),
            session.subscribe("Status", "Line"),
        )
    ] == [
        ("xGet", {"Path": ["Status", "Line", 1, "Call", 0]}),
        ("xCommand/Call/Dial", {"Number": ["5000", "1"], "LineId": 1}),
        ("xCommand/Security/Certificates/CA/Add", {"body": "-----BEGIN\nA\n"}),
        ("xFeedback/Subscribe", {"Query": ["Status", "Line"], "NotifyCurrentValue": False}),
    ]


def test_what_was_typed_is_in_no_repr() -> None:
    assert "5000" not in repr(JsonRpcSession().command(Command(Path.parse("Call Dial"), (("Number", "5000"),))))


@pytest.mark.parametrize(
    ("path", "result", "leaves"),
    [
        ("SystemUnit ProductId", "DP-9851", {"SystemUnit ProductId": "DP-9851"}),
        ("Line 1 Call 0", {"id": 0, "Jitter": 14, "MOSCQ": 3.80}, {"Line 1 Call 0 Jitter": "14", "Line 1 Call 0 MOSCQ": "3.8"}),
        ("Line 1 Call 0", {"Jitter": 14}, {"Line 1 Call 0 Jitter": "14"}),
        ("Line", [{"id": 2, "Call": [{"id": 0, "Tone": None}]}], {"Line 2 Call 0 Tone": ""}),
        ("Line Call Jitter", [{"id": 2, "Call": [{"id": 0, "Jitter": 1, "Tone": "x"}]}], {"Line 2 Call 0 Jitter": "1"}),
        ("HttpFeedback 2 Expression 3", "/Status/Line", {"HttpFeedback 2 Expression 3": "/Status/Line"}),
        ("Line", [], {}),
        ("Line", None, {}),
        ("", {"Network": [{"id": 1, "IPv4": {"Address": "a"}}], "Novel": [{"id": 7, "Up": True}]}, {"Network IPv4 Address": "a", "Novel 7 Up": "True"}),
    ],
)  # fmt: skip
def test_readings(path: str, result: object, leaves: dict[str, str]) -> None:
    session = JsonRpcSession()
    found = outcome(session, session.fetch(Path.parse(path)), result=result)
    assert {str(place): value for place, value in found.items()} == leaves


@pytest.mark.parametrize("error", [{"code": -32602, "message": "Invalid params"}, {"code": 3, "message": "x"}, {"code": 1, "message": "No match on address expression"}])  # fmt: skip
def test_a_place_that_is_not_there_is_empty(error: object) -> None:
    session = JsonRpcSession()
    assert outcome(session, session.fetch(Path.of("Novelty")), error=error) == EMPTY
    assert isinstance(outcome(session, session.fetch(ROOT), error=error), CommandRefused)


ERRORS: dict[int, tuple[type[PhonetuiError], str]] = {
    -32700: (ProtocolError, ""),
    -32600: (ProtocolError, ""),
    -32603: (ProtocolError, ""),
    -31999: (PermissionDenied, "role"),
    -31998: (Busy, ""),
    -31997: (Busy, ""),
    -12345: (ProtocolError, ""),
}


@pytest.mark.parametrize("code", ERRORS)
def test_errors_of_the_wire(code: int) -> None:
    kind, reason = ERRORS[code]
    session = JsonRpcSession()
    for request in (session.fetch(ROOT), session.command(Command(Path.parse("Call Dial"))), session.subscribe("Event")):
        found = outcome(session, request, error={"code": code, "message": "why\x1b"})
        assert type(found) is kind
        assert found.reason == reason
        assert "why\ufffd" in found.message


@pytest.mark.parametrize(
    ("error", "block"),
    [
        ({"code": 1, "message": "Invalid number", "data": {"Cause": 21}}, ["CallDialResult (status=Error):", 'CallDialResult Reason: "Invalid number"', "CallDialResult Cause: 21"]),
        ({"code": -32602, "message": "Number missing"}, ["CallDialResult (status=ParameterError):", 'CallDialResult Reason: "Number missing"']),
        ({"code": -32601, "message": "Unknown command"}, ["Result (status=Error):", 'Result Reason: "Unknown command"', 'Result XPath: "/Call/Dial"']),
        ({"code": 1, "data": "no line"}, ["CallDialResult (status=Error):", 'CallDialResult Reason: "error"', 'CallDialResult Description: "no line"']),
    ],
)  # fmt: skip
def test_a_refused_command_in_the_phones_words(error: object, block: list[str]) -> None:
    session = JsonRpcSession()
    refused = outcome(session, session.command(Command(Path.parse("Call Dial"))), error=error)
    assert isinstance(refused, CommandRefused)
    assert list(refused.block) == [*(f"*r {line}" for line in block), "** end"]


@pytest.mark.parametrize("result", [{"status": "OK", "CallId": 0, "LineId": 1}, {"CallId": 0, "LineId": 1}])
def test_an_answer(result: object) -> None:
    session = JsonRpcSession()
    answer = outcome(session, session.command(Command(Path.parse("Call Dial"))), result=result)
    assert answer == CommandResult(printable("CallDialResult"), answer.document)
    assert answer.document == {Path.of("CallId"): "0", Path.of("LineId"): "1"}


@pytest.mark.parametrize(("result", "leaves"), [(True, {}), (None, {}), ("aGk=", {ROOT: "aGk="})])
def test_answers_that_are_no_object(result: object, leaves: object) -> None:
    session = JsonRpcSession()
    path = Path.parse("Security Certificates CA Show")
    answer = outcome(session, session.command(Command(path)), result=result)
    assert answer.name == "CAShowResult"
    assert answer.document == leaves


def test_a_result_may_say_no_itself() -> None:
    session = JsonRpcSession()
    result = {"status": "Error", "Reason": "No line available"}
    refused = outcome(session, session.command(Command(Path.parse("Call Dial"))), result=result)
    assert isinstance(refused, CommandRefused)
    assert "No line available" in refused.message
    result["Reason"] = "Insufficient permission"
    denied = outcome(session, session.command(Command(Path.parse("Call Dial"))), result=result)
    assert isinstance(denied, AccessError)
    assert (denied.reason, "Insufficient permission" in denied.message) == ("role", True)


def event(number: object, tree: dict[str, object]) -> str:
    return json.dumps({"jsonrpc": "2.0", "method": "xFeedback/Event", "params": {"Id": number, **tree}})


HOLD: dict[str, object] = {"Status": {"Line": [{"id": 1, "Call": [{"id": 0, "CallState": "Hold"}]}]}}


def subscribed(session: JsonRpcSession, number: int) -> None:
    request = session.subscribe("Status", "Line")
    assert outcome(session, request, result={"Id": number}) == number


def test_a_notification_and_its_ghost() -> None:
    session = JsonRpcSession()
    subscribed(session, 0)
    (push,) = receive(session, event(0, HOLD), 7.0)
    assert push == Push((Update(CALL / "CallState", printable("Hold"), 7.0),))
    for ghost in ("True", True, "true"):
        (push,) = receive(
            session, event("0", {"Status": {"Line": [{"id": "1", "Call": [{"id": 0, "ghost": ghost}]}]}}), 8.0
        )
        assert push == Push((Update(CALL, None, 8.0),))


def test_an_event() -> None:
    session = JsonRpcSession()
    subscribed(session, 3)
    (push,) = receive(session, event(3, {"Event": {"BootEvent": {"id": 1, "Action": "Restart"}}}), 7.0)
    assert isinstance(push, Push)
    assert push.events == (Event(printable("BootEvent"), ((printable("Action"), printable("Restart")),), 7.0),)


def test_only_our_subscriptions_are_heard() -> None:
    session = JsonRpcSession()
    subscribed(session, 4)
    assert receive(session, event(5, HOLD), 0.0) == ()
    assert len(receive(session, event(4, HOLD), 0.0)) == 1


def test_a_notification_that_overtakes_its_answer_waits_for_it() -> None:
    session = JsonRpcSession()
    request = session.subscribe("Status", "Line")
    assert receive(session, event(9, HOLD), 1.0) == ()
    assert receive(session, event(8, HOLD), 1.0) == ()
    reply, push = receive(session, json.dumps({"id": request.id, "result": {"Id": 9}}), 2.0)
    assert isinstance(reply, RpcReply)
    assert isinstance(push, Push)
    assert push.updates[0].at == 1.0


def test_what_waited_too_long_or_is_too_much_is_dropped() -> None:
    session = JsonRpcSession()
    request = session.subscribe("Status", "Line")
    receive(session, event(9, HOLD), 1.0)
    assert len(receive(session, json.dumps({"id": request.id, "result": {"Id": 9}}), 1.1 + EARLY_S)) == 1
    request = session.subscribe("Status", "Line")
    for _ in range(EARLY * 2):
        receive(session, event(10, HOLD), 1.0)
    assert len(receive(session, json.dumps({"id": request.id, "result": {"Id": 10}}), 1.1)) == EARLY + 1


def test_answers_that_nobody_waits_for() -> None:
    session = JsonRpcSession()
    request = session.fetch(ROOT)
    session.forget(request.id)
    assert receive(session, json.dumps({"id": request.id, "result": {}}), 0.0) == ()
    assert receive(session, '{"id": 99, "result": {}}', 0.0) == ()
    assert receive(session, '{"method": "xNovelty", "params": {}}', 0.0) == ()


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ("", "broken JSON"),
        ("<Status/>", "broken JSON"),
        ("[]", "no object"),
        ("[" * 5000, "nested deeper|broken JSON"),  # newer Pythons read that deep, and find no end
        ('{"id": 1, "result": ' + '{"A": ' * 80 + "1" + "}" * 80 + "}", "nested deeper"),
        ("[" * 20_000, "more than 10,000 members"),
        ('{"id": null, "error": {"code": -32700, "message": "Parse error"}}', "could not read a request: Parse error"),
        ('{"method": "xFeedback/Event", "params": {"Id": 0, "Novel": {}}}', "not xAPI"),
    ],
)
def test_frames_that_cannot_be_read(frame: str, words: str) -> None:
    session = JsonRpcSession()
    session.fetch(ROOT)

    def read() -> None:
        for reply in receive(session, frame, 0.0):
            assert isinstance(reply, RpcReply)
            raise reply.outcome

    with pytest.raises(ProtocolError, match=words):
        read()


@pytest.mark.parametrize(
    "result",
    [{"a b": 1}, {"": 1}, {"1": 2}, {"A" * 200: 1}, {"A": [[1]]}, 7, [1], {"A": "\u00e4" * 100_001}],
)
def test_trees_that_no_phone_has(result: object) -> None:
    session = JsonRpcSession()
    assert isinstance(outcome(session, session.fetch(ROOT), result=result), ProtocolError)


def test_a_strangers_name_is_harmless() -> None:
    session = JsonRpcSession()
    request = session.fetch(Path.of("SystemUnit", "HostName"))
    (reply,) = receive(session, f'{{"id": {request.id}, "result": " a\\ud800\\u001b[31m\x1b\u202e "}}', 0.0)
    assert isinstance(reply, RpcReply)
    assert list(reply.outcome.values()) == ["a\ufffd\ufffd[31m\ufffd\ufffd"]
