"""What each model has and how it spells its keys."""

import pytest

from phonetui.phone.models import GENERIC, MODELS, canonical_key, model, model_number


@pytest.mark.parametrize(("product", "number"), [("DP-9851", "9851"), ("CP-8875", "8875"), ("?", None), (None, None)])
def test_model_number(product: str | None, number: str | None) -> None:
    assert model_number(product) == number


def test_all_five_models_and_a_stranger() -> None:
    assert set(MODELS) == {"8875", "9811", "9821", "9841", "9851", "9861", "9871"}
    assert model("DP-9999") is GENERIC


@pytest.mark.parametrize(
    ("number", "key", "has"),
    [
        ("9841", "Soft4", True), ("9841", "Soft5", False), ("9871", "Soft1", False), ("9871", "NavUp", False),
        ("8875", "Line1", False), ("9851", "Line120", True), ("9851", "Line121", False), ("8875", "Transfer", False),
        ("9861", "NavSelect", True), ("8875", "Release", True), ("9851", "Levitate", False),
    ],
)  # fmt: skip
def test_keys(number: str, key: str, has: bool) -> None:
    assert MODELS[number].has(key) is has


def test_spelling_of_volume_down() -> None:
    assert MODELS["9851"].spelled("VolDwn") == "VolDown"
    assert MODELS["8875"].spelled("VolDwn") == "VolDwn"


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("5", "KeyPad5"), ("*", "KeyPadStar"), ("#", "KeyPadPound"), ("keypad7", "KeyPad7"), ("navdown", "NavDwn"),
        ("VOLDOWN", "VolDwn"), ("line12", "Line12"), ("soft5", None), ("line0", None), ("hold", "Hold"), ("hodl", None),
    ],
)  # fmt: skip
def test_words_that_people_type(word: str, key: str | None) -> None:
    assert canonical_key(word) == key
