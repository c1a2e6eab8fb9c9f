"""Alerts that reach people: grouped by cause, then the bell, the terminal, a command, a webhook, or Apprise.

alert_groups ──► service ──► channels, terminal          `alert_groups` is pure
"""
