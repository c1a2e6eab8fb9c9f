"""What an account may not see or do: a look of its own, by HTTP status and by the phone's words alike."""

import pytest

from phonetui.config.settings import Config, ControlMode
from phonetui.errors import AccessError, CommandRefused, PermissionDenied, PhonetuiError
from phonetui.monitor.fleet import LiveFleet
from phonetui.phone.state import PhoneId, State
from phonetui.transport.trust import PinStore
from phonetui.ui.status.document import absences
from phonetui.ui.text.format import MAY_NOT_SEE
from phonetui.xapi.catalog import CatalogKind
from phonetui.xapi.command import Command, parse_answer
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path
from phonetui.xapi.refusal import is_denied, role_needed, with_role
from phonetui.xapi.xml import parse_status
from tests.live import live, served, settings, until


@pytest.mark.parametrize(
    ("words", "is_it"),
    [
        ("Insufficient permission", True), ("insufficient privileges", True), ("Permission denied", True), ("Access is denied", True),
        ("Missing role", True), ("The user is not authorized", True), ("Operation not permitted", True), ("Forbidden", True),
        ("You are not allowed", True), ("No permission", True), ("Lacks the right", True), ("Not enough rights", True),
        ("Not authorized", True), ("not permitted.", True),
        ("Value not allowed", False), ("Unknown command", False), ("Invalid value", False), ("No match on address expression", False),
        ("No line available", False), ("Not supported", False), ("", False), ("No answer right now", False),
    ],
)  # fmt: skip
def test_words_of_a_refusal_by_role(words: str, is_it: bool) -> None:
    assert is_denied(words) is is_it


def raised(body: str, *, by: str) -> PhonetuiError:
    with pytest.raises(PhonetuiError) as found:
        (parse_answer if by == "command" else parse_status)(body.encode())
    return found.value


def test_the_phones_words_are_no_refusal_of_the_command_itself() -> None:
    no = '<Command><UiSendKeyResult status="Error"><Reason>Insufficient permission</Reason></UiSendKeyResult></Command>'
    error = raised(no, by="command")
    assert isinstance(error, AccessError)
    assert error.reason == "role"
    assert error.block[0] == "*r UiSendKeyResult (status=Error):"
    told = with_role(error, Path.of("Ui", "SendKey"), CatalogKind.COMMAND)
    assert "may not run xCommand Ui SendKey" in told.message
    assert "the role ADMIN or INTEGRATOR" in told.hint
    read = raised('<Status status="Error"><Reason>Insufficient permission</Reason></Status>', by="read")
    assert isinstance(read, PermissionDenied)
    other = raised(
        '<Command><XResult status="ParameterError"><A><Value>Not allowed</Value></A></XResult></Command>', by="command"
    )
    assert isinstance(other, CommandRefused)


def test_which_role_is_needed() -> None:
    assert role_needed(Path.of("HttpFeedback", "Register"), CatalogKind.COMMAND) == "ADMIN"
    assert role_needed(Path.of("SystemUnit", "FactoryReset"), CatalogKind.COMMAND) == "ADMIN"
    assert role_needed(Path.of("SystemUnit", "Boot"), CatalogKind.COMMAND) == "any role"
    assert role_needed(Path.of("Line", 1), CatalogKind.STATUS) == "ADMIN or INTEGRATOR"


@pytest.mark.parametrize("dialect", ["keycode", "unlisted"])
@pytest.mark.parametrize("transport", ["http", "auto"])
async def test_an_account_that_sees_less_watches_what_it_may(dialect: str, transport: str) -> None:
    """403 in one dialect, words inside of a 200 in the other."""
    async with served(dialect=dialect) as office, live(office, username="user", transport=transport) as watched:
        lobby = PhoneId(office.phones[0].name)
        pushes = (dialect, transport) == ("keycode", "auto")  # by WebSocket, which needs no slot
        hidden = {"Line"} if pushes else {"Line", "HttpFeedback"}
        await until(lambda: hidden <= watched.fleet.phones[lobby].forbidden, 20)
        await until(lambda: watched.fleet.phones[lobby].connection.state is State.LIVE, 20)
        await until(lambda: watched.fleet.phones[lobby].connection.pushes is pushes, 20)
        phone = watched.fleet.phones[lobby]
        assert phone.connection.pushes is pushes
        assert not any(each.command == "HttpFeedback Register" for each in office.phones[0].requests)
        whys = {absence.group: absence.why for absence in absences(phone, watched.fleet.document(lobby))}
        assert whys["Calls"] == MAY_NOT_SEE
        assert not any("On-Prem" in why for why in whys.values())
        notes = [entry.text for entry in watched.fleet.entries]
        assert any("may not see Line" in note and "ADMIN or INTEGRATOR" in note for note in notes)


@pytest.mark.parametrize("dialect", ["keycode", "unlisted"])
async def test_a_command_that_the_account_may_not_run_names_the_role(dialect: str) -> None:
    async with served(dialect=dialect) as office:
        found = settings(office.phones[0], username="user", control=ControlMode.ON, transport="http")
        fleet = LiveFleet(Config(phones=(found,)), pins=PinStore(None))
        with pytest.raises(
            AccessError, match=r"may not run xCommand HttpFeedback Deregister.*the role ADMIN\b"
        ) as refused:
            await fleet.command(found.id, Command(Path.of("HttpFeedback", "Deregister"), (("FeedbackSlot", "1"),)))
        assert refused.value.reason == "role"
        with pytest.raises(AccessError, match="may not see Line"):
            await fleet.fetch(found.id, Path.of("Line"))
        assert await fleet.fetch(found.id, Path.of("Standby")) != Document()
        await fleet.close()
