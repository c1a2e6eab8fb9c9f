"""What goes wrong with the file, told apart by whether trying again may help."""

from phonetui.errors import PhonetuiError


class Unkept(PhonetuiError):
    """The file cannot be used: `is_passing` where trying again may help."""

    kind = "config"

    def __init__(self, message: str, hint: str = "", *, is_passing: bool = False) -> None:
        super().__init__(message, hint)
        self.is_passing = is_passing
