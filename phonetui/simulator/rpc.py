"""JSON-RPC 2.0 as a room device speaks it over WebSocket: one request, reply or notification a text frame."""

import json
from dataclasses import dataclass
from typing import Any

PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603
DENIED, TOO_MANY_SUBSCRIBERS, NOT_READY = -31999, -31998, -31997
FAILED = 1
"""The command ran and failed. This code and the three above are read in Cisco's pyxows; the rest is JSON-RPC's own."""

Id = str | int | float | None


class Failure(Exception):
    """An error reply; `data` is a `Cause` or whatever else the caller may want to know."""

    def __init__(self, code: int, message: str, data: dict[str, Any] | None = None, *, of: Id = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data, self.of = code, message, data, of


@dataclass(frozen=True, slots=True)
class Ask:
    """A request; one without an id gets no reply."""

    id: Id
    method: str
    params: dict[str, Any]
    expects_reply: bool


def read(text: str) -> Ask:
    """Raises Failure for what isn't a request."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Failure(PARSE_ERROR, "Parse error") from error
    if not isinstance(frame, dict):
        raise Failure(INVALID_REQUEST, "Invalid request")
    of = frame.get("id")
    if isinstance(of, bool) or not isinstance(of, str | int | float | None):
        raise Failure(INVALID_REQUEST, "Invalid request: id must be a string or a number")
    method, params = frame.get("method"), frame.get("params", {})
    if frame.get("jsonrpc") != "2.0" or not isinstance(method, str):
        raise Failure(INVALID_REQUEST, "Invalid request", of=of)
    if not isinstance(params, dict):
        raise Failure(INVALID_PARAMS, "Invalid params: must be an object", of=of)
    return Ask(of, method, params, "id" in frame)


def reply(of: Id, result: object) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": of, "result": result})


def error(failure: Failure) -> str:
    told: dict[str, object] = {"code": failure.code, "message": failure.message}
    if failure.data is not None:
        told["data"] = failure.data
    return json.dumps({"jsonrpc": "2.0", "id": failure.of, "error": told})


def notification(subscription: int, document: str, members: object) -> str:
    """What one subscription hears of a change."""
    params = {"Id": subscription, document: members}
    return json.dumps({"jsonrpc": "2.0", "method": "xFeedback/Event", "params": params})
