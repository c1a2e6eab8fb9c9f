"""The five decoders with sound documents for each, as the tests that mutilate them need them."""

import json
from collections.abc import Callable

from phonetui.errors import PhonetuiError
from phonetui.xapi import jsontree
from phonetui.xapi.command import Command, parse_answer
from phonetui.xapi.feedback import Push, parse_feedback
from phonetui.xapi.jsonrpc import JsonRpcSession, RpcReply
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.xml import parse_status

Decoder = Callable[[bytes], object]

CALL_XML = b"""<Call item="0" maxOccurrence="n"><CallState>Connected</CallState><Duration>00:01:43</Duration><Jitter>14</Jitter>
<MOSCQ>3.6</MOSCQ><MappedRtpPort>16422 &gt;&gt; 0</MappedRtpPort><PeerName>J\xc3\xbcrgen &amp; S\xc3\xb6hne</PeerName></Call>"""
STATUS_XML = (
    b'<?xml version="1.0"?>\n<Status product="Cisco IP Phone" version="PHONEOS.3-6-1-0001" apiVersion="4">'
    b'<HttpFeedback item="2" maxOccurrence="n"><Expression item="1" maxOccurrence="n">/Status/ExtStatus</Expression>'
    b"<Status>OK</Status></HttpFeedback>"
    b'<Line item="1" maxOccurrence="n">' + CALL_XML + b"</Line><Network item='1'><IPv4><Address>192.0.2.21</Address>"
    b"</IPv4></Network><Standby><Level> Off</Level></Standby></Status>"
)
CALL = {"id": 0, "CallState": "Connected", "Jitter": 14, "MOSCQ": 3.6, "PeerName": "J\u00fcrgen \u201cX\u201d\n"}

SOUND: dict[str, tuple[bytes, ...]] = {
    "XML status": (STATUS_XML, b"<EmptyResult/>", b'<Status status="Error"><Reason>No match</Reason></Status>'),
    "XML answer": (
        b'<?xml version="1.0"?><Command><CallDialResult status="OK"><CallId>0</CallId><LineId>1</LineId></CallDialResult></Command>',
        b'<Command><CallDialResult status="ParameterError"><Number><Value>Invalid value</Value></Number></CallDialResult></Command>',
    ),
    "XML feedback": (
        b'<?xml version="1.0" encoding="utf-8"?><Status><Identification><MACAddress>00:00:5E:00:53:21</MACAddress>'
        b'</Identification><Line item="1" maxOccurrence="n">' + CALL_XML + b'<Call item="1" ghost="True"/></Line></Status>',
        b'<Event><BootEvent item="1"><Action item="1">Restart</Action></BootEvent><Bookings item="1"><Start item="1"><Id item="1">3</Id></Start></Bookings></Event>',
    ),
    "JSON feedback": (
        json.dumps({"Status": {"Line": [{"id": "1", "Call": [{name: {"Value": str(value)} if name != "id" else "0" for name, value in CALL.items()}, {"id": "2", "ghost": "True"}]}], "Identification": {"MACAddress": {"Value": "00:00:5E:00:53:21"}}}}).encode(),
        b'{"Event": {"BootEvent": {"id": "1", "Action": {"id": "1", "Value": "Restart"}}, "Identification": {}}}',
    ),
    "JSON-RPC": (
        json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"Line": [{"id": 1, "Call": [CALL]}], "Network": [{"id": 1}]}}).encode(),
        json.dumps({"jsonrpc": "2.0", "id": 2, "error": {"code": 1, "message": "Invalid number", "data": {"Cause": 21}}}).encode(),
        json.dumps({"jsonrpc": "2.0", "method": "xFeedback/Event", "params": {"Id": 0, "Status": {"Line": [{"id": 1, "Call": [CALL, {"id": 1, "ghost": True}]}]}}}, ensure_ascii=False).encode(),
        b'{"jsonrpc": "2.0", "id": 3, "result": {"Id": 0}}',
    ),
}  # fmt: skip


def receive(session: JsonRpcSession, frame: str | bytes, at: float) -> tuple[RpcReply | Push, ...]:
    """What one frame brings that arrived `at` (monotonic seconds). Raises ProtocolError where it is unreadable."""
    return session.receive(jsontree.load(frame), at)


def rpc(body: bytes) -> object:
    """One frame to a session that waits for a reading, a command's answer and a subscription."""
    session = JsonRpcSession()
    session.fetch(ROOT)
    session.command(Command(Path.of("Call", "Dial")))
    session.subscribe("Status", "Line")
    brought = receive(session, body, 0.0)
    for item in brought:
        if isinstance(item, RpcReply) and isinstance(item.outcome, BaseException):
            assert isinstance(item.outcome, PhonetuiError)
    return brought


DECODERS: dict[str, Decoder] = {
    "XML status": parse_status,
    "XML answer": parse_answer,
    "XML feedback": lambda body: parse_feedback(body, 0.0),
    "JSON feedback": lambda body: parse_feedback(body, 0.0),
    "JSON-RPC": rpc,
}
