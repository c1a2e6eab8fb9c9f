"""Metrics for Prometheus: counters over time, a fleet's exposition at one moment, and the HTTP server for it.

totals ──► exposition ──► server        `totals` follows a fleet; an exposition is made off the loop, from frozen values

No label and no value ever holds a caller's name, a number or a call's id; what is unknown is left out, never 0. Names
follow Prometheus' own rules: base units, ratios from 0 to 1, identity in `_info`.
"""
