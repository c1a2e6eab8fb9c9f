"""Acting on a phone: keys, numbers, its screen, its certificate."""
