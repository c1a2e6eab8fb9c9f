"""A network with a wall in it: phones that only the jump host can reach, in namespaces of their own.

this machine ── 10.213.N.0/28 ── bastion ── 10.213.N.16/28 ── phones
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True)
class Network:
    bastion: str
    """The bastion's address for us."""
    inside: str
    """The bastion's address for phones."""
    phones: str
    enter_bastion: tuple[str, ...]
    """What to write before a command for it to run there."""
    enter_phones: tuple[str, ...]


@contextmanager
def network() -> Iterator[Network]:
    """Skips where namespaces may not be made, saying why."""
    if shutil.which("ip") is None:
        pytest.skip("there is no ip command to make network namespaces with")
    tag, number = f"pt{os.getpid() % 100_000}", os.getpid() % 250
    here, bastion, inside, phones = (f"10.213.{number}.{last}" for last in (1, 2, 17, 18))
    steps = [
        f"netns add {tag}b",
        f"netns add {tag}p",
        f"link add {tag}0 type veth peer name out netns {tag}b",
        f"-n {tag}b link add in type veth peer name in netns {tag}p",
        f"address add {here}/28 dev {tag}0",
        f"link set {tag}0 up",
        f"-n {tag}b address add {bastion}/28 dev out",
        f"-n {tag}b address add {inside}/28 dev in",
        f"-n {tag}p address add {phones}/28 dev in",
        *(f"-n {tag}{space} link set {link} up" for space, link in (("b", "out"), ("b", "in"), ("p", "in"))),
        *(f"-n {tag}{space} link set lo up" for space in "bp"),
    ]
    try:
        for step in steps:
            made = subprocess.run(["ip", *step.split()], capture_output=True, text=True, check=False)
            if made.returncode:
                pytest.skip(f"no network namespace can be made here: ip {step}: {made.stderr.strip()}")
        yield Network(bastion, inside, phones, ("ip", "netns", "exec", f"{tag}b"), ("ip", "netns", "exec", f"{tag}p"))
    finally:
        for space in "bp":
            subprocess.run(["ip", "netns", "delete", f"{tag}{space}"], capture_output=True, check=False)
