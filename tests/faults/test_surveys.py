"""Sixty secrets of a phone, each in every place of a survey and in every spelling: none is in the file."""

import base64
import html
import json
import re
import unicodedata
from typing import Any
from urllib.parse import quote, unquote

import pytest

from phonetui.errors import ProtocolError
from phonetui.probe import bundle as bundles
from phonetui.probe.bundle import bundle
from phonetui.probe.redaction import Redaction
from tests.faults.table import fault
from tests.probe.surveys import answered, status, survey, tls, written
from tests.sampling import one_in

NAMES = (
    "Zora Quillfeather", "Bjørn Ødegård", "Łukasz Wiśniewski", "Ana-María Peña", "Müller", "O'Shaughnessy", "Kestrel",
    "Jean-Luc Besançon", "山田太郎", "Reception Tumbledown", "Page Button", "Vlasta Krtek",
)  # fmt: skip
NUMBERS = (
    "+4930901820", "+14155550123", "00442079460958", "0891234567", "2025550147", "+33142278186", "030 / 90 18 21",
    "(415) 555-0199", "+49 30 901-822", "5550133",
)  # fmt: skip
EXTENSIONS = ("7391", "48213", "60417", "915522", "4471", "88207")
MACS = ("04:62:73:9A:BC:DE", "0462739abcdf", "04-62-73-8F-00-1A", "0462.737e.aa01")
SERIALS = ("FCH2419Q7ZX", "WZP24310ABC", "FVH2627X0LM", "PUC2733Z9QD")
HOSTS = (
    "pbx-dortmund.corp.quillworks.net",
    "sbc1.tumbledown.example",
    "SEP0462739ABCDE",
    "zebra-lobby",
    "ns.krtek.invalid",
)
USERS = ("zquill", "bodegard", "l.wisniewski@quillworks.net", "vkrtek", "svc_phones7")
TOKENS = (
    "k3y-9fQzP0aa7Lm", "6f1c0a5e-2b8d-4f37-9c1d-0a5e2b8d4f37", "hunter2&<Correct>", "correct horse staple", "s3cr3t/with+odd=chars",
    "AbCdEf0123456789", "pin-90210-x", "tok_live_51HxQ",
)  # fmt: skip
IPV4 = ("10.47.213.88", "172.29.17.204", "81.2.69.142")
IPV6 = ("2001:db8:77:1f::9c4", "fd12:3456:789a::17", "2001:db8::aaaa:17:5")
PLANTED = {
    "name": NAMES, "number": NUMBERS, "extension": EXTENSIONS, "mac": MACS, "serial": SERIALS, "host": HOSTS, "user": USERS,
    "token": TOKENS, "ipv4": IPV4, "ipv6": IPV6,
}  # fmt: skip
ALL = [(kind, secret) for kind, secrets in PLANTED.items() for secret in secrets]
COMMON = {"Page Button"}
"""Of words that everybody uses: a secret as a whole only."""


def escaped(text: str) -> str:
    return html.escape(text)


def homes() -> str:
    """Each secret where a phone has it."""
    parts = []
    for item, (kind, secret) in enumerate(ALL, 1):
        value = escaped(secret)
        match kind:
            case "name":
                parts.append(f'<Line item="{item}"><Call item="0"><PeerName>{value}</PeerName></Call></Line>')
            case "number" | "extension":
                parts.append(f'<Line item="{item}"><Call item="0"><PeerPhone>{value}</PeerPhone></Call></Line>')
            case "mac":
                parts.append(f'<Kem item="{item}"><MacAddress>{value}</MacAddress></Kem>')
            case "serial":
                parts.append(f'<Kem item="{item}"><SerialNumber>{value}</SerialNumber></Kem>')
            case "host":
                parts.append(f'<Kem item="{item}"><HostName>{value}</HostName></Kem>')
            case "user":
                parts.append(f'<Kem item="{item}"><AuthUser>{value}</AuthUser></Kem>')
            case "token":
                parts.append(f'<Kem item="{item}"><AuthPassword>{value}</AuthPassword></Kem>')
            case _:
                parts.append(f'<Kem item="{item}"><Address>{value}</Address></Kem>')
    return "".join(parts)


def spellings(kind: str, secret: str) -> list[str]:
    """How else it may be written."""
    found = [secret, secret.upper(), secret.lower(), quote(secret, safe=""), html.escape(secret)]
    found.append("".join(f"%{octet:02x}" for octet in secret.encode()))
    found.append("".join(f"&#{ord(char)};" for char in secret))
    found.append("".join(f"&#x{ord(char):X};" for char in secret))
    found.append("".join(f"\\u{ord(char):04x}" for char in secret))
    found.append(quote(quote(secret, safe=""), safe=""))
    if kind in ("name", "user", "token", "host", "serial") and len(bare(secret)) > 5:
        found += [base64.b64encode(secret.encode()).decode(), secret.encode().hex()]
        found.append(base64.b64encode(f"xapi:{secret}".encode()).decode())
    if kind == "name" and secret not in COMMON:
        plain = without_accents(secret)
        words = plain.split()
        found += [plain, ".".join(words).lower(), "_".join(words), ", ".join(reversed(words)), "%20".join(words)]
    digits = "".join(char for char in secret if char.isdigit())
    if kind == "number":
        grouped = " ".join(digits[at : at + 2] for at in range(0, len(digits), 2))
        found += [digits, f"+{digits}", f"%2B{digits}", f"tel:+{digits}", grouped, f"sip:{digits}@x.example"]
        if len(digits) >= 10:
            found += [f"0{digits[-9:]}", f"00{digits}", f"{digits[-10:-7]}-{digits[-7:]}"]
    if kind == "mac":
        hexes = re.sub(r"[^0-9A-Fa-f]", "", secret)
        pairs = [hexes[at : at + 2] for at in range(0, 12, 2)]
        found += [hexes, f"SEP{hexes.upper()}", *(mark.join(pairs) for mark in (":", "-", ".", " ", "%3A"))]
        found.append(".".join(hexes[at : at + 4] for at in (0, 4, 8)))
    if kind == "ipv4":
        found += [
            secret.replace(".", "-"),
            ".".join(reversed(secret.split("."))) + ".in-addr.arpa",
            secret.replace(".", "%2E"),
        ]
    return found


