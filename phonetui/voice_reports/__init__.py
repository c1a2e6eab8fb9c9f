"""Voice quality reports by SIP (RFC 6035): those that phones send are taken, and ours sent to a collector of others.

sip_message ──► sip_server ──► collector ──► a fleet's calls          `sip_message` is pure
            └─► sip_client ◄── publisher ◄── a fleet's ended calls
"""
