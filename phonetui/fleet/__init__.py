"""What a viewer of phones is given: one protocol, and who fulfils it."""
