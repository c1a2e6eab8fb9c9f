"""The fleet: every phone in one table."""
