"""What a receiver counts of a seeded way through a network: the truth behind a phone's bursts and gaps."""

from random import Random

from phonetui.simulator.media.model import NetworkPath, Profile
from phonetui.simulator.media.reception import JitterBuffer, Reception, Runs, reception


def heard(way: Profile, *, packets: int, seed: int = 1) -> Reception:
    route, runs = NetworkPath(way, Random(seed)), Runs()
    for _ in range(packets):
        runs.add(bad=route.carry() is None)
    lost = runs.bad_packets
    return reception(runs, JitterBuffer(received=packets - lost), lost=lost)
