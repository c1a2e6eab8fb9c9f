"""Nothing of whose phone it is comes through; everything of how it answers does."""

import json
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from phonetui.probe.bundle import bundle, tree
from phonetui.probe.bundle import redaction as redaction_of
from phonetui.probe.plan import NOWHERE, Question, SurveyExchange
from phonetui.probe.redaction import Redaction
from phonetui.probe.vocabulary import Meaning, common, meaning
from phonetui.xapi.path import Path
from tests.probe.surveys import answered, status, strings, survey, tls, written

PLANTED = {
    "name": "Zora Quillfeather",
    "word": "Quillfeather",
    "number": "4930901820",
    "short": "7391",
    "formatted": "+49 (30) 901-820",
    "ipv4": "10.47.213.88",
    "ipv6": "2001:db8:77:1f::9c4",
    "mac": "04:62:73:9A:BC:DE",
    "dashed": "04-62-73-9a-bc-de",
    "bare": "0462739ABCDE",
    "serial": "FCH2419Q7ZX",
    "host": "pbx-dortmund.corp.quillworks.net",
    "user": "zquill",
    "password": "hunter2&<Correct>",
    "token": "k3y-9fQzP0aa7Lm",
    "uuid": "6f1c0a5e-2b8d-4f37-9c1d-0a5e2b8d4f37",
}


def planted_everywhere() -> str:
    p = {name: value.replace("&", "&amp;").replace("<", "&lt;") for name, value in PLANTED.items()}
    everything = " ".join(p.values())
    known = f"""
      <SystemUnit><HostName>SEP{p["bare"]}</HostName><ProductId>DP-9851</ProductId>
        <Hardware><Module><MACAddress>{p["mac"]}</MACAddress></Module></Hardware></SystemUnit>
      <Network><IPv4><Address>{p["ipv4"]}</Address></IPv4><Ethernet><MacAddress>{p["dashed"]}</MacAddress></Ethernet>
        <Statistics><Port item="1"><CdpNeighborDeviceId>{p["host"]}</CdpNeighborDeviceId><RxGood>82212345</RxGood></Port>
        </Statistics></Network>
      <Line item="1" maxOccurrence="n"><Call item="0" maxOccurrence="n"><PeerName>{p["name"]}</PeerName>
        <PeerPhone>{p["number"]}</PeerPhone><Callback>{p["short"]}</Callback><CallState>Connected</CallState></Call></Line>
      <HttpFeedback item="1" maxOccurrence="n"><URL>https://{p["user"]}:{p["token"]}@{p["host"]}:8443/fb/{p["token"]}?k={p["uuid"]}</URL>
        <Status>OK</Status></HttpFeedback>
      <PRTStatus><PRTUploadStatus>{everything} failed at 12:00:03</PRTUploadStatus></PRTStatus>
      <Bookings><Current><MeetingId>{p["uuid"]}</MeetingId></Current></Bookings>"""
    unknown = f"""<Directory note="{p["name"]}" owner="{p["name"]}"><SerialNumber>{p["serial"]}</SerialNumber>
        <DisplayName>{p["name"]}</DisplayName><ForwardTo>{p["number"]}</ForwardTo><AuthUser>{p["user"]}</AuthUser>
        <AuthPassword>{p["password"]}</AuthPassword><Whatever>{everything}</Whatever><V6>{p["ipv6"]}</V6>
        <Sip>sip:{p["number"]}@{p["host"]};user=phone</Sip><Formatted>{p["formatted"]}</Formatted>
        <!-- {everything} --><Raw><![CDATA[{PLANTED["name"]} {PLANTED["token"]}]]></Raw></Directory>"""
    page = f"<!DOCTYPE html><html><head><title>{p['host']}</title><script>var who = '{p['name']}';</script></head>"
    page += f"<body class='{p['user']}'><p>Welcome {everything}<br>Extension {p['short']}</p><input value=\"{p['password']}\">"
    everything = " ".join(PLANTED.values())
    made = survey(
        status(known + unknown),
        answered("/configuration.xml", f"<Configuration><Sip><Password>{p['password']}</Password></Sip></Configuration>"),
        answered("/getxml", page, ("content-type", "text/html"), ("www-authenticate", f'Basic realm="{p["name"]}"'),
                 ("location", f"https://{p['host']}/{p['token']}"), ("set-cookie", f"SessionId={p['token']}; Path=/"),
                 ("server", f"nginx {p['host']}")),
        answered("/x", f'{{"name": "{PLANTED["name"]}", "k": "{PLANTED["token"]}", "n": "{PLANTED["number"]}"}}'),
        answered("/y", f"Fault at {everything}", status=500),
        answered("/z", f"<flat-profile><User_ID_1_>{p['short']}</User_ID_1_><Display_Name_1_>{p['name']}</Display_Name_1_>"
                 f"<Proxy_1_>{p['host']}</Proxy_1_></flat-profile>"),
        answered("/t", f"<Status><SystemUnit><HostName>{p['host']} {p['name']}"),
        answered("/c", f"<Command><UiSendKeyResult status=\"ParameterError\"><Key>Not {p['name']} {p['ipv4']}</Key>"
                 "</UiSendKeyResult></Command>"),
        password=PLANTED["password"], username=PLANTED["user"], host=PLANTED["host"],
        tls=tls(("CN", f"CP-9851-SEP{p['bare']}"), ("serialNumber", f"PID:CP-9851 SN:{p['serial']}"), ("O", p["name"]),
                issuer=(("CN", "Cisco Manufacturing CA SHA2"), ("O", "Cisco"))),
    )  # fmt: skip
    return written(made)


