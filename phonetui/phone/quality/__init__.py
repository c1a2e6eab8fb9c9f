"""How a call stands: from what a phone counts and says of it to figures of now and a grade.

`tally` takes the readings one after another; the other modules each know one thing of it. Nothing here knows a clock.
"""
