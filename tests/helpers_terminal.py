"""The command line on a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

from helpers_site import environment


def run_in_terminal(folder: Path, *arguments: str, columns: int = 100, **more: str) -> tuple[int, str]:
    """Run `syndicate` on a terminal; return its exit code and everything that it wrote.

    Args:
        folder: the current folder.
        columns: width of the terminal.
        more: environment variables.
    """
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    variables = {name: value for name, value in environment().items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "syndicate", *arguments],
        cwd=folder,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=variables | {"TERM": "xterm-256color"} | more,
    )
    os.close(terminal)
    received = b""
    try:
        while chunk := os.read(master, 65536):
            received += chunk
    except OSError:
        pass  # Linux reports EIO when the last process closes the terminal.
    finally:
        os.close(master)
    return process.wait(300), received.decode().replace("\r\n", "\n")
