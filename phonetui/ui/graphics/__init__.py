"""Pictures in dots of the terminal's own, where it can and the operator asked for it.

question ─► terminal ─► answer ─► what it is able to ─► the means that the operator's wish comes down to
raster ─► made for the means ─► a sequence ─► the door, which lets nothing else through
"""
