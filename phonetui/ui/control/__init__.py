"""Acting on a phone: keys, numbers, its screenshot, its certificate."""
