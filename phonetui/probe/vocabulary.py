"""Words that say nothing of whose phone it is: in text of unknown meaning only these survive.

What protects is what is *not* listed: a name needs no pattern to be recognised, it is simply none of these words. The
phone's own schema adds its element names and the words of its value spaces.

Forms that give something away wherever they stand: addresses, URLs, numbers, and what only looks like them.

What a leaf's text may give away, by the leaf's place in the tree.

Places of the catalogue are known; for others the name is all there is to go by, and what it doesn't tell is treated
like text in which anything may stand.
"""

import ipaddress
import re
from collections.abc import Iterable, Set
from enum import Enum
from functools import cache, lru_cache

from phonetui import numeric
from phonetui.xapi.catalog import Type, phoneos
from phonetui.xapi.path import Path

_HEX = "[0-9A-Fa-f]"

_MAC = rf"{_HEX}{{2}}(?P<sep>[:-])(?:{_HEX}{{2}}(?P=sep)){{4}}{_HEX}{{2}}|{_HEX}{{4}}\.{_HEX}{{4}}\.{_HEX}{{4}}"
_DATE = r"\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{2}(?:\d\d)?(?![.\d])"
_HOUR = r"\d{1,2}:\d\d(?::\d\d(?:\.\d{1,9})?)?"
_FORMS = {
    "url": r"[A-Za-z][A-Za-z0-9+.-]{1,15}://[^\s<>\"']+",
    "uri": r"(?:sips?|tel|mailto|xmpp):[^\s<>\"',]+",
    "mail": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*",
    "uuid": rf"(?<!{_HEX}){_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}(?!{_HEX})",
    "fingerprint": rf"(?<!{_HEX})(?:{_HEX}{{2}}:){{7,}}{_HEX}{{2}}(?!{_HEX})",
    "mac": rf"(?<!{_HEX})(?:{_MAC})(?!{_HEX})",
    "time": rf"(?<!\d)(?:{_DATE})(?:[T ]{_HOUR})?(?:Z|[+-]\d\d:?\d\d)?(?!\d)",
    "ipv6": rf"(?<![\w:])(?={_HEX}*:{_HEX}*:)[0-9A-Fa-f:]{{2,39}}(?:(?<=:)\d{{1,3}}(?:\.\d{{1,3}}){{3}})?(?!\w)",
    "ipv4": r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)",
    "hex": rf"(?<![0-9A-Fa-z]){_HEX}{{12}}(?!\w)",
    "firmware": r"PHONEOS[.\w-]+",
}
PATTERNS = re.compile("|".join(f"(?P<{name}>{form})" for name, form in _FORMS.items()))
"""In the order of how much they say: an address inside of a URL is the URL's affair."""

PHONE = re.compile(r"(?<![\w.])\+?\(?\d[\d ()/.-]{5,}\d(?!\w)")
"""To be looked for only where no address was found: digits and dots are made of the same."""
DOMAIN = re.compile(r"(?<![\w-])(?:[A-Za-z0-9_][\w-]*\.)+[A-Za-z]{2,}(?![\w-])")
TOKEN = re.compile(r"[\w.+~@-]+")
"""What may be one word to whoever chose it."""
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")  # noqa: RUF001 - the apostrophe of typesetters
URL = re.compile(
    r"(?P<scheme>[^:]+://)(?:(?P<user>[^/@?#]*)@)?(?P<host>\[[^\]]*\]|[^/:?#]*)(?P<port>:\d+)?(?P<rest>.*)", re.DOTALL
)
URI = re.compile(r"(?P<scheme>[a-z]+:)(?P<user>[^@;?]*)(?:@(?P<host>[^;?:]*))?(?P<rest>.*)", re.DOTALL)
CLOCK = re.compile(r"\d{1,3}(?::\d\d){1,2}")
RUNS = re.compile(r"\d+|[^\W\d_]+")


def is_ipv4(text: str) -> bool:
    return all(str(numeric.integer(octet, most=255)) == octet for octet in text.split("."))


def is_mask(text: str) -> bool:
    """Netmasks, loopback, the unspecified and broadcast addresses: the same everywhere."""
    return text.startswith(("255.", "127.", "0.")) or text in ("::", "::1")


def is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def respelled(form: str, characters: str) -> str:
    """`form` with its letters and digits exchanged one by one, separators and letter case kept."""
    given = iter(characters)
    upper = form.upper() == form
    return "".join((next(given).upper() if upper else next(given)) if char.isalnum() else char for char in form)


