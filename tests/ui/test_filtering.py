import pytest

from phonetui.ui.phone_filter import filtered
from tests.ui.office import fleet_of_eight


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("", 8),
        ("desk", 4),
        ("DESK-31", 1),
        ("!desk", 4),
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
