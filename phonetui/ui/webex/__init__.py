"""Phones in Webex: what Webex knows of them, and what can be done there."""
