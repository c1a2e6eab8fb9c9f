"""Panes about the selected phone, on the main screen and on others."""
