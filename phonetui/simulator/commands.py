"""Runs the commands that a client posted: each one's effect on the phone, and its Result."""

import base64
from collections.abc import Callable, Mapping
from typing import Self

import aiohttp
from msgspec import Struct

from phonetui.simulator import dialect, keys, schema, screen
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.documents import DocHeader
from phonetui.simulator.element import CommandRequest, Element
from phonetui.simulator.exchange import CallRefused
from phonetui.simulator.feedback import MAX_EXPRESSIONS, Feedback
from phonetui.simulator.office import Office
from phonetui.simulator.presentation import Presentation
from phonetui.simulator.schema import CANONICAL, COMMANDS, KEYS, SPACES, Space, Text
from phonetui.simulator.security import Authorities

_BOOT_DELAY_S = 0.3
"""The answer goes out before the phone goes down."""
_SPACES = {**SPACES, KEYS: Text(1, 64)}
"""Keys differ by model: `_send_key` looks at the name."""
SCREENSHOT = "Ui GetDeviceScreenshot"
SCREENSHOT_FILE = "/screenshots/latest.png"
"""Where the picture lies for phones that answer with its place."""


class WrongParameter(Exception):
    """A parameter that the command doesn't take, or whose value is none of its value space."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name, self.text = name, text


class CommandTarget(Struct, frozen=True):
    """What is behind a phone's wires."""

    office: Office
    device: SimulatedDevice
    feedback: Feedback
    authorities: Authorities
    settings: schema.SimulatedConfiguration
    presentation: Presentation
    head: DocHeader

    @classmethod
    def of(
        cls,
        office: Office,
        device: SimulatedDevice,
        presentation: Presentation,
        head: DocHeader,
        session: aiohttp.ClientSession,
        *,
        second: float,
    ) -> Self:
        """A target with free feedback slots that post through `session`; `second` is a second's length in real time."""
        authorities, settings = Authorities(), schema.SimulatedConfiguration(device.tree)
        feedback = Feedback(
            device,
            head,
            session,
            tls=lambda: authorities.client_context(verify=settings.verifies_receivers),
            changed=office.flush,
            second=second,
        )
        return cls(office, device, feedback, authorities, settings, presentation, head)


class UnknownCommand(Exception):
    """The phone has no such command."""


class NotPermitted(Exception):
    """The account's role may not run it."""


def perform(phone: CommandTarget, call: CommandRequest, role: str, t: float) -> Element:
    """The Result element of a command that succeeds.

    Raises UnknownCommand, NotPermitted, WrongParameter or Refused, in this order of looking.
    """
    name = CANONICAL.get(call.name.casefold())
    if name is None:
        raise UnknownCommand
    roles, _ = COMMANDS[name]
    if role not in roles:
        raise NotPermitted
    check_parameters(schema.parameters_of(name, phone.head.dialect), _SPACES, call)
    result = Element(_title(phone, name), {"status": "OK"})
    _HANDLERS[name](phone, call, t, result)
    return result


def is_permitted(call: CommandRequest, role: str) -> bool:
    """Whether the role may run a command.

    Commands that aren't there may be run: they are refused for another reason.
    """
    name = CANONICAL.get(call.name.casefold())
    return name is None or role in COMMANDS[name][0]


def run(phone: CommandTarget, call: CommandRequest, role: str, t: float) -> Element:
    """The Result element of one command, whatever came of it."""
    try:
        return perform(phone, call, role, t)
    except (UnknownCommand, NotPermitted, WrongParameter, CallRefused) as error:
        return failed(phone, call, _title(phone, CANONICAL.get(call.name.casefold(), "")), error)


def failed(phone: CommandTarget, call: CommandRequest, title: str, error: Exception) -> Element:
    """The Result element, named `title`, of a command that `perform` raised something for."""
    match error:
        case WrongParameter():
            return _parameter_error(phone, title, error)
        case NotPermitted():
            return _error(title, phone.head.dialect.denial)
        case CallRefused(cause=cause):
            return _error(title, str(error), **({} if cause is None else {"Cause": str(cause)}))
        case _:
            return _error("Result", "Unknown command", XPath="/" + "/".join(call.path))


def _title(phone: CommandTarget, name: str) -> str:
    """The last two words of a command's name, as room devices call a result, or as the dialect says."""
    kept = {"two words": name.split()[-2:], "word": name.split()[-1:]}.get(phone.head.dialect.results, [])
    return "".join(kept) + "Result"


def _parameter_error(phone: CommandTarget, title: str, wrong: WrongParameter) -> Element:
    result = Element(title, {"status": "ParameterError"})
    match phone.head.dialect.parameter_errors:
        case "text":
            result.add(wrong.name, wrong.text)
        case "reason":
            result.add("Reason", str(wrong))
        case _:
            result.add(wrong.name).add("Value", wrong.text)
    return result


def _error(title: str, reason: str, **children: str) -> Element:
    result = Element(title, {"status": "Error"})
    result.add("Reason", reason)
    for name, text in children.items():
        result.add(name, text)
    return result


