"""Scores that take more than their own word to read."""

import pytest

from phonetui import numeric
from phonetui.phone import parse
from phonetui.phone.observe import observe
from phonetui.phone.state import Call, Phone, PhoneId
from phonetui.text import printable
from phonetui.xapi.document import EMPTY, Update
from phonetui.xapi.path import Path

CALL = Path.of("Line", 1, "Call", 0)


def told(*ratings: str, mos_divisor: float | None = None, **leaves: str) -> Call:
    """The call after a phone said these, one rating after another."""
    phone = Phone(id=PhoneId("lobby"), name=printable("lobby"), address=printable("192.0.2.21"))
    document = EMPTY
    for at, rating in enumerate(ratings or ("",)):
        said = {"CallState": "Connected", "Rfactor": rating, **leaves}
        changes = [Update(CALL / name, printable(word), float(at)) for name, word in said.items()]
        document = document.merge(changes)
        phone = observe(phone, document, changes, float(at), mos_divisor=mos_divisor)
    (call,) = phone.calls
    return call


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        (["127"], None),
        (["93", "127"], None),
        (["126", "127"], 127.0),
        (["126", "127", "127"], 127.0),
        (["126", "0", "127"], None),
        (["112"], 112.0),
    ],
)
def test_127_is_no_rating_but_among_its_like(ratings: list[str], expected: float | None) -> None:
    assert told(*ratings).r_factor == expected


def test_what_was_refused_is_kept_as_it_came() -> None:
    call = told("127", MOSCQ="7", MOSLQ="n/a")
    assert (call.mos_cq, call.mos_cq_raw) == (None, "7")
    assert (call.mos_lq, call.mos_lq_raw) == (None, "n/a")
    assert (call.r_factor, call.r_factor_raw) == (None, "127")


@pytest.mark.parametrize(
    ("divisor", "cq", "lq"), [(None, 4.1, 4.2), (1.0, 4.1, None), (10.0, None, 4.2), (100.0, None, None)]
)
def test_the_operator_may_say_how_scores_are_written(divisor: float | None, cq: float, lq: float) -> None:
    call = told(mos_divisor=divisor, MOSCQ="4.1", MOSLQ="42")
    assert (call.mos_cq, call.mos_lq) == (cq, lq)


@pytest.mark.parametrize(
    ("raw", "expected"), [("45 ms", 45.0), ("0", None), ("", None), ("-1", None), ("n/a", None), ("0.5", 0.5)]
)
def test_a_decoder_without_audio_has_no_latency(raw: str, expected: float | None) -> None:
    assert parse.latency(printable(raw)) == expected


def test_no_time_is_negative() -> None:
    assert numeric.milliseconds(printable("-3")) is None
    assert parse.round_trip(printable("-3")) is None
    assert numeric.milliseconds(printable("0")) == 0.0
