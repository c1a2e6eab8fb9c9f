from pathlib import Path

import pytest
from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from phonetui.errors import ConfigError
from phonetui.ui.row import Role
from phonetui.ui.themes import chosen, load, role_style, themes

ENOUGH = 4.5
"""WCAG 2.1's contrast ratio for text."""

UNDER = (Role.SELECTED, Role.CURSOR)


def _colour(colour: object) -> Color:
    return Color.parse(str(getattr(colour, "name")))  # noqa: B009 - rich's colour is optional


def _grounds(theme: Theme, style: Style) -> list[Color]:
    """Every background that a run with this style can stand on."""
    if style.bgcolor is not None:
        return [_colour(style.bgcolor)]
    under = [_colour(role_style(theme, role).bgcolor) for role in UNDER]
    return [Color.parse(str(theme.background)), Color.parse(str(theme.surface)), *under]


def _ratio(one: Color, other: Color) -> float:
    """WCAG 2.1: relative luminance of the lighter over that of the darker, each plus 0.05."""

    def luminance(colour: Color) -> float:
        parts = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized)
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", themes().values(), ids=lambda theme: str(theme.name))
@pytest.mark.parametrize("role", [role for role in Role if role not in UNDER])
def test_every_role_can_be_read_on_every_ground(theme: Theme, role: Role) -> None:
    style = role_style(theme, role)
    ratios = {str(ground.hex): _ratio(_colour(style.color), ground) for ground in _grounds(theme, style)}
    assert min(ratios.values()) >= ENOUGH, ratios


@pytest.mark.parametrize("theme", themes().values(), ids=lambda theme: str(theme.name))
def test_the_toolkits_own_text_can_be_read(theme: Theme) -> None:
    grounds = [Color.parse(str(ground)) for ground in (theme.background, theme.surface)]
    for colour in (theme.foreground, theme.secondary, theme.error, theme.primary, theme.accent):
        assert min(_ratio(Color.parse(str(colour)), ground) for ground in grounds) >= ENOUGH, colour
    assert _ratio(Color.parse(str(theme.foreground)), Color.parse(str(theme.panel))) >= ENOUGH
    assert _ratio(Color.parse(str(theme.background)), Color.parse(str(theme.primary))) >= ENOUGH


def test_one_dark_and_one_light_theme_come_with_the_program() -> None:
    assert {name: theme.dark for name, theme in themes().items()} == {"phonetui-dark": True, "phonetui-light": False}


def test_an_unknown_theme_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="phonetui-light"):
        chosen("solarised", themes())


def _themed(tmp_path: Path, change: tuple[str, str]) -> Path:
    packaged = Path(__file__).parents[2] / "themes" / "phonetui-dark.toml"
    file = tmp_path / "mine.toml"
    file.write_text(packaged.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    return file


def test_a_copied_and_edited_theme_is_read_from_its_file(tmp_path: Path) -> None:
    file = _themed(tmp_path, ('good = "#63c9b4"', 'good = "bold #00ff00"'))
    theme = chosen(str(file), themes())
    assert role_style(theme, Role.GOOD).bold


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('good = "#63c9b4"\n', ""), "no good"),
        (('good = "#63c9b4"', 'god = "#63c9b4"'), "good"),
        (('gap = "#949cb2"', 'gap = "#949cb2"\nextra = "red"'), "unknown extra"),
        (('good = "#63c9b4"', 'good = "greenish-ish"'), "good"),
        (("dark = true", "dark = tru"), "mine.toml"),
    ],
)
def test_a_broken_theme_says_what_is_wrong(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load(_themed(tmp_path, change))


def test_a_missing_file_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load(tmp_path / "none.toml")
