"""Widgets that know neither phones nor calls."""
