"""The main screen: phones, calls, lines and lights, ports."""
