"""Ports of this machine for servers that tests start, and its programs."""

from __future__ import annotations

import os
import shutil
import socket

import pytest


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def program(name: str, package: str) -> str:
    """Where a program is that tests drive; without it they fail, and say what to install."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which(name, path=path)
    return found or pytest.fail(
        f"{name} is not installed, and this test drives it: apt-get install {package}"
    )