def test_what_is_planted_in_every_place_is_found_nowhere() -> None:
    shown = planted_everywhere()
    folded = shown.casefold() + strings(json.loads(shown)).casefold()
    left = {name: value for name, value in PLANTED.items() if value.casefold() in folded}
    assert left == {}
    assert "quillfeather" not in folded
    assert "9abcde" not in folded
    assert "dortmund" not in folded
    assert "901-820" not in folded


def test_what_says_how_the_phone_answers_is_kept() -> None:
    shown = strings(json.loads(planted_everywhere()))
    for kept in (
        "DP-9851", "PHONEOS.3-6-1-0001", "Connected", "04:62:73:", "04-62-73-", ":8443/fb/", "failed at 12:00:03", "10.47.",
        "Cisco Manufacturing CA SHA2", "ParameterError", "nginx", "SessionId=hidden; Path=/", "82212345", "sip:", ";user=phone",
        "<title>", "Basic realm=", "Welcome",
    ):  # fmt: skip
        assert kept in shown, kept


@pytest.mark.parametrize(
    ("leaf", "value"),
    [("Line 1 Call 0 CallState", "Holding"), ("LEDStatus MuteLEDColor", "Amber2"), ("PhoneStatus SWPort", "Up 1000Mb Full"),
     ("Line 1 Call 0 MOSLQ", "4.1"), ("Line 1 Call 0 PacketsSent", "123456789"), ("Standby Level", "DeepSleep"),
     ("PhoneStatus CurrentTime", "11/02/26 8:15:30 a.m."), ("PhoneStatus ElapsedTime", "9 days, 06:36:19"),
     ("Line 1 Call 0 MappedRtpPort", "16422 >> 0"), ("Network Statistics Port 1 RxTotalPkt", "4155551234"),
     ("ThousandEyes Version", "1.217.0"), ("Line 1 Call 0 Callback", "No"), ("Line 1 Call 0 PeerPhone", ""),
     ("Future Brightness", "70"), ("Future Mode", "Enabled"), ("SystemUnit HostName", ""), ("Line 1 Call 0 PeerName", " "),
     ("DownloadStatus FirmwareUpgradeStatus 1 Status", "Upgrade to PHONEOS.3-6-1-0001 succeeded")],
)  # fmt: skip
def test_the_fields_own_words_stay(leaf: str, value: str) -> None:
    hide = Redaction()
    hide.seal()
    assert hide.leaf(Path.parse(leaf), value) == value


