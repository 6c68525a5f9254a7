"""Ports of this machine for servers that tests start, and its programs."""

from __future__ import annotations

import os
import random
import shutil
import socket
from collections.abc import Iterator
from itertools import cycle

import pytest

# Below the ports that the system gives to clients, so that none of their connections takes one. Each worker
# of pytest-xdist has its own, so that no test asks the server of another.
PORTS = range(10_000, 32_000)
PORTS_PER_WORKER = 1_000


def _ports_of_this_process() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = PORTS.start + worker * PORTS_PER_WORKER % len(PORTS)
    ports = list(range(first, min(first + PORTS_PER_WORKER, PORTS.stop)))
    random.SystemRandom().shuffle(ports)
    return cycle(ports)


_ports = _ports_of_this_process()


def free_port() -> int:
    """A port on loopback that nobody listens on, and that no other test of this run is given."""
    for port in _ports:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("unreachable: the ports are cycled")


def program(name: str, package: str) -> str:
    """Where a program is that tests drive; without it they fail, and say what to install."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which(name, path=path)
    return found or pytest.fail(
        f"{name} is not installed, and this test drives it: apt-get install {package}"
    )
