"""Webex's APIs: devices, settings and jobs of an organization, and phones that are watched through it."""
