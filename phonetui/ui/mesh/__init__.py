"""Test calls on the screen: a grid that fills while they run, and one call with both directions."""
