"""Where call figures come from: packets that one phone sends and the other receives.

    Media ──connect──► Link ┬─ caller: End ◄── Profile (what it hears comes through) ──┐
                            └─ callee: End ── Profile ────────────────────────────────►┘

`model` draws the packets from a seeded chain, without a socket or a clock; `live` sends real RTP over loopback, through
an impairment `relay`. Every figure is read off received packets, so that no two of them can disagree.
"""

from phonetui.simulator.media.link import PROFILES, Profile, losing

__all__ = ["PROFILES", "Profile", "losing"]