def test_equal_stays_equal_and_numbers_keep_their_length() -> None:
    peer, own = Path.parse("Line 1 Call 0 PeerPhone"), Path.parse("Line 2 Call 1 PeerPhone")
    hide = Redaction()
    for number in ("5001", "5002", "0049309018", "+49 30 9018", "5003"):
        hide.leaf(peer, number)
    hide.seal()
    first = hide.leaf(peer, "5001")
    assert first == hide.leaf(own, "5001") == hide.leaf(Path.parse("Foo Bar"), "5001")
    assert first != hide.leaf(peer, "5002")
    assert re.fullmatch(r"\d{4}", first)
    assert first not in ("5001", "5002", "5003")
    assert re.fullmatch(r"\+\d\d \d\d \d{4}", hide.leaf(peer, "+49 30 9018"))
    mac = Path.parse("Network Ethernet MacAddress")
    assert hide.leaf(mac, "00:1b:54:aa:00:01").replace(":", "") == hide.leaf(mac, "001b.54aa.0001").replace(".", "")
    assert hide.leaf(Path.parse("SystemUnit HostName"), "SEP001B54AA0001").startswith("SEP001B54")
    assert hide.leaf(Path.parse("Network IPv4 Address"), "255.255.255.0") == "255.255.255.0"
    assert hide.leaf(Path.parse("PhoneStatus ExternalIP"), "81.2.69.142").startswith("81.0.0.")


def test_a_screen_is_replaced_by_one_pixel_and_described() -> None:
    import base64
    import struct

    picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 800, 480) + b"Zora" * 40
    inside = base64.b64encode(picture).decode()
    shot = answered(
        "/putxml", f'<Command><XResult status="OK"><Body>{inside}</Body></XResult></Command>', topic="screenshot"
    )
    bare = SurveyExchange(
        Question("screenshot", "POST", "/putxml"), 200, headers=(("content-type", "image/png"),), body=picture
    )
    raw = survey(shot, bare)
    first, second = bundle(raw, "x")["exchanges"]
    assert (first["picture"], second["picture"], second["encoding"]) == ("png 800x480", "png 800x480", "base64")
    assert inside[:40] not in json.dumps([first, second])
    assert base64.b64decode(second["body"]).startswith(b"\x89PNG")


def test_the_tree_is_the_redacted_tree() -> None:
    raw = survey(status('<Line item="1"><Call item="0"><PeerPhone>7391</PeerPhone></Call></Line>'))
    hide = redaction_of(raw)
    expected = {str(path): hide.leaf(path, value) for path, value in tree(raw).items()}
    assert bundle(raw, "x")["tree"] == expected
    assert "7391" not in str(expected)


WORDS = st.text(st.characters(categories=("Lu", "Ll"), max_codepoint=0x24F), min_size=4, max_size=12)
NAMES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
NUMBERS = st.text("0123456789", min_size=4, max_size=12)
ADDRESSES = st.tuples(st.integers(1, 126), *[st.integers(1, 254)] * 3).map(lambda octets: ".".join(map(str, octets)))
MACS = st.lists(st.integers(17, 255), min_size=6, max_size=6, unique=True).map(lambda raw: bytes(raw).hex(":"))
SERIALS = st.from_regex(r"[A-Z]{3}[0-9]{4}[0-9A-Z]{4}", fullmatch=True)
HOSTS = st.from_regex(r"[a-z]{5,9}-[0-9]{2}\.[a-z]{6,9}\.(net|org)", fullmatch=True)
SECRETS = st.from_regex(r"[A-Za-z]{3}[0-9][A-Za-z0-9_-]{5,20}", fullmatch=True)


@pytest.mark.parametrize("name", ["VoicemailPin", "Admin_PIN", "SipPassword", "PhoneToken", "HostCredential"])
def test_a_leaf_that_nobody_published_is_a_secret_by_its_name(name: str) -> None:
    """Also where other words of the name mean something that is shown."""
    assert meaning(Path.of("Unpublished", name)) is Meaning.SECRET


