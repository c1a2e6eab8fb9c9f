"""The bundle that a survey writes: one JSON object from which the phone and its owner cannot be identified.

    {
      "format": "phonetui-bundle",
      "version": 1,
      "made":  {"by": "phonetui 0.1.0", "at": "2026-11-21T12:00:00Z"},
      "phone": {"product_id": "DP-9851", "product_type": …, "firmware": "PHONEOS.3-6-1-0001",
                "root": {"product": …, "version": …, "apiVersion": …}, "scheme": "https", "websocket": false},
      "tls":   null, or {"version": "TLSv1.3", "cipher": …, "certificate": null, or {"subject": [["CN", …], …],
                "issuer": [[…]], "not_before": …, "not_after": …, "key": "RSA 2048", "signature": "sha256",
                "names": 2}},
      "timing_s": [0.012, …],
      "exchanges": [
        {"topic": "document", "method": "GET", "path": "/status.xml", "sent": null or the body that was posted,
         "status": 200 or null, "reason": "OK", "headers": [["content-type", "text/xml"], …],
         "body": …, "encoding": "text" or "base64", "picture": "" or "png 800x480",
         "bytes": 12345, "truncated": false, "seconds": 0.021, "failure": ""}, …],
      "tree": {"SystemUnit ProductId": "DP-9851", "Line 1 Call 0 CallState": "Connected", …}
    }

`exchanges` are in the order in which they happened; `topic` is one of `identity document part form nowhere nowhere-deep
nowhere-item nowhere-document unparsable empty without-location no-page timing session-begin session-read session-end
websocket key screenshot`. `status` is null where no answer came, and `failure` then says why. Header names are in lower
case and those that don't matter are left out. `bytes` counts the answer as it came, before redaction and, where
`truncated`, before the rest was left unread. Bodies are texts with placeholders in them, otherwise as they came, down
to blanks and quotes; what isn't text is left out, and a picture is replaced by one of a single pixel, in base64.

`tree` is the status tree in paths of the terminal notation, from the first whole document, with what only its parts
showed. Readers must take unknown members for granted; a change that breaks them raises `version`.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from phonetui.errors import CommandRefused, ProtocolError
from phonetui.probe import markup
from phonetui.probe.plan import CertificateSummary, Survey, SurveyExchange, TlsSummary
from phonetui.probe.redaction import Redaction
from phonetui.probe.vocabulary import Meaning, meaning
from phonetui.xapi.document import EMPTY, Document
from phonetui.xapi.path import Path
from phonetui.xapi.xml import local_name, parse, parse_status

FORMAT = "phonetui-bundle"
VERSION = 1
_ROOT = frozenset({"product", "version", "apiVersion"})


def bundle(survey: Survey, by: str) -> dict[str, Any]:
    """The redacted file's content; `by` is the program's name and version.

    Raises ProtocolError where something that is known to be secret would still stand in it.
    """
    hide = redaction(survey)
    ours = {"format": FORMAT, "version": VERSION, "made": {"by": by, "at": _instant(survey.at)}}
    content = _sweep(_content(survey, hide), hide)
    content["tree"] = {hide.sweep(path): leaf for path, leaf in content["tree"].items()}
    for place, value in _texts(content):
        if left := hide.leaks(value):
            raise ProtocolError(
                f"the survey was not written: a {left[0].kind.value} of yours would stand in its {place}",
                "Tell the makers of phonetui the place, not the secret",
            )
    return {**ours, **content}


def text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=True) + "\n"


def redaction(survey: Survey) -> Redaction:
    """What stands for what in this survey's bundle."""
    made = Redaction(passwords=(survey.password,), users=(survey.username,), hosts=(survey.host,))
    for _ in range(2):  # what is learned late, such as the schema's words, tells how to treat what came early
        _content(survey, made)
    made.seal()
    return made


def tree(survey: Survey) -> Document:
    """The status tree as the phone gave it, unredacted: the first whole document, with what only its parts showed."""
    whole, parts = EMPTY, EMPTY
    for exchange in survey.exchanges:
        found = _status(exchange)
        if exchange.question.target in ("/status.xml", "/getxml?location=/Status"):
            whole = whole or found
        elif exchange.question.topic in ("identity", "part"):
            parts = Document({**parts, **{path: value for path, value in found.items() if path not in parts}})
    return (
        Document({**whole, **{path: value for path, value in parts.items() if path not in whole}}) if whole else parts
    )


def is_xapi(survey: Survey) -> bool:
    """Whether anything that was answered is a status tree."""
    return any(_status(exchange) for exchange in survey.exchanges)


