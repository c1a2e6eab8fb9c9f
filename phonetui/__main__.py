"""`python -m phonetui` is the same program as `phonetui`."""

import sys

from phonetui.cli.main import entry

if __name__ == "__main__":
    sys.exit(entry())