def without_accents(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text)
    return "".join(char for char in folded if not unicodedata.combining(char))


def bare(text: str) -> str:
    folded = without_accents(text.casefold()).translate(str.maketrans("øæł", "oal"))
    return "".join(char for char in folded if char.isalnum())


def places(kind: str, text: str) -> list[Any]:
    """Exchanges with `text` in every place where a phone can put it."""
    value = text if "&#" in text or "&amp;" in text else escaped(text)
    in_header = "".join(char for char in text if char.isprintable())
    return [
        status(f'<Odd owner="{value}" version="{value}" type="{value}"><Note>Failed for {value} at 12:00</Note>'
               f"<!-- kept for {value} --><Url>https://x.example/a/{quote(text, safe='%')}?who={quote(text, safe='%')}</Url></Odd>"),
        answered("/command.xml", f'<Command><Ui><Say command="True"><Text default="{value}" required="True" item="1"/></Say></Ui></Command>'),
        answered("/valuespace.xml", f"<Valuespace><Who type=\"Literal\"><Value item=\"1\">{value} x</Value></Who></Valuespace>"),
        answered("/getxml", f"<html><title>{value}</title><script>var a = '{text}';</script><body data-who='{value}'>",
                 ("content-type", "text/html"), ("server", f"nginx {in_header}"), ("location", f"https://x.example/{quote(text)}"),
                 ("www-authenticate", f'Basic realm="{in_header}"'), ("etag", f'"{in_header}"')),
        answered("/json", json.dumps({"who": text, "list": [text]})),
        answered("/text", f"cannot read {text} here", status=500),
        answered("/fault", f'<Command><Result status="Error"><Reason>No such party: {value}</Reason><XPath>/{value}</XPath></Result></Command>'),
        answered("/cdata", f"<Status><Odd><![CDATA[{text}]]></Odd><?odd {value}?></Status>"),
    ]  # fmt: skip


def decoded(text: str) -> str:
    for _ in range(4):
        text = unquote(html.unescape(re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], base=16)), text)))
    return text


def shows(kind: str, secret: str, content: str) -> bool:
    """Whether a bundle gives a secret away; written apart from the program's own search."""
    texts = [content, decoded(content)]
    for token in re.findall(r"[A-Za-z0-9+/_-]{12,}={0,2}", content):
        try:
            texts.append(
                base64.b64decode(token.translate(str.maketrans("-_", "+/")) + "===").decode("utf-8", "replace")
            )
        except ValueError:
            continue
    hexes = re.findall(r"(?:[0-9a-f]{2}){6,}", content)
    texts.extend(bytes.fromhex(token).decode("utf-8", "replace") for token in hexes)
    if kind == "extension":
        leaf = re.compile(rf"(?<!\d){secret}(?!\d)")
        return any(leaf.search(text) for text in texts)
    core = bare(secret)
    if kind == "number":
        core = core.lstrip("0")[-7:] if len(core) > 9 else core
    if kind == "mac":
        core = core[6:]
    if secret in COMMON:
        return any(secret.casefold() in text.casefold() for text in texts)
    if kind in ("mac", "number", "ipv4", "ipv6"):
        return any(core in re.sub(r"[^0-9a-z<>\"]", "", text.casefold()) for text in texts)
    return any(core in bare(text) for text in texts)


@pytest.mark.parametrize(("kind", "secret"), one_in(3, ALL), ids=[f"{kind}-{at}" for at, (kind, _) in enumerate(ALL)])
@fault("a secret stands in every place of a survey, in every spelling", holds="it is nowhere in the file", seconds=60)
def test_no_spelling_of_a_secret_is_in_a_survey(kind: str, secret: str) -> None:
    hidden = survey(password="hunter2&<Correct>", username="zquill", host="pbx-dortmund.corp.quillworks.net")
    forms = list(dict.fromkeys(spellings(kind, secret)))
    exchanges = [status(homes()), *(each for form in forms for each in places(kind, form))]
    shown = tls(("CN", secret), ("O", secret), ("serialNumber", secret), issuer=(("CN", secret),))
    made = survey(*exchanges, tls=shown, password=hidden.password, username=hidden.username, host=hidden.host)
    content = written(made)
    json.loads(content)
    left = [form for form in forms if shows(kind, secret, content)]
    assert not left, find(kind, secret, content)


def find(kind: str, secret: str, content: str) -> list[str]:
    """The lines that give it away."""
    return [
        line[:300] for line in content.splitlines() for part in re.split(r"(?<=>)", line) if shows(kind, secret, part)
    ][:5]


@fault("a secret comes through all the same", holds="no file is written, and the place is told without the secret")
def test_a_survey_that_would_tell_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Redaction, "sweep", lambda _, text: text)
    monkeypatch.setattr(
        bundles, "_exchange", lambda exchange, _: {"path": exchange.question.target, "body": exchange.text}
    )
    with pytest.raises(ProtocolError, match="the survey was not written") as raised:
        bundle(survey(status("<Line><Call><PeerName>Zora Quillfeather</PeerName></Call></Line>")), "x")
    assert "Quillfeather" not in str(raised.value)
    assert "/status.xml" in str(raised.value)