def check_parameters(
    parameters: tuple[schema.CommandParameter, ...], spaces: Mapping[str, Space], call: CommandRequest
) -> None:
    """Raises WrongParameter for the first parameter that is missing, unknown or out of its value space.

    Else does nothing.
    """
    known = {parameter.name.casefold(): parameter for parameter in parameters}
    missing = [each.name for each in parameters if each.required and call.value(each.name) is None]
    if missing:
        raise WrongParameter(missing[0], "Missing parameter")
    for given, value in call.arguments:
        parameter = known.get(given.casefold())
        if given.casefold() == "body":
            continue
        if parameter is None:
            raise WrongParameter(given, "Unknown parameter")
        if not schema.is_allowed(spaces.get(parameter.space), value):
            raise WrongParameter(parameter.name, "Invalid value")


def _dial(phone: CommandTarget, call: CommandRequest, t: float, result: Element) -> None:
    device = phone.device
    lines = range(1, len(device.extensions) + 1)
    line = next((line for line in lines if device.free_slot(line) is not None), 1)
    leg = phone.office.dial(device, call.value("Number") or "", t, line=line)
    result.add("CallId", str(dialect.call_id(phone.head.dialect, leg.call_id)))
    result.add("LineId", str(leg.line))


def _send_key(phone: CommandTarget, call: CommandRequest, t: float, _: Element) -> None:
    accepted = phone.device.model.keys
    argument = phone.head.dialect.key_argument
    wanted = call.value(argument) or ""
    key = next((key for key in accepted if key.casefold() == wanted.casefold()), None)
    if key is None:
        raise WrongParameter(argument, f"Invalid value. Accepted: {', '.join(_listed(accepted))}")
    keys.press(phone.office, phone.device, key, t)


def _listed(accepted: frozenset[str]) -> list[str]:
    """Numbered keys as ranges: the list is for people."""
    ranged = {
        name: sorted(int(key.removeprefix(name)) for key in accepted if key.removeprefix(name).isdigit())
        for name in ("Line", "Feature", "KeyPad", "Soft", "FixedFeature")
    }
    plain = sorted(key for key in accepted if not key[-1].isdigit())
    return plain + [f"{name}{numbers[0]}..{numbers[-1]}" for name, numbers in ranged.items() if numbers]


def _screenshot(phone: CommandTarget, _: CommandRequest, t: float, result: Element) -> None:
    picture = base64.b64encode(screen.screenshot(phone.device, t, phone.head.dialect)).decode()
    name = phone.head.dialect.picture_name
    match phone.head.dialect.screenshot:
        case "text":
            result.text = picture
        case "url":
            result.add(name or "URL", f"https://{phone.device.identity.address}{SCREENSHOT_FILE}")
        case "file":
            result.add(name or "FileName", SCREENSHOT_FILE.removeprefix("/"))
        case _:
            result.add(name or "Body", picture)


def _boot(phone: CommandTarget, _: CommandRequest, t: float, __: Element) -> None:
    phone.office.later(t + _BOOT_DELAY_S, lambda due: phone.office.reboot(phone.device, due))


def _feedback(phone: CommandTarget, call: CommandRequest, _: float, __: Element) -> None:
    slot = int(call.value("FeedbackSlot") or 0)
    match call.path[-1].casefold():
        case "register":
            _register(phone, call, slot)
        case "deregister":
            phone.feedback.deregister(slot)
        case "enable":
            if not phone.feedback.enable(slot):
                raise CallRefused("Feedback slot is not registered")


def _register(phone: CommandTarget, call: CommandRequest, slot: int) -> None:
    expressions, url = call.values("Expression"), call.value("ServerUrl") or ""
    if phone.feedback.switches.refuse:
        raise CallRefused("Feedback is not supported")
    if len(expressions) > MAX_EXPRESSIONS:
        raise WrongParameter("Expression", f"Too many values, at most {MAX_EXPRESSIONS}")
    if not url.casefold().startswith(("http://", "https://")):
        raise WrongParameter("ServerUrl", "Invalid value")
    phone.feedback.register(slot, url, (call.value("Format") or "XML").upper(), expressions)


def _authorities(phone: CommandTarget, call: CommandRequest, _: float, result: Element) -> None:
    match call.path[-1].casefold():
        case "add":
            try:
                result.add("Fingerprint", phone.authorities.add(call.value("body") or ""))
            except ValueError as error:
                raise CallRefused("Not a PEM certificate") from error
        case "delete":
            if not phone.authorities.delete(call.value("Fingerprint") or ""):
                raise CallRefused("No such certificate")
        case "show":
            whole = (call.value("Format") or "Text").casefold() == "pem"
            for number, (fingerprint, subject, pem) in enumerate(phone.authorities.shown(), start=1):
                node = result.add("Certificate", item=str(number), maxOccurrence="n")
                node.add("Fingerprint", fingerprint)
                node.add("SubjectName", subject)
                if whole:
                    node.add("PEM", pem)


def _unsupported(_: CommandTarget, __: CommandRequest, ___: float, ____: Element) -> None:
    raise CallRefused("Not supported")


_HANDLERS: dict[str, Callable[[CommandTarget, CommandRequest, float, Element], None]] = {
    "Bookings Book": _unsupported,
    "Bookings Delete": _unsupported,
    "Bookings List": _unsupported,
    "Call Dial": _dial,
    "HttpFeedback Deregister": _feedback,
    "HttpFeedback Enable": _feedback,
    "HttpFeedback Register": _feedback,
    "Security Certificates CA Add": _authorities,
    "Security Certificates CA Delete": _authorities,
    "Security Certificates CA Show": _authorities,
    "SystemUnit Boot": _boot,
    "SystemUnit FactoryReset": _boot,
    SCREENSHOT: _screenshot,
    "Ui SendKey": _send_key,
}