_WORDS = """
a an and any are as at be by for from has have in is it its no not of off on or than that the then this to was were
with without you your

absent accepted access accessing action activate active add address admin after again agent alert all allowed already
always answer answered anonymous api appearance application apply argument attempt attempts auth auto automatic
available away bad base basic before begin blink block body boot booting both bridge browser busy button bytes cache
call called caller calling calls cancel cannot card center certificate changed channel charset check choose class
clear click client clock close closed cloud code codec color colour command complete completed conf config
configuration configured confirm connect connected connecting connection content control copyright corporation could
count critical cross current customer daily data date day days debug declined dead deep default deflate delay delete
denied description desk desktop device devices dial dialed dialing dialling digest digit direct directory disabled
disconnect disconnected disconnecting display dns document domain done double download downloaded downloading duplex
duration dynamic early edit empty enable enabled encoding encryption end ended ending english enter entity entry error
errors ethernet event every exceeded exception exists expect expired expires explicit expression ext extension
external factory fail failed failure fair false fast feature feedback field file files final find firmware fixed flash
folder font footer forbidden form format found frame free friday full fully function gateway general get global gone
good green group gzip half handset hard hardware head header headset held help hide high hold holding home host hour
hours html http https icon id idle ignored illegal image immediate inactive inbound index info information init input
inside install installed insufficient interface internal internet invalid item items jitter join keep key keys label
lan language last latency later left legal length level license light limit line lines link list listen load loaded
local locale locked log login logo logout long lost low main maintenance management manual manufacturing match max
media medium member memory menu message messages meta method min minute minutes missing mm mobile mode model module
monday month more moved multiple must mute muted name neighbor network never new next nobody none normal notice null
number object offline ok old once online only open operation option options other outbound output outside packet
packets page parameter parse parser parsing part partial password path paused peer pending percent permanently
permission phone phones phoneos ping please poor port ports position post power preserved present press previous
primary privacy private problem proceeding process product profile progress protocol provided provision provisioned
provisioning proxy public push put quality query queue quit rate read ready reason reboot rebooting received recent
reconnect red redirect refused register registered registering registration reject rejected release remote remove
removed reorder report request requested required reserved reset resource response restart restarting result resume
resumed resuming retry return revalidate right ring ringing role root route router rtp running same saturday save
saved schema scheduled screen script search second seconds secure security see select self sent server service session
set settings setup short should show shutdown sign silent sip size sleep slot slow software solid speaker special
speed spinner standby start started starting state static station status steady step stop stopped store strict style
submit succeeded success successful successfully sunday support supported switch syntax system table tag temporarily
temporary test text thursday time timed timeout title tls tone too tools top total touch transfer transferred true
trunk trusted try tuesday type unable unauthorized unavailable unconfigured undefined unexpected unit unknown unlocked
unmute unregistered unreachable unsupported up update updated upgrade upgraded upgrading upload uploaded uploading uri
url use used user username utf valid value values verified verify version video view virtual vlan voice voicemail
volume wait waiting wallpaper wallpapers warning web wednesday week weekly welcome white width wifi window wireless
wlan wrong xml year yellow yes zone amber blue cadence orange lit rapid

gigabitethernet fastethernet tengigabitethernet twogigabitethernet fivegigabitethernet eth fd hd mbps kbps baset mb gb
kb kib mib ghz mhz dbm ms sec hrs utc gmt est edt cst cdt mst mdt pst pdt cet cest am pm jan feb mar apr may jun jul
aug sep oct nov dec mon tue wed thu fri sat sun

cisco systems webex unified communications manager broadworks catalyst spark inc llc sha rsa ecdsa hash ca sudi tac
acs mic lsc nginx aiohttp python apache lighttpd mongoose goahead allegro tornado express boa thttpd httpd micro
openssl ubuntu debian linux alive stale sniff nosniff sameorigin deny transform age httponly samesite lax sessionid
identity sessioncookie js css png jpg jpeg gif svg ico bmp webp zip tar gz cgi php asp javascript plain octet stream
www authenticate realm stateful div span href src alt rel ul li td tr th br hr img nav section json websocket
websockets mpp onprem on-prem opus ilbc pcmu pcma isac amr telephone xapi integrator doctype
"""
_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@cache
def common() -> frozenset[str]:
    """Folded words: those above, and the names of the catalogue with their parts."""
    words = set(_WORDS.split())
    for entry in phoneos().entries:
        for name in entry.path.names:
            words |= parts(name)
    return frozenset(words)


def parts(name: str) -> set[str]:
    """A name's own word and those that it is joined of, folded: `HostName` gives `hostname`, `host` and `name`."""
    return {name.casefold(), *(part.casefold() for part in _SPLIT.findall(name))}


def is_joined(word: str, known: Set[str]) -> bool:
    """Whether it is several known words written as one: `LineStatus`."""
    found = _SPLIT.findall(word)
    return len(found) > 1 and "".join(found) == word and all(part.casefold() in known for part in found)


class Vocabulary:
    """Which words say nothing in one survey: everybody's, and the phone's own ones that nobody there is called by."""

    def __init__(self, *more: str) -> None:
        """`more` are everybody's, too."""
        self._everybodys = common() | {word.casefold() for word in more}
        self._known = set(self._everybodys)
        self._personal: set[str] = set()

    def learn_names(self, names: Iterable[str]) -> None:
        """Of elements."""
        self._known.update(*(parts(name) for name in names))

    def learn_words(self, text: str) -> None:
        """Of a value space."""
        self._known.update(word.casefold() for word in WORD.findall(text))

    def note_person(self, text: str) -> None:
        """Its words are somebody's, even where the phone's own documents use them, too."""
        words = (word.casefold() for word in WORD.findall(text) if len(word) > 2 and not word.isdigit())
        self._personal.update(word for word in words if word not in self._everybodys)

    def is_common(self, word: str) -> bool:
        """In any letter case, and also if it is several such words written as one."""
        folded = word.casefold()
        if folded in self._everybodys or is_joined(word, self._everybodys):
            return True
        return folded not in self._personal and (folded in self._known or is_joined(word, self._known))


