"""Faults of the machine, of phones and of networks, each of which the program has to survive.

One module a kind of fault. Every test here wears `fault` of `table.py`, which says what goes wrong, what must hold all
the same and within how many seconds; the run's last lines count them.
"""
