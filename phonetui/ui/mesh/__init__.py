"""Test calls on the screen: the grid while it fills, one call with both directions, what is begun and ended by keys."""