@settings(max_examples=60)
@given(NAMES, NUMBERS, ADDRESSES, MACS, SERIALS, HOSTS, SECRETS)
def test_no_planted_token_survives_anywhere(
    name: str, number: str, address: str, mac: str, serial: str, host: str, secret: str
) -> None:
    everything = f"{name} {number} {address} {mac} {serial} {host} {secret}"
    inside = f"""<SystemUnit><HostName>{host}</HostName></SystemUnit><Network><IPv4><Address>{address}</Address></IPv4>
      <Ethernet><MacAddress>{mac}</MacAddress></Ethernet></Network><Line item="1"><Call item="0"><PeerName>{name}</PeerName>
      <PeerPhone>{number}</PeerPhone></Call></Line><Security><LastFailedAdminLogin>{everything}</LastFailedAdminLogin>
      </Security><Unheard><SerialNumber>{serial}</SerialNumber><Of owner="{name}">{everything}</Of></Unheard>
      <HttpFeedback item="1"><URL>http://{host}/fb/{secret}</URL></HttpFeedback>"""
    page = f"<html><body><h1>{name}</h1>{everything}</body></html>"
    header = ("www-authenticate", f'Basic realm="{name} {host}"')
    shown = strings(
        bundle(survey(status(inside), answered("/p", page, header), answered("/q", everything)), "x")
    ).casefold()
    empty = ("www-authenticate", 'Basic realm=""')
    plain = strings(bundle(survey(status(""), answered("/p", "<html><body><h1></h1>", empty)), "x")).casefold()
    tokens = {address, mac, host, serial, secret, mac[9:], *host.split(".")[:2], number, *name.split()}
    for token in map(str.casefold, tokens):
        assume(token not in common())
        assume(
            token not in plain
            and not any(
                token in word
                for word in ("systemunit", "ethernet", "lastfailedadminlogin", "serialnumber", "unheard", "owner")
            )
        )
        assume(not (token.isdigit() and re.search(rf"(?<!\d){token}(?!\d)", address)))
        assert token not in re.sub(r"</?[^ >]+", "", shown), token


TREES = st.recursive(
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn")), max_size=30),
    lambda inner: st.lists(
        st.tuples(st.sampled_from(["Line", "Call", "PeerName", "Host", "Foo", "Url"]), inner), max_size=4
    ),
    max_leaves=12,
)


def element(name: str, inside: object) -> ET.Element:
    node = ET.Element(name, {"item": "1", "who": inside if isinstance(inside, str) else 'a"b'})
    if isinstance(inside, str):
        node.text = inside
    elif isinstance(inside, list):
        node.extend(element(*child) for child in inside)
    return node


def skeleton(node: ET.Element) -> object:
    return (node.tag, sorted(node.keys()), [skeleton(child) for child in node])


@settings(max_examples=150)
@given(TREES, st.sampled_from(["Status", "Command", "Foreign", "html"]))
def test_xml_stays_well_formed_and_keeps_its_shape(inside: object, root: str) -> None:
    before = element(root, inside)
    hide = Redaction()
    text = ET.tostring(before, "unicode")
    hide.body(text)
    hide.seal()
    assert skeleton(ET.fromstring(hide.body(text))) == skeleton(before)


@settings(max_examples=200)
@given(st.text(max_size=200) | st.text("<>&\"'/=! abcA1:.@-[]", max_size=120))
def test_whatever_a_phone_says_it_is_no_error(text: str) -> None:
    hide = Redaction(passwords=("p@ss",), users=("someone",), hosts=("10.1.2.3",))
    for _ in range(2):
        hide.body(text)
        hide.header("set-cookie", text)
        hide.leaf(Path.of("PeerName"), text)
        hide.seal()


def test_the_surveys_own_word_survives() -> None:
    hide = Redaction(passwords=("phonetui",))
    hide.seal()
    assert hide.free(f"/Status/{NOWHERE}[[") == f"/Status/{NOWHERE}[["


@pytest.mark.slow
def test_a_hostile_phone_cannot_keep_us_busy() -> None:
    import time

    texts = "".join(f"<Foo><PeerName>Person{n} Surname{n}x</PeerName><N>{n:09}</N></Foo>" for n in range(1500))
    began = time.process_time()
    written(
        survey(
            status(texts), answered("/p", "<" * 50_000), answered("/q", "a.-:" * 20_000), answered("/r", "1 " * 50_000)
        )
    )
    assert time.process_time() - began < 15
