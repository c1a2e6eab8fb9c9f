"""How a call stands: from what a phone counts and says of it to figures of now and a grade."""
