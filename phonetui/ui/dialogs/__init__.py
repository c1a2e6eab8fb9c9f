"""Questions and choices over a screen."""
