"""Pictures of a letter in mail programs: Thunderbird, light and dark, and neomutt in a terminal.

    python docs/images/programs.py              thunderbird.png, thunderbird-dark.png and neomutt.png
    python docs/images/programs.py --to FOLDER  the same elsewhere, and what w3m makes of the HTML: w3m.txt

The letter is one of examples/harbour, read from the Maildir that it was sent into. The programs run on a
virtual screen with folders of their own, and reach no network: Thunderbird gets pictures from a proxy of
ours, which answers for every host out of the example's folder. Besides what letters.py needs:

    apt-get install thunderbird libnss3-tools neomutt xterm xvfb xdotool imagemagick w3m
"""

# ruff: noqa: S603   Programs are started by the path at which they were found, with words of our own.

from __future__ import annotations

import argparse
import email
import mailbox
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email import policy
from email.message import EmailMessage
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from threading import Thread

import trustme
from letters import HARBOUR, HERE, reduced, sent

PROFILE: dict[str, str | int] = {
    "mail.accountmanager.accounts": "account1",
    "mail.accountmanager.localfoldersserver": "server1",
    "mail.account.account1.server": "server1",
    "mail.server.server1.type": "none",
    "mail.server.server1.name": "Local Folders",
    "mail.server.server1.hostname": "Local Folders",
    "mail.server.server1.userName": "nobody",
    "mail.server.server1.directory-rel": "[ProfD]Mail/Local Folders",
    # Nothing that opens by itself at a first start.
    "app.donation.eoy.version.viewed": 999,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.shell.checkDefaultClient": False,
    "mail.spotlight.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "mailnews.start_page_override.mstone": "ignore",
    # Nothing that is sent or fetched of its own accord.
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "mail.inappnotifications.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
    "mailnews.message_display.disable_remote_image": False,
}
DARK: dict[str, str | int] = {
    "ui.systemUsesDarkTheme": 1,
    "extensions.activeThemeID": "thunderbird-compact-dark@mozilla.org",
    "browser.theme.toolbar-theme": 0,
    "browser.theme.content-theme": 0,
}
PROXY = "network.proxy"
WINDOW = (860, 1000)
MUTTRC = """\
set folder = "{outbox}"
set header_cache = ""
set message_cachedir = ""
set pager_index_lines = 3
set pager_stop = yes
set wait_key = no
set mark_old = no
set sleep_time = 0
set smart_wrap = yes
set date_format = "%d %b %Y"
set index_format = " %Z %D  %-15.15F  %s"
alternative_order text/plain text/html
ignore *
unignore from: to: subject: date:
hdr_order date: from: to: subject:
color normal default default
color indicator black color179
color status white color24
color hdrdefault color109 default
color header brightwhite default ^Subject:
push <display-message>
"""
FONT = ("-fa", "DejaVu Sans Mono", "-fs", "11", "-bg", "#16181d", "-fg", "#e6e3dc")


def program(name: str) -> str:
    """Where a program is; leaves with what to install if it is missing."""
    return shutil.which(name) or sys.exit(f"needs {name}: see the top of {Path(__file__).name}")


