"""Figures for Prometheus: what is counted over time, the exposition of a fleet at one moment, and its little server.

totals ──► exposition ──► server        `totals` follows a fleet; an exposition is made off the loop, from frozen values

No label and no value ever holds a caller's name, a number or a call's id; what is unknown is left out, never 0. Names
follow Prometheus' own rules: base units, ratios from 0 to 1, identity in `_info`.
"""
