import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.text import Printable
from phonetui.ui.screens.phone_commands import dial_summary
from phonetui.xapi.command import CommandResult
from phonetui.xapi.control_commands import dialable
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("5000", "5000"),
        (" +47 22 (00) 00-00 ", "+4722000000"),
        ("*72#", "*72#"),
        ("tel:+1-555-0100", "+15550100"),
        ("ola.nordmann@example.com", "ola.nordmann@example.com"),
        ("sip:5000@192.0.2.1:5061", "sip:5000@192.0.2.1:5061"),
    ],
)
def test_what_people_write_becomes_what_can_be_dialled(typed: str, number: str) -> None:
    assert dialable(typed) == number


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "type a number"),
        ("  ", "type a number"),
        ("50x0", "'x' cannot be dialled"),
        ("5+0", "only at the beginning"),
        ("()", "no digit"),
        ("ola@", "user@host"),
        ("a b@c", "user@host"),
        ("1" * 200, "longer than"),
        ("5\x1b0", "cannot be dialled"),
        ("٣", "cannot be dialled"),
    ],
)
def test_what_cannot_be_a_number_is_refused_with_the_reason(typed: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        dialable(typed)


@given(st.text(max_size=30))
def test_whatever_is_typed_either_dials_printable_text_or_is_refused(typed: str) -> None:
    try:
        number = dialable(typed)
    except ValueError as error:
        number = str(error)
    else:
        assert number == dialable(number)
    assert number.isprintable()


def test_the_answer_names_call_and_line_as_far_as_the_phone_did() -> None:
    answer = CommandResult(
        Printable("CallDialResult"),
        Document({Path.of("CallId"): Printable("0"), Path.of("LineId"): Printable("1")}),
    )
    assert dial_summary(answer) == "L1"
    assert dial_summary(CommandResult(Printable("CallDialResult"))) == "the phone accepted"
