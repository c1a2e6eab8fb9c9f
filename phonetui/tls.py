"""Makes every TLS context of the program, so that each has the settings that hold for all.

`SSLKEYLOGFILE` is not honoured: Python's own `ssl.create_default_context` writes the session keys of each connection to
the file of that name, and with it anybody who records the network can read passwords.
"""

import ssl
import sys

RECORD = 2**14
"""Bytes of what was encrypted that one record holds at most (RFC 8446 5.1)."""


def client_context() -> ssl.SSLContext:
    """For connecting: chain and name are verified, and no certificate authority is trusted yet."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def default_context(ca_file: str | None = None) -> ssl.SSLContext:
    """For connecting: verified against the system's store or a PEM file, as strictly as Python's own default.

    Raises OSError and ssl.SSLError for a file that cannot be used.
    """
    context = client_context()
    if sys.version_info >= (3, 13):  # what create_default_context has asked for since then
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    if ca_file:
        context.load_verify_locations(ca_file)
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context


def unverified_context() -> ssl.SSLContext:
    """For connecting: nothing is verified here; the caller looks at the certificate, or chose not to."""
    context = client_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def server_context() -> ssl.SSLContext:
    """For listening, without a certificate yet."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


def limit_read_buffers() -> None:
    """Has asyncio's own TLS read a record at a time: its buffers of 256 KiB for each connection add up over a fleet.

    For all connections that are made from now on, whoever makes them.
    """
    from asyncio import sslproto  # noqa: PLC0415 - where no loop runs none is needed

    if hasattr(sslproto.SSLProtocol, "max_size"):
        sslproto.SSLProtocol.max_size = RECORD