def told(*words: str | Path, display: str = "") -> str:
    """What a program prints; none of them takes long."""
    environment = {**os.environ, "DISPLAY": display}
    done = subprocess.run(
        [program(str(words[0])), *map(str, words[1:])],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout


@contextmanager
def running(*words: str | Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is ended, with all that it started, when we are done with it."""
    process = subprocess.Popen(
        [program(str(words[0])), *map(str, words[1:])],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=20)


@contextmanager
def screen() -> Iterator[str]:
    """A virtual screen; gives its name."""
    size = f"{WINDOW[0] + 100}x{WINDOW[1] + 100}x24"
    # Without -noreset it starts anew, and throws everybody out, when the first who looked round has gone.
    words = ("Xvfb", "-displayfd", "1", "-screen", "0", size, "-nolisten", "tcp", "-noreset")
    with running(*words) as server:
        assert server.stdout is not None
        yield f":{server.stdout.readline().decode().strip()}"


def taken(display: str, title: str, picture: Path, *, size: tuple[int, int] | None = None) -> None:
    """Wait for a window, and until it no longer changes; then take its picture.

    Args:
        display: the screen.
        title: how the window's title begins.
        picture: where the picture goes.
        size: what the window is made to measure, in pixels; as it comes if absent.
    """
    deadline = time.monotonic() + 90
    while not (found := told("xdotool", "search", "--onlyvisible", "--name", f"^{title}", display=display)):
        if time.monotonic() > deadline:
            raise SystemExit(f"no window {title!r} came up")
        time.sleep(0.5)
    window = found.split()[0]
    if size:
        told("xdotool", "windowsize", window, str(size[0]), str(size[1]), display=display)
    told("xdotool", "mousemove", "0", "0", display=display)
    dateless = ("-define", "png:exclude-chunks=date,time")
    last, same = b"", 0
    while same < 3:
        if time.monotonic() > deadline:
            raise SystemExit(f"the window {title!r} does not come to rest")
        time.sleep(1)
        told("import", "-window", window, *dateless, picture, display=display)
        now = picture.read_bytes() if picture.is_file() else b""
        last, same = now, same + 1 if now and now == last else 0


class Pictures(StreamRequestHandler):
    """Speaks for any host, over TLS, and gives the example's pictures."""

    secure: SSLContext

    def handle(self) -> None:
        """Answer `CONNECT`, then one request; anything else, and whoever hangs up, is left."""
        try:
            if not self._asked().startswith("CONNECT "):
                return
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            self.connection = self.secure.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            file = HARBOUR / "images" / Path(self._asked().split(" ")[1]).name
            body = file.read_bytes() if file.is_file() else b""
            head = f"HTTP/1.1 {200 if body else 404} -\r\nContent-Type: image/png\r\nConnection: close\r\n"
            self.connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        except (OSError, IndexError):
            return

    def _asked(self) -> str:
        line = self.rfile.readline().decode("latin-1")
        while self.rfile.readline().strip():
            pass
        return line

    def finish(self) -> None:
        """Close what the handshake made of the connection."""
        self.rfile.close()
        self.connection.close()


@contextmanager
def site(folder: Path, host: str) -> Iterator[int]:
    """Answer for a host, and put the certificate's maker into a profile; gives the proxy's port."""
    maker = trustme.CA()
    secure = SSLContext(PROTOCOL_TLS_SERVER)
    maker.issue_cert(host).configure_cert(secure)
    maker.cert_pem.write_to_path(str(folder / "maker.pem"))
    profile = f"sql:{folder / 'profile'}"
    told("certutil", "-N", "-d", profile, "--empty-password")
    told("certutil", "-A", "-d", profile, "-n", "maker", "-t", "C,,", "-i", folder / "maker.pem")
    handler = type("Handler", (Pictures,), {"secure": secure})
    with ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def thunderbird(letter: bytes, file: Path, *, dark: bool) -> None:
    """Open a letter in Thunderbird and take its picture."""
    subject = email.message_from_bytes(letter, policy=policy.default)["Subject"]
    with ExitStack() as stack:
        temporary = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        display = stack.enter_context(screen())
        home = Path(temporary)
        (home / "profile" / "Mail" / "Local Folders").mkdir(parents=True)
        port = stack.enter_context(site(home, "harbour.example"))
        proxy: dict[str, str | int] = {
            f"{PROXY}.type": 1,
            f"{PROXY}.ssl": "127.0.0.1",
            f"{PROXY}.ssl_port": port,
        }
        proxy |= {f"{PROXY}.http": "127.0.0.1", f"{PROXY}.http_port": port}
        settings = PROFILE | proxy | (DARK if dark else {})
        lines = (f"user_pref({_js(name)}, {_js(value)});\n" for name, value in settings.items())
        (home / "profile" / "user.js").write_text("".join(lines), "utf-8")
        (home / "letter.eml").write_bytes(letter)
        words = ("thunderbird", "--no-remote", "--profile", home / "profile", "-file", home / "letter.eml")
        own = {"DISPLAY": display, "HOME": temporary, "TZ": "UTC", "MOZ_CRASHREPORTER_DISABLE": "1"}
        with running(*words, **own):
            taken(display, subject, home / "taken.png", size=WINDOW)
        reduced(home / "taken.png", file)


def _js(value: str | int) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def neomutt(letter: bytes, file: Path) -> None:
    """Open a Maildir in neomutt and take a picture of the letter's text."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary, screen() as display:
        home = Path(temporary)
        mailbox.Maildir(home / "outbox").add(letter)
        (home / "muttrc").write_text(MUTTRC.format(outbox=home / "outbox"), "utf-8")
        reader = (program("neomutt"), "-n", "-F", home / "muttrc", "-f", home / "outbox")
        words = (
            "xterm",
            "-T",
            "letter",
            *FONT,
            "-b",
            "12",
            "-geometry",
            "82x46",
            "+sb",
            "-tn",
            "xterm-256color",
            "-e",
            *reader,
        )
        own = {"DISPLAY": display, "HOME": temporary, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        with running(*words, **own):
            taken(display, "letter", home / "taken.png")
        reduced(home / "taken.png", file)


def w3m(letter: bytes, file: Path) -> None:
    """Write what a browser for terminals makes of a letter's HTML."""
    message = email.message_from_bytes(letter, policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("html",))
    assert body is not None
    with tempfile.TemporaryDirectory() as temporary:
        page = Path(temporary) / "letter.html"
        page.write_text(body.get_content(), "utf-8")
        file.write_text(told("w3m", "-dump", "-I", "UTF-8", "-O", "UTF-8", "-cols", "80", page), "utf-8")


def main() -> None:
    """Read the command line, and make the pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--to", type=Path, help="another folder for the pictures")
    parser.add_argument("--theme", default="default")
    given = parser.parse_args()
    folder = given.to or HERE
    folder.mkdir(parents=True, exist_ok=True)
    ((_, letter),) = sent(HARBOUR, [given.theme])
    thunderbird(letter, folder / "thunderbird.png", dark=False)
    thunderbird(letter, folder / "thunderbird-dark.png", dark=True)
    neomutt(letter, folder / "neomutt.png")
    if given.to:
        w3m(letter, folder / "w3m.txt")


if __name__ == "__main__":
    main()
