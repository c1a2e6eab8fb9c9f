"""The panes about the selected phone: on the main screen, and on others that show them, too."""
