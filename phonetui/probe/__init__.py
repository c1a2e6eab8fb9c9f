"""A survey of a real phone: what it asks, and how the answers are redacted so that they can be passed on.

plan ─► (sockets: transport.survey) ─► exchange ─► redaction ─► bundle

Pure: text and values in, text out. `redaction` is the only door to the outside; `bundle` describes the file.
"""
