import pytest

from phonetui.phone.lights import Cadence, Colour, Light
from phonetui.phone.measure import Grade
from phonetui.phone.state import Connection, State
from phonetui.text import Printable
from phonetui.ui.output import GLYPHS
from phonetui.ui.text.format import DASH, GRADES, STATES, age, duration, light, meaning, number, release, up_time
from phonetui.ui.text.rows import Role


def test_missing_is_a_dash_and_zero_is_zero() -> None:
    assert number(None, "ms") == DASH
    assert number(0, "ms") == "0 ms"
    assert number(4.06, "%", digits=1) == "4.1 %"


def test_every_state_and_every_grade_has_a_word_of_its_own_and_a_glyph() -> None:
    assert set(STATES) == set(State)
    assert set(GRADES) == set(Grade)
    for marks in (STATES.values(), GRADES.values()):
        assert len({mark.word for mark in marks}) == len({(mark.glyph, mark.word) for mark in marks}) == len(marks)


def test_every_glyph_has_a_likeness_in_ascii() -> None:
    glyphs = {mark.glyph for mark in (*STATES.values(), *GRADES.values())}
    assert all(glyph.isascii() or glyph in GLYPHS for glyph in glyphs)
    assert all(len(plain) == 1 and plain.isascii() for plain in GLYPHS.values())


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, None), (14.9, None), (16, "10 s"), (31, "30 s"), (59, "30 s"), (61, "1 min"), (400, "5 min"), (7300, "1 h")],
)
def test_age_shows_only_beyond_the_interval_and_in_steps(seconds: float, shown: str | None) -> None:
    assert age(Connection(State.LIVE, fresh_at=100.0, interval_s=10.0), 100.0 + seconds) == shown


def test_a_phone_that_never_answered_has_no_age() -> None:
    assert age(Connection(), 1000.0) is None


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("PHONEOS.3-6-1-0001-45", (3, 6, 1)),
        ("PHONEOS.3-5", (3, 5, 0)),
        ("3.6.2", (3, 6, 2)),
        ("nightly", None),
        (None, None),
    ],
)
def test_release(said: str | None, read: tuple[int, int, int] | None) -> None:
    assert release(Printable(said) if said is not None else None) == read


def test_times() -> None:
    assert duration(3725.9) == "01:02:05"
    assert duration(None) == DASH
    assert [up_time(seconds) for seconds in (None, 59, 7200, 700000)] == [None, "up < 1 h", "up 2 h", "up 8 d"]


def test_lights_say_their_colour_in_words_and_keep_what_they_do_not_know() -> None:
    assert light(Light(Colour.GREEN, Cadence.STEADY)) == ("● green", Role.LIGHT_GREEN)
    assert light(Light(Colour.AMBER, Cadence.FLASH)) == ("● amber flash", Role.LIGHT_AMBER)
    assert light(Light(Colour.RED, None)).text == f"● red {DASH}"
    assert light(Light(Colour.OFF)).text == "○ off"
    assert light(None) == (f"○ {DASH}", Role.DIM)
    assert light(Light(None, None, Printable("Magenta"), Printable("Wobble"))) == ("? Magenta Wobble", Role.UNKNOWN)


def test_meaning_of_line_lights() -> None:
    assert meaning(Light(Colour.AMBER, Cadence.FLASH)) == "ringing"
    assert meaning(Light(Colour.GREEN, Cadence.PULSE)) == "held"
    assert not meaning(Light(Colour.BLUE, Cadence.STEADY))