def _content(survey: Survey, hide: Redaction) -> dict[str, Any]:
    """What the phone said; what says of the file itself what it is is no word of a phone's, and stays."""
    leaves = {str(path): hide.leaf(path, value) for path, value in tree(survey).items()}
    websocket = survey.first("websocket")
    return {
        "phone": {
            "product_id": leaves.get("SystemUnit ProductId", ""),
            "product_type": leaves.get("SystemUnit ProductType", ""),
            "firmware": leaves.get("SystemUnit Software Version", ""),
            "root": {name: hide.plain(value) for name, value in _root(survey)},
            "scheme": survey.scheme,
            "websocket": websocket is not None and websocket.status == 101,
        },
        "tls": _tls(survey.tls, hide) if survey.tls else None,
        "timing_s": list(survey.timing_s),
        "exchanges": [_exchange(exchange, hide) for exchange in survey.exchanges],
        "tree": leaves,
    }


def _sweep(value: Any, hide: Redaction) -> Any:
    """With every text rid of what is known to be secret."""
    match value:
        case str():
            return hide.sweep(value)
        case list():
            return [_sweep(each, hide) for each in value]
        case dict():
            return {name: _sweep(each, hide) for name, each in value.items()}
    return value


def _texts(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text of a bundle, with the place where it stands in words."""
    for name, value in content.items():
        match name:
            case "exchanges":
                parts = [(f"exchange {each['path']}, {part}", each[part]) for each in value for part in each]
            case "tree":
                parts = [(f"tree, {path}", [path, leaf]) for path, leaf in value.items()]
            case _:
                parts = [(f"part {name}", value)]
        yield from ((place, text) for place, part in parts for text in _strings(part))


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list() | dict():
            for each in value.values() if isinstance(value, dict) else value:
                yield from _strings(each)


def _exchange(exchange: SurveyExchange, hide: Redaction) -> dict[str, Any]:
    question = exchange.question
    picture = markup.picture_format(exchange.body)
    body = markup.BLANK if picture else "" if exchange.is_binary else hide.body(exchange.text)
    return {
        "topic": question.topic,
        "method": question.method,
        "path": question.target,
        "sent": question.body.decode() if question.body is not None else None,
        "status": exchange.status,
        "reason": hide.free(exchange.reason),
        "headers": [[name, hide.header(name, value)] for name, value in exchange.headers],
        "body": body,
        "encoding": "base64" if picture else "text",
        "picture": picture or _inner_picture(exchange),
        "bytes": len(exchange.body),
        "truncated": exchange.truncated,
        "seconds": round(exchange.seconds, 4),
        "failure": hide.free(exchange.failure),
    }


def _inner_picture(exchange: SurveyExchange) -> str:
    """Of the picture in a command's answer."""
    if exchange.question.topic != "screenshot" or exchange.is_binary:
        return ""
    try:
        found = (markup.base64_format(node.text or "") for node in parse(exchange.body).iter())
        return next((each for each in found if each), "")
    except ProtocolError:
        return ""


def _tls(tls: TlsSummary, hide: Redaction) -> dict[str, Any]:
    shown = _certificate(tls.certificate, hide) if tls.certificate else None
    return {"version": tls.version, "cipher": tls.cipher, "certificate": shown}


def _certificate(certificate: CertificateSummary, hide: Redaction) -> dict[str, Any]:
    return {
        "subject": [[name, _attribute(name, value, hide)] for name, value in certificate.subject],
        "issuer": [[name, _attribute(name, value, hide)] for name, value in certificate.issuer],
        "not_before": _instant(certificate.not_before),
        "not_after": _instant(certificate.not_after),
        "key": certificate.key,
        "signature": certificate.signature,
        "names": certificate.names,
    }


def _attribute(name: str, value: str, hide: Redaction) -> str:
    """A common name says which device it is; other parts who made it, as far as their words are common."""
    if meaning(Path((name,))) is Meaning.SERIAL:
        return hide.leaf(Path((name,)), value)
    return hide.leaf(Path.of("HostName"), value) if name == "CN" and " " not in value else hide.free(value)


def _root(survey: Survey) -> Iterator[tuple[str, str]]:
    for exchange in survey.exchanges:
        if _status(exchange):
            yield from ((name, value) for name, value in parse(exchange.body).items() if name in _ROOT)
            return


def _status(exchange: SurveyExchange) -> Document:
    """The leaves of an answer that is a status document, else none."""
    if exchange.status != 200 or exchange.truncated or not exchange.body.lstrip().startswith((b"<", b"\xef\xbb\xbf")):
        return EMPTY
    try:
        return parse_status(exchange.body) if local_name(parse(exchange.body).tag) == "Status" else EMPTY
    except (ProtocolError, CommandRefused):
        return EMPTY


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