class Meaning(Enum):
    PLAIN = "plain"
    """The field's own words and figures: kept, but for addresses and for what was hidden elsewhere."""
    FREE = "free"
    """Anything: only common words, short numbers and times are kept."""
    NUMBER = "number"
    NAME = "name"
    PARTY = "party"
    """The name of who a call is with: hidden even if it is made of common words."""
    USER = "user"
    HOST = "host"
    SERIAL = "serial"
    SECRET = "secret"  # noqa: S105 - a word for a meaning, no secret


DOCUMENTS = frozenset({"command", "valuespace", "status", "configuration", "emptyresult", "fault"})
"""Root elements of xAPI."""
STRUCTURE = frozenset(
    {
        "apiversion", "access", "command", "default", "encoding", "error", "ghost", "item", "maxoccurrence",
        "minoccurrence", "multiline", "product", "required", "role", "status", "type", "valuespaceref", "version",
        "xmlns",
    }
)  # fmt: skip
"""Attributes that say how a document is built."""

_KNOWN = {
    "Bookings Current Id": Meaning.SECRET,
    "Bookings Current MeetingId": Meaning.SECRET,
    "HttpFeedback Expression": Meaning.PLAIN,
    "HttpFeedback URL": Meaning.FREE,
    "Line Call Callback": Meaning.NUMBER,
    "Line Call Decoder": Meaning.PLAIN,
    "Line Call Encoder": Meaning.PLAIN,
    "Line Call PeerName": Meaning.PARTY,
    "Line Call PeerPhone": Meaning.NUMBER,
    "Line Call MappedRtpPort": Meaning.PLAIN,
    "Line Call MOSCQ": Meaning.PLAIN,
    "Line Call MOSLQ": Meaning.PLAIN,
    "Line Call Duration": Meaning.PLAIN,
    "PhoneStatus CurrentTime": Meaning.PLAIN,
    "PhoneStatus ElapsedTime": Meaning.PLAIN,
    "PhoneStatus PCPort": Meaning.PLAIN,
    "PhoneStatus PCPortConfig": Meaning.PLAIN,
    "PhoneStatus SWPort": Meaning.PLAIN,
    "PhoneStatus SWPortConfig": Meaning.PLAIN,
    "SystemUnit HostName": Meaning.HOST,
    "SystemUnit ProductId": Meaning.PLAIN,
    "SystemUnit ProductType": Meaning.PLAIN,
    "SystemUnit Hardware Module VID": Meaning.PLAIN,
    "SystemUnit Hardware Module Version": Meaning.PLAIN,
    "SystemUnit Software Version": Meaning.PLAIN,
    "ThousandEyes Version": Meaning.PLAIN,
}
"""Where the catalogue's type alone doesn't tell."""

_HINTS = (
    (
        Meaning.SECRET,
        "passw|pwd|secret|token|credential|cookie|fingerprint|[ug]uid|meetingid|activation|psk|pin$|hash",
    ),
    (Meaning.SERIAL, "serial|udi$"),
    (Meaning.USER, "user|login|account|auth"),
    (Meaning.FREE, "url|uri|neighborport|status$|state$|time|date|type$|version|interval|mode$|count|enable"),
    (Meaning.HOST, "host|domain|server|proxy|registrar|neighbor|dns|fqdn|gateway|router|deviceid"),
    (Meaning.NUMBER, "number|phone|dial|extension|forward|redial|callback|voicemail|mobile|fax|did$"),
    (
        Meaning.NAME,
        "name|display|label|owner|organi|person|title|contact|location|site|room|descr|mail|ssid|company",
    ),
)
"""Parts of folded names without separators, the first that fits; Organizer and Organisation are both of `organi`."""
_SEPARATORS = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def meaning(path: Path) -> Meaning:
    """Of a leaf of the status tree, or with a path of one name of any document's element."""
    catalog = phoneos()
    names = catalog.canonical(path).names
    if (known := _KNOWN.get(" ".join(names))) is not None:
        return known
    entry = catalog.find(path)
    if entry is not None and entry.type is not Type.CONTAINER:
        return Meaning.PLAIN if entry.type in (Type.LITERAL, Type.INTEGER) else Meaning.FREE
    return _hinted(names[-1]) if names else Meaning.FREE


def counts(path: Path) -> bool:
    """Whether integers at this place are counters: below the statistics, or typed so in the catalogue."""
    catalog, names = phoneos(), path.names
    entry = catalog.find(path)
    if entry is not None and entry.type is Type.INTEGER:
        return True
    return tuple(name.casefold() for name in names[:2]) == ("network", "statistics")


def _hinted(name: str) -> Meaning:
    folded = _SEPARATORS.sub("", name.casefold())
    return next((found for found, hint in _HINTS if re.search(hint, folded)), Meaning.FREE)
