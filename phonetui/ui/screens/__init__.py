"""Arrangements of panes, and what keys do on them."""
