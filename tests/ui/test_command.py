"""The command screen: what can be typed, what it asks before, and what comes back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path as File

import pytest
from msgspec.structs import replace

from phonetui.errors import CommandRefused, ConfigError, Unreachable
from phonetui.fleet.protocol import Permission
from phonetui.text import Printable, printable
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.screen_state import TranscriptEntry, TranscriptOutcome
from phonetui.ui.screens.prompts import Confirm, TypedConfirm
from phonetui.ui.status import command_dispatch, command_line
from phonetui.ui.status.command_line import line_completions, parse_line
from phonetui.ui.status.command_screen import CommandScreen
from phonetui.ui.text.rows import text
from phonetui.xapi.command import CommandResult
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path
from phonetui.xapi.schema import CommandForm, Parameter, published
from tests.ui.office import CONFIG, office, with_tree
from tests.ui.screen import SMALL, Desk, opened
from tests.ui.test_hostile import WORDS, fleet_saying, harmless

GRANTED = Permission.GRANTED
REFUSED = CommandRefused("the phone refuses: no", "Try another", block=("*r Result (status=Error):", "** end"))


async def settle(desk: Desk) -> None:
    await desk.app.workers.wait_for_complete()
    if isinstance(desk.app.screen, CommandScreen):
        desk.app.screen.refresh_view()
    await desk.pilot.pause()


async def typed(desk: Desk, line: str, *then: str) -> None:
    await desk.press("colon")
    await say(desk, line, *then)


async def say(desk: Desk, line: str, *then: str) -> None:
    desk.app.screen.query_one("Input").insert_text_at_cursor(line)  # type: ignore[attr-defined]  # an Input it is
    await desk.press("enter", *then)
    await settle(desk)


def answer(name: str, **leaves: str) -> CommandResult:
    return CommandResult(
        Printable(name),
        Document({Path.parse(path.replace("_", " ")): printable(value) for path, value in leaves.items()}),
    )


# The line


def test_a_line_is_read_as_the_command_line_reads_its_words() -> None:
    found = parse_line("xcommand call DIAL Number=\"5 000\" Note='a b' Number=7")
    assert str(found.command.path) == "Call Dial"
    assert found.command.arguments == (("Number", "5 000"), ("Note", "a b"), ("Number", "7"))
    assert parse_line("Security Certificates CA Add @/some/ca.pem").file == "/some/ca.pem"
    assert parse_line("/Command/Call/Dial Number=1").command.path == Path.of("Call", "Dial")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("Number=1", "path is missing"),
        ("", "path is missing"),
        ('Call Dial Number="1', "quotation mark"),
        ("Call Dial Number=abc", "'a' cannot be dialled"),
        ("call dial number=", "type a number"),
        ("Call Dial Number=1 oops", "'oops' is not Key=Value"),
        ("Call Dial @", "file"),
        ("Call @a @b", "file"),
        ("C@ll", "not an xAPI path"),
    ],
)
def test_what_cannot_be_sent_is_said(line: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parse_line(line)


def words(line: str, values: dict[str, Sequence[str]] | None = None) -> list[str]:
    return [choice.word for choice in line_completions(line, published(), values).choices]


def test_paths_parameters_and_values_are_offered_as_the_line_grows() -> None:
    assert words("") == ["HttpFeedback ", "Security ", "Call ", "SystemUnit ", "Ui ", "Bookings "]
    assert words("s") == ["Security ", "SystemUnit "]
    assert words("SystemUnit F") == ["FactoryReset "]
    assert words("httpfeedback register ") == ["FeedbackSlot=", "ServerUrl=", "Format=", "Expression="]
    assert words("HttpFeedback Register FeedbackSlot=1 F") == ["Format="]
    assert words("HttpFeedback Register Expression=/Status/Line e") == ["Expression="]
    assert words("HttpFeedback Register FeedbackSlot=") == [f"FeedbackSlot={slot} " for slot in (1, 2, 3, 4)]
    assert words("HttpFeedback Register Format=j") == ["Format=JSON "]
    assert words("Security Certificates CA Add ") == ["@"]
    assert words("Ui SendKey Key=vol", {"Key": ("VolUp", "VolDown", "Mute")}) == ["Key=VolUp ", "Key=VolDown "]
    assert words("Ui GetDeviceScreenshot x") == []
    assert words("Nothing like") == []


def test_what_is_still_needed_is_named() -> None:
    assert line_completions("Call Dial", published()).missing == ("Number",)
    assert line_completions("Call Dial Number=5", published()).missing == ()
    told = text(command_line.choice_rows(line_completions("HttpFeedback Register FeedbackSlot=1 ", published()), "")[0])
    assert "still needs ServerUrl" in told
    assert "have changes posted" in told


def test_choices_share_a_beginning() -> None:
    assert line_completions("S", published()).common() == "S"
    assert line_completions("sy", published()).common() == "SystemUnit "
    assert line_completions("zz", published()).common() == ""


# The block and the certificates


def certificate() -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Office CA")]),
    )
    built = x509.CertificateBuilder(
        name, name, key.public_key(), 7, datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
    )
    return built.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_certificate_in_der_becomes_pem_and_pem_stays(tmp_path: File) -> None:
    file = tmp_path / "ca.der"
    file.write_bytes(certificate())
    pem = command_dispatch.read_attachment(str(file))
    assert pem.startswith("-----BEGIN CERTIFICATE-----\n")
    assert command_dispatch.attachment_text(pem.encode(), "ca.pem") == pem
    assert command_dispatch.attachment_text(b"\xef\xbb\xbftext", "x") == "text"
    assert command_dispatch.attachment_text(b"0 is a text", "x") == "0 is a text"


@pytest.mark.parametrize("raw", [b"0\x82\xff\xff", b"\xff\xfe"])
def test_bytes_that_are_neither_are_refused(raw: bytes) -> None:
    with pytest.raises(ConfigError, match="neither text"):
        command_dispatch.attachment_text(raw, "x")


def test_files_that_cannot_be_sent_say_why(tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, says in ((str(tmp_path / "none"), "No such file"), (str(tmp_path), "directory"), ("a\0b", "no file")):
        with pytest.raises(ConfigError, match=says):
            command_dispatch.read_attachment(name)
    monkeypatch.setattr(command_dispatch, "MAX_ATTACHMENT_BYTES", 3)
    (tmp_path / "big").write_text("four")
    with pytest.raises(ConfigError, match="more than"):
        command_dispatch.read_attachment(str(tmp_path / "big"))


NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_certificates_are_told_by_the_ends_of_their_names() -> None:
    shown = answer(
        "CAShowResult",
        Certificate_1_Subject="CN=Office CA", Certificate_1_Issuer_Name="x", Certificate_1_IssuerName="CN=Root",
        Certificate_1_NotAfter="Jan  2 00:00:00 2027 GMT", Certificate_1_Fingerprint="AA:BB",
        Certificate_2_SubjectName="CN=Old CA", Certificate_2_validTo="2020-01-01",
    )  # fmt: skip
    assert command_dispatch.certificate_lines(shown.document, NOW) == (
        "certificate 1", "  subject     CN=Office CA", "  issuer      CN=Root", "  expires     Jan  2 00:00:00 2027 GMT",
        "  fingerprint AA:BB", "certificate 2", "  subject     CN=Old CA", "  expires     2020-01-01  ▲ expired",
    )  # fmt: skip


def test_a_certificate_that_comes_as_pem_is_read_itself() -> None:
    pem = printable(command_dispatch.attachment_text(certificate(), "x"))
    told = command_dispatch.certificate_lines(Document({Path.of("Details", 1, "Text"): pem}), NOW)
    assert told[1] == "  subject     CN=Office CA"
    assert told[3] == "  expires     2021-01-01 00:00 UTC  ▲ expired"
    assert told[4].startswith("  fingerprint sha256:")


@pytest.mark.parametrize(
    "said",
    [
        "",
        "-----BEGIN CERTIFICATE----- AAAA -----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----*-----END CERTIFICATE-----",
        "zzz",
    ],
)
def test_what_is_no_certificate_is_left_to_the_answer_as_it_came(said: str) -> None:
    assert (
        command_dispatch.certificate_lines(Document({Path.of("A"): printable(said), Path(): printable(said)}), NOW)
        == ()
    )


# The screen


async def test_a_command_asks_first_is_sent_and_its_answer_is_in_the_terminal_notation() -> None:
    fleet = office(answers={"Call Dial": answer("CallDialResult", CallId="0", LineId="1")})
    async with opened(fleet) as desk:
        await desk.press("colon", *"call", "tab", "tab", *"n", "tab", *"5000", "enter")
        assert isinstance(desk.app.screen, Confirm)
        assert fleet.done == []
        await desk.press("y")
        await settle(desk)
        assert fleet.done == [("command", "lobby", "Call Dial", "Number=5000")]
        assert "*r CallDialResult (status=OK):" in desk.text()
        assert "*r CallDialResult LineId: 1" in desk.text()
        assert "● OK" in desk.text()


async def test_no_sends_nothing_and_the_log_says_so() -> None:
    async with opened() as desk:
        await typed(desk, "Call Dial Number=1", "enter")
        assert desk.fleet.done == []
        assert "not sent: control was not taken" in desk.text()


async def test_read_only_sends_nothing_and_says_why() -> None:
    fleet = office(default=Permission.DENIED)
    async with opened(fleet, config=replace(CONFIG, read_only=True)) as desk:
        await typed(desk, "Call Dial Number=1")
        assert fleet.done == []
        assert "not sent: read-only: nothing was sent (started with --read-only)" in desk.text()


async def test_a_refusal_is_shown_whole_with_what_to_try() -> None:
    async with opened(office(default=GRANTED, refuses=REFUSED)) as desk:
        await typed(desk, "Call Dial Number=1")
        assert "✗ refused: the phone refuses: no" in desk.text()
        assert "→ Try another" in desk.text()
        assert "*r Result (status=Error):" in desk.text()
        assert "Webex" not in desk.text()


@pytest.mark.parametrize("command", ["Bookings Book", "Bookings Delete", "Bookings List"])
async def test_a_refused_bookings_command_says_what_it_needs(command: str) -> None:
    async with opened(office(default=GRANTED, refuses=REFUSED)) as desk:
        await typed(desk, command)
        assert desk.fleet.done == [("command", "lobby", command)]
        assert "needs the Webex transport" in desk.text()


async def test_a_phone_that_cannot_be_reached_is_no_refusal() -> None:
    async with opened(office(default=GRANTED, refuses=Unreachable("no route", "Check the network"))) as desk:
        await typed(desk, "Bookings List")
        assert "✗ failed: no route" in desk.text()
        assert "Webex" not in desk.text()


@pytest.mark.parametrize(
    "command",
    ["systemunit boot", "SystemUnit FactoryReset Confirm=Yes", "Security Certificates CA Delete Fingerprint=0"],
)
async def test_what_cannot_be_undone_wants_the_phones_name(command: str) -> None:
    async with opened(office(default=GRANTED)) as desk:
        await typed(desk, command)
        assert isinstance(desk.app.screen, TypedConfirm)
        assert desk.fleet.done == []
        await desk.press(*"lobb", "enter")
        assert "That is not lobby" in desk.text()
        await desk.press("y", "enter")
        await settle(desk)
        assert len(desk.fleet.done) == 1
        assert isinstance(desk.app.screen, CommandScreen)


async def test_leaving_the_question_sends_nothing() -> None:
    async with opened(office(default=GRANTED)) as desk:
        await typed(desk, "SystemUnit Boot", "escape")
        assert desk.fleet.done == []
        assert "the phone's name was not typed" in desk.text()


async def test_a_block_comes_from_its_file(tmp_path: File) -> None:
    (tmp_path / "my ca.der").write_bytes(certificate())
    async with opened(office(default=GRANTED)) as desk:
        await typed(desk, f"Security Certificates CA Add '@{tmp_path}/my ca.der'")
        assert desk.fleet.bodies[0] is not None
        assert desk.fleet.bodies[0].startswith("-----BEGIN")
        await say(desk, "Security Certificates CA Add @/no/such/file")
        assert len(desk.fleet.done) == 1
        assert "not sent: /no/such/file: No such file" in desk.text()


async def test_certificates_are_shown_in_words_above_the_answer() -> None:
    shown = answer("CAShowResult", Certificate_1_Subject="CN=Office CA", Certificate_1_NotAfter="2020-01-01")
    async with opened(office(default=GRANTED, answers={"Security Certificates CA Show": shown})) as desk:
        await typed(desk, "Security Certificates CA Show")
        assert "subject     CN=Office CA" in desk.text()
        assert "▲ expired" in desk.text()
        assert "*r CAShowResult" in desk.text()


async def test_a_picture_is_told_not_drawn() -> None:
    picture = CommandResult(Printable("UiGetDeviceScreenshotResult"), image=b"x" * 4321)
    async with opened(office(default=GRANTED, answers={"Ui GetDeviceScreenshot": picture})) as desk:
        await typed(desk, "Ui GetDeviceScreenshot")
        assert "a picture of 4,321 bytes" in desk.text()


async def test_what_cannot_be_sent_stays_here() -> None:
    async with opened(office(default=GRANTED)) as desk:
        await typed(desk, "Call Dial Number='1")
        assert desk.fleet.done == []
        assert "not sent: a quotation mark is not closed" in desk.text()


async def test_lines_come_back_and_the_log_outlives_the_screen() -> None:
    async with opened(office(default=GRANTED)) as desk:
        await typed(desk, "Call Dial Number=1")
        await say(desk, "Call Dial Number=2")
        await desk.press(*"half", "up")
        assert "lobby : Call Dial Number=2" in desk.text()
        await desk.press("up", "up")
        assert "lobby : Call Dial Number=1" in desk.text()
        await desk.press("down", "down")
        assert "lobby : half" in desk.text()
        await desk.press("escape")
        assert isinstance(desk.app.screen, MainScreen)
        await desk.press("colon")
        assert "Call Dial Number=2" in desk.text()
        await desk.press("up")
        assert "lobby : Call Dial Number=2" in desk.text()


async def test_tab_completes_what_is_shared_then_walks_through_the_choices() -> None:
    async with opened() as desk:
        line = "lobby : "
        await desk.press("colon", "tab")
        assert f"{line}HttpFeedback" in desk.text()
        await desk.press("tab")
        assert f"{line}Security" in desk.text()
        await desk.press("shift+tab", "shift+tab")
        assert f"{line}Bookings" in desk.text()
        await desk.press("L", "tab")
        assert f"{line}Bookings List " in desk.text()
        await desk.press("tab")
        assert f"{line}Bookings List " in desk.text()


async def test_what_the_phone_lists_itself_is_offered() -> None:
    own = replace(
        published(), forms=(CommandForm(Path.of("Lamp", "Blink"), (Parameter("Colour"),)),), is_the_phones=True
    )
    async with opened(office(schema=own)) as desk:
        await desk.press("colon")
        await settle(desk)
        assert "as this phone lists them" in desk.text()
        await desk.press("tab", "tab")
        assert "Colour=" in desk.text()


async def test_the_keys_of_the_model_are_offered_in_its_own_spelling() -> None:
    async with opened() as desk:
        await desk.press("colon", *"Ui SendKey Key=Vol")
        assert "Key=VolDown" in desk.text()


async def test_an_answer_that_comes_after_the_screen_was_left_is_kept() -> None:
    async with opened(office(default=GRANTED)) as desk:
        await desk.press("colon")
        desk.app.screen.query_one("Input").insert_text_at_cursor("Call Dial Number=1")  # type: ignore[attr-defined]  # as above
        await desk.pilot.press("enter", "escape")
        await settle(desk)
        assert desk.app.session.exchanges[0].outcome is TranscriptOutcome.DONE


async def test_old_lines_and_answers_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phonetui.ui.status.command_screen.KEPT", 2)
    async with opened(office(default=GRANTED)) as desk:
        await typed(desk, "Call A")
        for letter in "BCC":
            await say(desk, f"Call {letter}")
        assert desk.app.session.commanded == ["Call B", "Call C"]
        assert len(desk.app.session.exchanges) == 2


@pytest.mark.parametrize("size", [(120, 36), SMALL])
async def test_hostile_words_are_text(size: tuple[int, int]) -> None:
    fleet = fleet_saying(printable(WORDS[1]))
    fleet.default = GRANTED
    async with opened(fleet, size=size) as desk:
        await desk.press("colon")
        for word in WORDS:
            fleet.refuses = CommandRefused(word, word, block=(printable(word),))
            await say(desk, "Call Dial Number=1")
            harmless(desk)
        await say(desk, "SystemUnit Boot")
        harmless(desk)


def test_a_transcript_is_cut_where_a_phone_writes_a_novel() -> None:
    long = TranscriptEntry(
        datetime.now(UTC) - timedelta(0),
        Printable("one"),
        "x" * 9999,
        TranscriptOutcome.DONE,
        "y" * 9999,
        ("z" * 9999,),
    )
    assert all(len(text(row)) < 500 for row in command_line.transcript_rows([long], None))


@pytest.mark.parametrize(
    ("line", "first"),
    [("dial", "Call Dial "), ("clldl", "Call Dial "), ("xCommand Call Di", "Dial "), ("xStatus Line", "")],
)
def test_completion_finds_a_command_by_a_part_of_it_and_as_it_is_pasted(line: str, first: str) -> None:
    found = line_completions(line, published())
    assert next((choice.word for choice in found.choices), "") == first
    if first:
        assert parse_line(line[: found.start] + first).command.path == Path.of("Call", "Dial")


async def test_a_pasted_status_is_read_and_nothing_is_sent() -> None:
    async with opened(with_tree(office())) as desk:
        await desk.press("colon", *"xStatus SystemUnit ProductId", "enter")
        assert "*s SystemUnit ProductId:" in desk.text()
        await desk.press(*"xConfiguration Audio", "enter")
        assert "phones don't take xConfiguration over xAPI" in desk.prose()
        assert isinstance(desk.app.screen, CommandScreen), "nobody was asked, because nothing is sent"
