"""The language of every filter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from phonetui.text import Printable
from phonetui.ui.phone_filter import PHONE, filtered
from phonetui.ui.text.filters import Filter, Readers
from tests.ui.office import fleet_of_eight


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("", 8),
        ("desk", 5),
        ("DESK-31", 1),
        ("!desk", 3),
        ("name:desk", 4),
        ("party:desk", 1),
        ("model:9841", 4),
        ("!model:9841", 4),
        ("state:refused", 1),
        ("grade:poor", 1),
        ("grade:", 8),
        ("desk !state:live", 3),
        ("bastion", 2),
        ("colour:red", 0),
        ("!", 0),
    ],
)
def test_filter(words: str, left: int) -> None:
    assert len(filtered(fleet_of_eight(), words)) == left


def test_the_order_of_the_configuration_stays() -> None:
    assert [phone.name for phone in filtered(fleet_of_eight(), "desk-3 !live")] == ["desk-32", "desk-33", "desk-34"]


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ("loss>2", "b"), ("loss>=2", "bc"), ("loss<2", "a"), ("LOSS<=2%", "ac"), ("!loss>2", "acd"),
        ("loss>", "abcd"), ("loss:2", "c"), ("up>60", "b"), ("up>1min", "b"), ("loss>1 loss<3", "c"), ("2", ""),
    ],
)  # fmt: skip
def test_numbers_are_compared_and_what_has_none_fits_no_comparison(words: str, fits: str) -> None:
    losses: dict[str, float | None] = {"a": 0.0, "b": 6.5, "c": 2.0, "d": None}
    readers: Readers[str] = {"name": str, "loss": losses.get, "up": lambda name: "90 s" if name == "b" else None}
    assert "".join(Filter(readers, words).of("abcd")) == fits


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("modle:9841", "no field is called 'modle': did you mean 'model'?"),
        ("los>2", "no field is called 'los': did you mean 'loss'?"),
        ("loss>much", "'loss>' wants a number, not 'much'"),
        ("00:11:22", ""), ("ab:cd:ef", ""), ("192.0.2.1:8443", ""), ("loss>", ""), ("desk", ""),
    ],
)  # fmt: skip
def test_an_unknown_field_is_named_with_the_nearest(words: str, problem: str) -> None:
    assert Filter(PHONE, words).problem == problem
    assert Filter(PHONE, "xyzzy:1").problem.startswith("no field is called 'xyzzy': fields: name, model,")


def test_a_phone_is_found_by_the_figures_of_its_worst_call() -> None:
    boardroom = next(phone for phone in fleet_of_eight() if phone.worst and phone.worst.loss_pct)
    assert boardroom.worst is not None
    assert boardroom.worst.loss_pct is not None
    phones = [boardroom, replace(boardroom, measures=())]
    assert filtered(phones, f"loss>{boardroom.worst.loss_pct - 0.1:g}") == [boardroom]
    assert filtered(phones, f"loss>{boardroom.worst.loss_pct:g}") == []


@given(st.text(max_size=40))
def test_whatever_is_typed_is_an_answer(words: str) -> None:
    assert set(filtered(fleet_of_eight(), words)) <= set(fleet_of_eight())


def test_a_phone_that_changed_is_looked_at_anew() -> None:
    phones = list(fleet_of_eight())
    first = filtered(phones, "name:desk")[0]
    renamed = replace(first, name=Printable("attic"))
    assert renamed not in filtered([renamed if phone is first else phone for phone in phones], "name:desk")
