"""Connections to phones: HTTP, WebSocket, pushes that come back, certificates, web sessions."""
