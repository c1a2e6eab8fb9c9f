"""Building blocks that know neither phones nor calls."""
