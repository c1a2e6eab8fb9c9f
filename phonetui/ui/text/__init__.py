"""Rows of text, values as words and signs, and the last wall before the terminal."""
