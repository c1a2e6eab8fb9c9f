"""Test calls between phones."""
