"""What goes wrong with the file, told apart by what may help."""

from phonetui.errors import PhonetuiError


class Unkept(PhonetuiError):
    """The file cannot be used."""

    kind = "config"

    def __init__(self, message: str, hint: str = "", *, is_passing: bool = False, is_damage: bool = False) -> None:
        """`is_passing` where trying again may help; `is_damage` where the file is no database, or a broken one."""
        super().__init__(message, hint)
        self.is_passing = is_passing
        self.is_damage = is_damage
