"""Mail servers to send to: Postfix's `smtp-sink`, which throws mails away, and Postfix itself.

Both are processes of their own on loopback, in a temporary folder, and end with their context.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 30
_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
_DAEMONS = ("/usr/lib/postfix/sbin", "/usr/libexec/postfix")

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = {commands}
daemon_directory = {daemons}
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
alias_maps =
alias_database =
"""

MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
showq unix n - n - - showq
flush unix n - n 1000? 0 flush
pickup unix n - n 60 1 pickup
verify unix - - n - 1 verify
postlog unix-dgram n - n - 1 postlogd
"""


def program(name: str) -> str:
    """Return the path of a program of Postfix.

    Raises:
        FileNotFoundError: it is not installed.
    """
    found = shutil.which(name, path=_PATH)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed: apt-get install postfix")
    return found


def free_port() -> int:
    """Return a port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server accepts connections.

    Raises:
        RuntimeError: its process has ended, or it does not listen in time.
    """
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port} (exit code {process.poll()})")


@contextmanager
def smtp_sink(*options: str, port: int | None = None) -> Iterator[tuple[int, int]]:
    """Start `smtp-sink`, which accepts every mail and throws it away. Yield its port and process id."""
    port = port or free_port()
    as_user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [program("smtp-sink"), *as_user, *options, f"127.0.0.1:{port}", "1000"]
    process = subprocess.Popen(command)
    try:
        wait_until_open(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


class Postfix:
    """A Postfix of its own: configuration, queue and log in one folder, a high port, no chroot.

    Needs root, because Postfix changes to its own user.

    Attributes:
        folder: holds `conf`, `queue` and `log`. Every user can enter it: Postfix's processes are not root.
        port: of its SMTP server.
    """

    def __init__(self, *, port: int, settings: Mapping[str, str], services: str = "") -> None:
        """Write the configuration.

        Args:
            settings: of `main.cf`, in addition to `MAIN_CF` or in place of it; `{folder}` is the folder.
            services: lines of `master.cf`, in addition to `MASTER_CF`; `{folder}` is the folder.
        """
        self.folder = Path(tempfile.mkdtemp(prefix="postfix"))
        self.folder.chmod(0o755)
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None
        for name in ("conf", "queue", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        places = {
            "folder": str(self.folder),
            "commands": str(Path(program("postfix")).parent),
            "daemons": next(path for path in _DAEMONS if Path(path, "master").exists()),
            "port": str(port),
        }
        main = MAIN_CF + "".join(f"{name} = {value}\n" for name, value in settings.items())
        (self.folder / "conf" / "main.cf").write_text(_filled(main, places))
        (self.folder / "conf" / "master.cf").write_text(_filled(MASTER_CF + services, places))

    def start(self) -> None:
        """Start it and wait until its SMTP server accepts connections.

        Raises:
            RuntimeError: it does not start; the message has its log.
        """
        self._process = subprocess.Popen(
            [program("postfix"), "-c", str(self.folder / "conf"), "start-fg"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until_open(self.port, self._process)
        except RuntimeError as error:
            raise RuntimeError(f"Postfix does not start: {error}\n{self.log()}") from None

    def stop(self) -> None:
        """Stop it and its processes, as `postfix stop` does. What is queued stays queued."""
        if self._process is None:
            return
        self.run("postfix", "stop")
        self._process.wait(START_SECONDS)
        self._process = None

    def remove(self) -> None:
        """Stop it and delete its folder."""
        self.stop()
        shutil.rmtree(self.folder)

    def run(self, name: str, *arguments: str) -> str:
        """Run a program of Postfix (`postqueue`, `postsuper`) on this instance and return its output."""
        done = subprocess.run(
            [program(name), "-c", str(self.folder / "conf"), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
        )
        return done.stdout + done.stderr

    def log(self) -> str:
        """Return what it has logged."""
        path = self.folder / "log"
        return path.read_text("utf-8", "replace") if path.exists() else ""


@contextmanager
def postfix(*, port: int | None = None, services: str = "", **settings: str) -> Iterator[Postfix]:
    """Start a Postfix; see `Postfix`. Stop and remove it at the end."""
    server = Postfix(port=port or free_port(), settings=settings, services=services)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def _filled(text: str, places: Mapping[str, str]) -> str:
    # Not str.format: Postfix's own settings contain braces.
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", value)
    return text
