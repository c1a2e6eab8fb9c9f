"""One phone: its summary, its whole status tree, typed commands."""
