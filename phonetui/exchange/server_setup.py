"""Writes a NATS server's configuration: users for collectors, viewers and operators, with their permissions.

    viewer     sees rows, states and events of all sites or of some, asks; never commands
    operator   a viewer that sends commands there, which it signs with its own key besides
    collector  writes, and answers, for its own site alone

Viewers read by direct gets and may create no consumer: one could have stored values delivered to a subject of
commands. Answers go to inboxes that carry the user's key, where nobody else may listen.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from phonetui.exchange.nats_subjects import CLAIMS, EVENTS, ROWS, STATES, USER_INFO, stream_of, streams, token
from phonetui.text import printable

_ANSWERS = '{ max: 70, expires: "90s" }'
"""Of a question: as many parts as an answer may have, for as long as a command may take."""


class ServerUser(NamedTuple):
    """One user of the NATS server, whose role decides what it may publish and subscribe."""

    role: str
    """`viewer`, `operator` or `collector`."""
    name: str
    """Of a collector its site's."""
    public: str
    """Its nkey."""
    sites: tuple[str, ...] = ()
    """Those that a viewer or operator sees, and no other; empty for all."""


def permissions(user: ServerUser, sites: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The subjects that a user may publish to, and those that it may subscribe to; `sites` are all of the server's."""
    inbox = f"_INBOX.{user.public}.>"
    if user.role == "collector":
        site = token(user.name)
        publish = (
            f"$KV.{ROWS}.{site}.>", f"$KV.{STATES}.{site}.>", f"$KV.{CLAIMS}.{site}.*", f"ev.{site}.>",
            f"hb.{site}.*", f"audit.{site}",
            *(f"$JS.API.DIRECT.GET.{stream_of(kind, site)}.>" for kind in (ROWS, CLAIMS)),
            *(f"$JS.API.STREAM.CREATE.{stream['name']}" for stream in streams(site)),
        )  # fmt: skip
        return publish, (f"ask.{site}.*.*", f"cmd.{site}.*", f"hb.{site}.*", inbox)
    seen = [token(site) for site in user.sites or sites]
    streams_seen = [stream_of(kind, site) for site in seen for kind in (ROWS, STATES, EVENTS)]
    reads = (f"$JS.API.DIRECT.GET.{stream}{more}" for stream in streams_seen for more in ("", ".>"))
    places = seen if user.sites else ["*"]
    return (
        (
            *reads, *(f"ask.{site}.>" for site in places), USER_INFO,
            *(() if user.sites else ("$JS.API.STREAM.NAMES",)),
            *(f"cmd.{site}.*" for site in places if user.role == "operator"),
        ),
        (*(f"{kind}.{site}.>" for site in places for kind in (f"$KV.{ROWS}", f"$KV.{STATES}", "hb", "ev")), inbox),
    )  # fmt: skip


def server_configuration(users: Sequence[ServerUser], listen: str, store: str) -> str:
    """The whole file; `store` is the folder of its values."""
    sites = [user.name for user in users if user.role == "collector"]
    written = "\n".join(_user(user, sites) for user in users)
    return f"""\
# Written by 'phonetui nats init', which writes it anew: keys that lie beside it stay.
listen: "{listen}"
jetstream {{ store_dir: "{store}" }}
max_payload: 1MB

# Beyond one machine, have it speak TLS, and give collectors and viewers the certificates as [nats] ca:
# tls {{ cert_file: "server.pem", key_file: "server-key.pem" }}

# A site with a server of its own goes on watching while it is cut off: that is a leaf node (nats.io, Leaf Nodes),
# with a JetStream domain of its own.

accounts {{
  PHONETUI {{
    jetstream: enabled
    users: [
{written}
    ]
  }}
}}
"""


def _user(user: ServerUser, sites: Iterable[str]) -> str:
    publish, subscribe = permissions(user, sites)
    answers = f", allow_responses: {_ANSWERS}" if user.role == "collector" else ""
    return (
        f"      # {user.role} {printable(user.name)}{_of(user.sites)}\n"
        f"      {{ nkey: {user.public}, permissions: {{\n"
        f"        publish: {{ allow: [{_quoted(publish)}] }},\n"
        f"        subscribe: {{ allow: [{_quoted(subscribe)}] }}{answers}\n"
        f"      }} }}"
    )


def _of(sites: tuple[str, ...]) -> str:
    return f" of {', '.join(map(printable, sites))}" if sites else ""


def _quoted(subjects: Iterable[str]) -> str:
    return ", ".join(f'"{subject}"' for subject in subjects)
