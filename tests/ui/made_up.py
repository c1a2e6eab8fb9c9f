"""A program of its own for the tests in a pseudo-terminal: the dashboard over the made-up office."""

import sys
from dataclasses import replace

from phonetui.errors import ConfigError
from phonetui.phone.state import PhoneId
from phonetui.ui.run import run
from tests.ui.office import CONFIG, HandClock, office, phone


def main(way: str) -> int:
    fleet = office(ends_with=RuntimeError("made up") if way == "crash" else None)
    fleet.put(phone("steady"))
    if way == "hostile":
        known = fleet.phones[PhoneId("lobby")]
        fleet.put(replace(known, name=type(known.name)("\x1b]52;c;eA==\x07\x9b31m\u202e")))
    try:
        return run(fleet, CONFIG, clock=HandClock().clock)
    except ConfigError as error:
        print(f"phonetui: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
