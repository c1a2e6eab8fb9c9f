"""A NATS server's configuration with the users of collectors, viewers and operators, each with what it may do.

    viewer     sees rows, states and events, asks; never commands
    operator   a viewer that sends commands, which it signs with its own key besides
    collector  writes, and answers, for its own site alone

Viewers read by direct gets and may create no consumer: one could have stored values delivered to a subject of
commands. Answers go to inboxes that carry the user's key, where nobody else may listen.
"""

from collections.abc import Iterable
from typing import NamedTuple

from phonetui.exchange.nats_subjects import AUDIT, CLAIMS, EVENTS, ROWS, STATES, streams, token

_ANSWERS = '{ max: 70, expires: "90s" }'
"""Of a question: as many parts as an answer may have, for as long as a command may take."""


class ServerUser(NamedTuple):
    role: str
    """`viewer`, `operator` or `collector`."""
    name: str
    """Of a collector its site's."""
    public: str
    """Its nkey."""


def permissions(user: ServerUser) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The subjects that a user may publish to, and those that it may subscribe to."""
    inbox = f"_INBOX.{user.public}.>"
    if user.role == "collector":
        site = token(user.name)
        publish = (
            f"$KV.{ROWS}.{site}.>", f"$KV.{STATES}.{site}.>", f"$KV.{CLAIMS}.{site}.*", f"ev.{site}.>",
            f"hb.{site}.*", f"audit.{site}", f"$JS.API.DIRECT.GET.KV_{CLAIMS}.$KV.{CLAIMS}.{site}.*",
            f"$JS.API.DIRECT.GET.KV_{ROWS}.$KV.{ROWS}.{site}.*._",
            *(f"$JS.API.STREAM.CREATE.{stream['name']}" for stream in streams()),
        )  # fmt: skip
        return publish, (f"ask.{site}.*.*", f"cmd.{site}.*", f"hb.{site}.*", inbox)
    publish = tuple(f"$JS.API.DIRECT.GET.{stream}" for stream in (f"KV_{ROWS}", f"KV_{STATES}", EVENTS))
    commands = ("cmd.>",) if user.role == "operator" else ()
    return (*publish, "ask.>", *commands), (f"$KV.{ROWS}.>", f"$KV.{STATES}.>", "hb.>", "ev.>", inbox)


def server_configuration(users: Iterable[ServerUser], listen: str, store: str) -> str:
    """The whole file; `store` is the folder of its values."""
    written = "\n".join(_user(user) for user in users)
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


def _user(user: ServerUser) -> str:
    publish, subscribe = permissions(user)
    answers = f", allow_responses: {_ANSWERS}" if user.role == "collector" else ""
    return (
        f"      # {user.role} {user.name}\n"
        f"      {{ nkey: {user.public}, permissions: {{\n"
        f"        publish: {{ allow: [{_quoted(publish)}] }},\n"
        f"        subscribe: {{ allow: [{_quoted(subscribe)}] }}{answers}\n"
        f"      }} }}"
    )


def _quoted(subjects: Iterable[str]) -> str:
    return ", ".join(f'"{subject}"' for subject in subjects)


STREAMS = (f"KV_{ROWS}", f"KV_{STATES}", f"KV_{CLAIMS}", EVENTS, AUDIT)
"""In the order in which `nats check` looks for them."""
