"""TOML and command line → `Config`: every complaint with file, key and the nearest known key."""
