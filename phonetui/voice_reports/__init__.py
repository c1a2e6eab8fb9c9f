"""Voice quality reports over SIP (RFC 6035): received from phones, and sent to another collector.

sip_message ──► sip_server ──► collector ──► a fleet's calls          `sip_message` is pure
            └─► sip_client ◄── publisher ◄── a fleet's ended calls
"""
