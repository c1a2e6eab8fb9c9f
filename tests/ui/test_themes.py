import math
from itertools import combinations
from pathlib import Path

import pytest
from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from phonetui.errors import ConfigError
from phonetui.ui.text.rows import Role
from phonetui.ui.theme import COLOURLESS, ThemeFile, find_theme, load, role_style, themes

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


COLOURED = [theme for theme in themes().values() if not theme.ansi]


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: str(theme.name))
@pytest.mark.parametrize("role", [role for role in Role if role not in UNDER])
def test_every_role_can_be_read_on_every_ground(theme: Theme, role: Role) -> None:
    style = role_style(theme, role)
    ratios = {str(ground.hex): _ratio(_colour(style.color), ground) for ground in _grounds(theme, style)}
    assert min(ratios.values()) >= ENOUGH, ratios


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: str(theme.name))
def test_the_toolkits_own_text_can_be_read(theme: Theme) -> None:
    grounds = [Color.parse(str(ground)) for ground in (theme.background, theme.surface)]
    for colour in (theme.foreground, theme.secondary, theme.error, theme.primary, theme.accent):
        assert min(_ratio(Color.parse(str(colour)), ground) for ground in grounds) >= ENOUGH, colour
    assert _ratio(Color.parse(str(theme.foreground)), Color.parse(str(theme.panel))) >= ENOUGH
    assert _ratio(Color.parse(str(theme.background)), Color.parse(str(theme.primary))) >= ENOUGH


def test_a_theme_for_every_eye_and_terminal_comes_with_the_program() -> None:
    names = ("dark", "light", "ansi", "contrast", "deutan", "mono", "tritan")
    assert list(themes()) == [f"phonetui-{name}" for name in names]
    assert [name for name, theme in themes().items() if not theme.dark] == ["phonetui-light"]


LACKS = {
    "phonetui-deutan": {
        "deutan": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
        "protan": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    },
    "phonetui-tritan": {"tritan": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304))},
}
"""How each lack turns linear red, green and blue into what is seen (Machado, Oliveira and Fernandes 2009, severity 1)."""


def _linear(colour: Color) -> list[float]:
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]


def _lab(linear: list[float]) -> tuple[float, float, float]:
    """CIE L*a*b* under D65, where a distance of about 2 is just seen."""
    to_xyz = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    whites = (0.9505, 1.0, 1.089)
    x, y, z = (
        sum(weight * part for weight, part in zip(line, linear, strict=True)) / white
        for line, white in zip(to_xyz, whites, strict=True)
    )
    fx, fy, fz = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _shown(theme: Theme, role: Role) -> Color:
    """What strikes the eye: the ground where the role has one."""
    style = role_style(theme, role)
    return _colour(style.bgcolor or style.color)


@pytest.mark.parametrize(("name", "lack"), [(name, lack) for name, lacks in LACKS.items() for lack in lacks])
def test_grades_are_told_apart_by_eyes_that_lack_a_colour(name: str, lack: str) -> None:
    grades = (Role.GOOD, Role.FAIR, Role.POOR, Role.CRITICAL)
    seen = {}
    for role in grades:
        linear = _linear(_shown(themes()[name], role))
        mixed = [sum(w * part for w, part in zip(line, linear, strict=True)) for line in LACKS[name][lack]]
        seen[role] = _lab([min(max(part, 0.0), 1.0) for part in mixed])
    apart = {(one, other): math.dist(seen[one], seen[other]) for one, other in combinations(grades, 2)}
    assert min(apart.values()) >= 20, apart


def test_the_colourless_theme_has_no_colour() -> None:
    theme = themes()[COLOURLESS]
    styles = [role_style(theme, role) for role in Role]
    assert all(style.color is None and style.bgcolor is None for style in styles)
    assert theme.ansi


def test_a_theme_is_read_again_when_its_file_changes(tmp_path: Path) -> None:
    path = _themed(tmp_path, ("", ""))
    file = ThemeFile(path)
    assert file.reloaded() is None
    path.write_text(path.read_text("utf-8").replace('good = "#63c9b4"', 'good = "bold #00ff00"'), "utf-8")
    reloaded = file.reloaded()
    assert reloaded is not None
    assert role_style(reloaded, Role.GOOD).bold
    assert file.reloaded() is None
    path.unlink()
    assert file.reloaded() is None


def test_an_unknown_theme_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="phonetui-light"):
        find_theme("solarised")


def _themed(tmp_path: Path, change: tuple[str, str]) -> Path:
    packaged = Path(__file__).parents[2] / "themes" / "phonetui-dark.toml"
    file = tmp_path / "mine.toml"
    file.write_text(packaged.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    return file


def test_a_copied_and_edited_theme_is_read_from_its_file(tmp_path: Path) -> None:
    file = _themed(tmp_path, ('good = "#63c9b4"', 'good = "bold #00ff00"'))
    theme = find_theme(str(file))
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
