"""The xAPI's language: paths, documents, events, commands and their schemas, read from XML and JSON."""
