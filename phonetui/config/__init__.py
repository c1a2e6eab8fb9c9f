"""Reads TOML and the command line into a `Config`; errors name the file, the key and the nearest known key."""
