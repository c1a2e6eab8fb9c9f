"""Live monitoring of Cisco PhoneOS desk phones in the terminal."""

__version__ = "0.1.0"
