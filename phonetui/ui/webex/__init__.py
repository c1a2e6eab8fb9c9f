"""What Webex knows of phones, and what can be done there."""
