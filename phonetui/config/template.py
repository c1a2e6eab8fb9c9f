"""The file that `config init` writes: every key commented out at its built-in default, with its meaning."""

from pathlib import Path

from phonetui import private
from phonetui.errors import ConfigError

TEXT = """\
# phonetui: the phones to watch and how. Lines that start with "#" and a blank explain; take the "#" off the others.
# 'phonetui config check' says what is wrong, with its line. Every value shown is the built-in default,
# but for those marked "example".

#[defaults]                       # any key of a phone, for all phones
#username = "xapi"
#password = { env = "LAB_PHONES" } # example; or { command = "pass show phones" }, { keyring = "phonetui" } (needs
                                  # phonetui[keyring]) or, in a file that nobody else can read, a string
#tls = "pin"                      # pin: trust on first use, refuse a change | ca: verify chain and name | off
#control = "confirm"              # off: read-only | confirm: take control of a phone first | on
#transport = "auto"               # auto | http | websocket | webex
#login = "basic"                  # basic: with each request | session: once, where the phone offers sessions
#poll = { call = 2.0, idle = 10.0, slow = 60.0 } # seconds: live calls, phones without a call, inventory; at least 0.5
#timeout_s = 10.0
#loss_rate_scale = "auto"         # auto | percent | rfc3611 | fraction
#mos_scale = "auto"               # auto | 1 | 10 | 100
#sendkey = { parameter = "auto" }  # its argument's name, found out; names = { VolDwn = "VolDown" } overrides spellings

# One such table for each phone. A phone needs PhoneOS 3.5 or later, web access switched on, and an xAPI account.
#[[phone]]                        # example
#name = "lobby"                   # unique
#host = "192.0.2.21"              # or url = "https://192.0.2.21:8443"
#group = "HQ/Ground floor"        # place in the tree, any depth
#jump = "bastion"                 # example
#model = "9851"                   # only to draw the phone before it has answered
#numbers = ["5021"]               # example: all that ring it, to see both ends of calls between phones
#mac = "00:1A:2B:3C:4D:5E"        # example: so that Webex's phone is known to be this one before it has answered;
#serial = "FVH12345678"           # example: likewise
#tags = ["reception"]             # also: fingerprint, tls_ca, tls_name and every key of [defaults]

# A phone that only Webex reaches: no password, no jump host; it needs [webex], and xAPI among the phone's capabilities.
#[[phone]]                        # example
#name = "kiosk"
#transport = "webex"
#device = "Y2lzY29zcGFyazovL…"    # its id in Webex; without it, host is the address under which Webex lists it

#[jump.bastion]                   # example: an SSH jump host; unset keys come from your OpenSSH configuration
#host = "bastion.example.com"     # also: port, user, key_file, known_hosts, via (a jump host behind another one),
#                                 # advertise (its address for phones, where it cannot be found out)

#[quality]                        # limits; a value on its limit is still good
#loss_pct = { fair = 1.0, poor = 3.0, critical = 5.0 }
#discard_pct = { fair = 1.0, poor = 2.0 }
#jitter_ms = { fair = 30.0, poor = 50.0 }
#round_trip_ms = { fair = 300.0, poor = 400.0, critical = 500.0 }
#decode_latency_ms = { fair = 80.0, poor = 150.0 }
#mos = { fair = 4.0, poor = 3.5, critical = 3.1 }
#mos_narrow = { fair = 3.5, poor = 3.1, critical = 2.6 } # G.729 and iLBC
#r_factor = { fair = 80.0, poor = 70.0, critical = 60.0 }
#burst_ms = { fair = 100.0, poor = 200.0 }
#stall_s = { fair = 2.0, poor = 4.0 }
#worsen = [3, 5]                  # samples of the last so many before a grade falls
#recover = [3, 5]

#[alerts]
#mute = []                        # "lobby", "lobby:jitter", "*:mwi"

#[history]
#days = 90                        # for how long the dashboard keeps calls; 0: not beyond its own run

#[feedback]                       # where phones push to
#listen = "auto"                  # auto: where phones are routed to, a free port | "192.0.2.1:8443" | off: polling only
#                                 # "0.0.0.0:8443" and "[::]:8443" are every address of ours, port 0 is a free one
#advertise = "auto"
#scheme = "http"                  # https with cert and key, for phones that trust them
#slot = "auto"                    # ours by its URL, else the first empty of 4, 2, 1
#through_jump = true              # ask the jump host to listen and hand pushes back

#[webex]                          # for 'phonetui webex', and the phones that the dashboard shows below Webex
#token = { env = "WEBEX_TOKEN" }  # example; or sign in with 'phonetui webex login', which needs your integration:
#client_id = "C123"               # example
#client_secret = { env = "WEBEX_SECRET" } # example; also: refresh_token (of a service app), scopes, org
#base_url = "https://webexapis.com/v1"

#[keys]                           # any action by its id, as 'phonetui' shows them under '?'; no key twice on one screen
#"call.dial" = "d"

#[ui]
#theme = "phonetui-dark"
#ascii = false
#mouse = true
#blink = false                   # true: lights that blink do so here, too
#privacy = false
#graphics = "blocks"              # a phone's screen in half blocks | in dots, where the terminal says that it can:
                                  # kitty, sixel, or auto for the better of these two
#timezone = "Europe/Berlin"       # example
"""


def write_template(path: Path) -> None:
    """Writes it with mode 0600. Raises ConfigError where anything is there already, or nothing can be written."""
    try:
        private.make_directory(path.parent)
        with open(path, "x", encoding="utf-8", opener=private.opener) as file:
            file.write(TEXT)
    except FileExistsError:
        raise ConfigError(f"{path}: is already there; it was left as it is") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or 'cannot be written'}") from error
