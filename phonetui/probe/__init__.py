"""What a survey of a real phone asks, what came back, and how it is made fit to be given away.

plan ─► (sockets: transport.survey) ─► exchange ─► redaction ─► bundle

Pure: text and values in, text out. `redaction` is the only door to the outside; `bundle` describes the file.
"""
