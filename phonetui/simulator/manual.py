"""The commands that a simulated phone has: parameters, value ranges and who may run them.

Names are published; parameters and roles follow the room devices' schema where the phones' own aren't published.
"""

from dataclasses import dataclass, replace

from phonetui.simulator.dialect import Dialect
from phonetui.simulator.element import Element, place
from phonetui.simulator.letterhead import Letterhead
from phonetui.simulator.models import Model
from phonetui.xapi.catalog import Deployment, phoneos
from phonetui.xapi.path import Path

ADMIN, INTEGRATOR, USER = "ADMIN", "INTEGRATOR", "USER"
_EVERYBODY = frozenset({ADMIN, INTEGRATOR, USER})
_STAFF = frozenset({ADMIN, INTEGRATOR})
_ADMIN = frozenset({ADMIN})


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    space: str
    """A name of SPACES, or KEYS."""
    required: bool = False
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Integers:
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Text:
    """Lengths in characters."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Words:
    words: tuple[str, ...]


Space = Integers | Text | Words
KEYS = "TTPAR_Key"
"""The value space that each model has of its own."""
SPACES: dict[str, Space] = {
    "INT_1_4": Integers(1, 4),
    "STR_0_255": Text(0, 255),
    "STR_1_255": Text(1, 255),
    "STR_1_2048": Text(1, 2048),
    "TTPAR_BootAction": Words(("Restart", "Shutdown")),
    "TTPAR_CertificateFormat": Words(("PEM", "Text")),
    "TTPAR_FeedbackFormat": Words(("XML", "JSON")),
    "TTPAR_OnOff": Words(("Off", "On")),
    "TTPAR_TrueFalse": Words(("False", "True")),
    "TTPAR_Yes": Words(("Yes",)),
}

_SLOT = Parameter("FeedbackSlot", "INT_1_4", required=True)
_NUMBER = Parameter("Number", "STR_1_255", required=True)

MANUAL: dict[str, tuple[frozenset[str], tuple[Parameter, ...]]] = {
    "Bookings Book": (_EVERYBODY, (Parameter("BookingRequestUUID", "STR_0_255"), Parameter("Title", "STR_0_255"))),
    "Bookings Delete": (_EVERYBODY, (Parameter("BookingRequestUUID", "STR_0_255"),)),
    "Bookings List": (_EVERYBODY, ()),
    "Call Dial": (_EVERYBODY, (_NUMBER,)),
    "HttpFeedback Deregister": (_ADMIN, (_SLOT,)),
    "HttpFeedback Enable": (_ADMIN, (_SLOT,)),
    "HttpFeedback Register": (
        _ADMIN,
        (
            Parameter("Expression", "STR_1_255", repeated=True),
            _SLOT,
            Parameter("Format", "TTPAR_FeedbackFormat"),
            Parameter("ServerUrl", "STR_1_2048", required=True),
        ),
    ),
    "Security Certificates CA Add": (_ADMIN, ()),
    "Security Certificates CA Delete": (_ADMIN, (Parameter("Fingerprint", "STR_1_255", required=True),)),
    "Security Certificates CA Show": (_ADMIN, (Parameter("Format", "TTPAR_CertificateFormat"),)),
    "SystemUnit Boot": (
        _EVERYBODY,
        (Parameter("Action", "TTPAR_BootAction"), Parameter("Force", "TTPAR_TrueFalse")),
    ),
    "SystemUnit FactoryReset": (_ADMIN, (Parameter("Confirm", "TTPAR_Yes", required=True),)),
    "Ui GetDeviceScreenshot": (_STAFF, ()),
    "Ui SendKey": (_STAFF, (Parameter("Key", KEYS, required=True),)),
}
"""Command → roles that may run it, parameters."""

UNREADABLE: dict[str, frozenset[str]] = {
    ADMIN: frozenset(),
    INTEGRATOR: frozenset({"HttpFeedback", "Security"}),
    USER: frozenset({"HttpFeedback", "Security", "Line", "DownloadStatus", "DownloadedLocalePackage", "PRTStatus"}),
}
"""Role → top names of the status tree that it may not see, in dialects where there are such; inferred."""

PATHS = frozenset(tuple(name.casefold().split()) for name in MANUAL)
CANONICAL = {name.casefold(): name for name in MANUAL}


def spaces(model: Model) -> dict[str, Space]:
    """Every value space that a model's commands and settings have, by name."""
    return {**SPACES, KEYS: Words(model.key_names)}


def allowed(space: str, value: str) -> bool:
    """Whether a parameter's text is in its value space; words compare without letter case. Keys differ by model."""
    kind = SPACES.get(space, Text(1, 64))
    if isinstance(kind, Integers):
        return value.isascii() and value.isdigit() and len(value) < 10 and kind.low <= int(value) <= kind.high
    if isinstance(kind, Text):
        return kind.low <= len(value) <= kind.high
    return value.casefold() in (word.casefold() for word in kind.words)


def described() -> dict[str, tuple[frozenset[str], tuple[Parameter, ...]]]:
    """The commands that a phone tells of itself: those of the cloud's interface are not its own."""
    cloud = {entry.notation for entry in phoneos().entries if entry.deployment is Deployment.CLOUD}
    return {name: command for name, command in MANUAL.items() if name not in cloud}


def parameters_of(name: str, dialect: Dialect) -> tuple[Parameter, ...]:
    """A command's parameters under the names that a dialect gives them."""
    _, parameters = MANUAL[name]
    return tuple(replace(each, name=dialect.key_argument) if each.space == KEYS else each for each in parameters)


def command_document(head: Letterhead) -> Element:
    root = head.root("Command")
    for name in described():
        parameters = parameters_of(name, head.dialect)
        node = place(root, Path(name.split()))
        node.attributes["command"] = "True"
        if name == "Security Certificates CA Add":
            node.attributes["multiline"] = "True"
        for parameter in parameters:
            attributes = {"item": "1", "valueSpaceRef": f"/Valuespace/{parameter.space}"}
            if parameter.required:
                attributes["required"] = "True"
            if parameter.repeated:
                attributes["maxOccurrence"] = "15"
            node.add(parameter.name, **attributes)
    return _lowered(root) if head.dialect.lower_names else root


def valuespace_document(head: Letterhead) -> Element:
    root = head.root("Valuespace")
    for name, kind in spaces(head.identity.model).items():
        match kind:
            case Integers(low, high):
                node = root.add(name, type="Integer")
                node.add("Min", str(low))
                node.add("Max", str(high))
            case Text(low, high):
                node = root.add(name, type="String")
                node.add("MinLength", str(low))
                node.add("MaxLength", str(high))
            case Words(words):
                node = root.add(name, type="Literal")
                for number, word in enumerate(words, start=1):
                    node.add("Value", word, item=str(number))
    return _lowered(root) if head.dialect.lower_names else root


def _lowered(root: Element) -> Element:
    """The same below the root with names in lower case, references to them too."""
    for node in root:
        node.name = node.name.lower()
        if "valueSpaceRef" in node.attributes:
            node.attributes["valueSpaceRef"] = node.attributes["valueSpaceRef"].lower()
        _lowered(node)
    return root
