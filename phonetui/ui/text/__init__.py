"""Rows of text, values as words and signs, and the last filter before the terminal."""
