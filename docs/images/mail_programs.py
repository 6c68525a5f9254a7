"""Screenshots of an edition in mail programs: Thunderbird, light and dark, and neomutt in a terminal.

    python docs/images/mail_programs.py              thunderbird.png, thunderbird-dark.png and neomutt.png
    python docs/images/mail_programs.py --to FOLDER  the same in FOLDER, and the HTML in w3m as text: w3m.txt

The edition is one of examples/harbour, sent into a Maildir. The programs run on a virtual screen with their
own folders and without network: Thunderbird gets images from a proxy of this script, which answers for every
host from the folder of the example. In addition to the requirements of editions.py:

    apt-get install thunderbird libnss3-tools neomutt xterm xvfb xdotool imagemagick w3m
"""

# ruff: noqa: S603   Programs are started by their full path, with our own arguments.

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
from editions import HARBOUR, HERE, send_editions, write_png

PROFILE: dict[str, str | int] = {
    "mail.accountmanager.accounts": "account1",
    "mail.accountmanager.localfoldersserver": "server1",
    "mail.account.account1.server": "server1",
    "mail.server.server1.type": "none",
    "mail.server.server1.name": "Local Folders",
    "mail.server.server1.hostname": "Local Folders",
    "mail.server.server1.userName": "nobody",
    "mail.server.server1.directory-rel": "[ProfD]Mail/Local Folders",
    # No dialogs at the first start.
    "app.donation.eoy.version.viewed": 999,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.shell.checkDefaultClient": False,
    "mail.spotlight.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "mailnews.start_page_override.mstone": "ignore",
    # No background network access.
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


def find_program(name: str) -> str:
    """Return the path of a program; exit with a hint if it is missing."""
    return shutil.which(name) or sys.exit(f"needs {name}: see the top of {Path(__file__).name}")


def run(*arguments: str | Path, display: str = "") -> str:
    """Run a program and return its output."""
    environment = {**os.environ, "DISPLAY": display}
    done = subprocess.run(
        [find_program(str(arguments[0])), *map(str, arguments[1:])],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout


@contextmanager
def running(*arguments: str | Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program, and end it with its children afterwards."""
    process = subprocess.Popen(
        [find_program(str(arguments[0])), *map(str, arguments[1:])],
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
    """Start a virtual screen; give its name."""
    size = f"{WINDOW[0] + 100}x{WINDOW[1] + 100}x24"
    # Without -noreset it restarts when the first client disconnects.
    command = ("Xvfb", "-displayfd", "1", "-screen", "0", size, "-nolisten", "tcp", "-noreset")
    with running(*command) as server:
        assert server.stdout is not None
        yield f":{server.stdout.readline().decode().strip()}"


def take_screenshot(display: str, title: str, file: Path, *, size: tuple[int, int] | None = None) -> None:
    """Wait until a window appears and no longer changes; then write a screenshot.

    Args:
        display: name of the screen.
        title: beginning of the window title.
        file: the file to write.
        size: resize the window to this size in pixels.
    """
    deadline = time.monotonic() + 90
    while not (windows := run("xdotool", "search", "--onlyvisible", "--name", f"^{title}", display=display)):
        if time.monotonic() > deadline:
            raise SystemExit(f"no window {title!r} appeared")
        time.sleep(0.5)
    window = windows.split()[0]
    if size:
        run("xdotool", "windowsize", window, str(size[0]), str(size[1]), display=display)
    run("xdotool", "mousemove", "0", "0", display=display)
    dateless = ("-define", "png:exclude-chunks=date,time")
    last, same = b"", 0
    while same < 3:
        if time.monotonic() > deadline:
            raise SystemExit(f"the window {title!r} does not stop changing")
        time.sleep(1)
        run("import", "-window", window, *dateless, file, display=display)
        now = file.read_bytes() if file.is_file() else b""
        last, same = now, same + 1 if now and now == last else 0


class ImageProxy(StreamRequestHandler):
    """Answers for any host over TLS with the images of the example."""

    secure: SSLContext

    def handle(self) -> None:
        """Answer `CONNECT`, then one request."""
        try:
            if not self._read_request().startswith("CONNECT "):
                return
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            self.connection = self.secure.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            file = HARBOUR / "images" / Path(self._read_request().split(" ")[1]).name
            body = file.read_bytes() if file.is_file() else b""
            head = f"HTTP/1.1 {200 if body else 404} -\r\nContent-Type: image/png\r\nConnection: close\r\n"
            self.connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        except (OSError, IndexError):
            return  # The client has closed the connection, or sent no request.

    def _read_request(self) -> str:
        line = self.rfile.readline().decode("latin-1")
        while self.rfile.readline().strip():
            pass
        return line

    def finish(self) -> None:
        """Close the TLS connection, which the base class does not know."""
        self.rfile.close()
        self.connection.close()


@contextmanager
def image_proxy(folder: Path, host: str) -> Iterator[int]:
    """Run the proxy for a host, and add its certificate authority to the profile; give its port."""
    authority = trustme.CA()
    secure = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(secure)
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    profile = f"sql:{folder / 'profile'}"
    run("certutil", "-N", "-d", profile, "--empty-password")
    run("certutil", "-A", "-d", profile, "-n", "authority", "-t", "C,,", "-i", folder / "authority.pem")
    handler = type("Handler", (ImageProxy,), {"secure": secure})
    with ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def thunderbird(message: bytes, file: Path, *, dark: bool) -> None:
    """Write a screenshot of a message in Thunderbird."""
    subject = email.message_from_bytes(message, policy=policy.default)["Subject"]
    with ExitStack() as stack:
        temporary = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        display = stack.enter_context(screen())
        home = Path(temporary)
        (home / "profile" / "Mail" / "Local Folders").mkdir(parents=True)
        port = stack.enter_context(image_proxy(home, "harbour.example"))
        proxy: dict[str, str | int] = {
            f"{PROXY}.type": 1,
            f"{PROXY}.ssl": "127.0.0.1",
            f"{PROXY}.ssl_port": port,
        }
        proxy |= {f"{PROXY}.http": "127.0.0.1", f"{PROXY}.http_port": port}
        settings = PROFILE | proxy | (DARK if dark else {})
        lines = (f"user_pref({_js(name)}, {_js(value)});\n" for name, value in settings.items())
        (home / "profile" / "user.js").write_text("".join(lines), "utf-8")
        (home / "edition.eml").write_bytes(message)
        command = ("thunderbird", "--no-remote", "--profile", home / "profile", "-file", home / "edition.eml")
        variables = {"DISPLAY": display, "HOME": temporary, "TZ": "UTC", "MOZ_CRASHREPORTER_DISABLE": "1"}
        with running(*command, **variables):
            take_screenshot(display, subject, home / "screenshot.png", size=WINDOW)
        write_png(home / "screenshot.png", file)


def _js(value: str | int) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def neomutt(message: bytes, file: Path) -> None:
    """Write a screenshot of a message in neomutt."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary, screen() as display:
        home = Path(temporary)
        mailbox.Maildir(home / "outbox").add(message)
        (home / "muttrc").write_text(MUTTRC.format(outbox=home / "outbox"), "utf-8")
        neomutt_command = (find_program("neomutt"), "-n", "-F", home / "muttrc", "-f", home / "outbox")
        command = (
            "xterm",
            "-T",
            "edition",
            *FONT,
            "-b",
            "12",
            "-geometry",
            "82x46",
            "+sb",
            "-tn",
            "xterm-256color",
            "-e",
            *neomutt_command,
        )
        variables = {"DISPLAY": display, "HOME": temporary, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        with running(*command, **variables):
            take_screenshot(display, "edition", home / "screenshot.png")
        write_png(home / "screenshot.png", file)


def w3m(message: bytes, file: Path) -> None:
    """Write the HTML of a message as w3m shows it."""
    parsed = email.message_from_bytes(message, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    body = parsed.get_body(("html",))
    assert body is not None
    with tempfile.TemporaryDirectory() as temporary:
        page = Path(temporary) / "edition.html"
        page.write_text(body.get_content(), "utf-8")
        file.write_text(run("w3m", "-dump", "-I", "UTF-8", "-O", "UTF-8", "-cols", "80", page), "utf-8")


def main() -> None:
    """Read the arguments and write the screenshots."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--to", type=Path, help="write to this folder")
    parser.add_argument("--theme", default="default")
    arguments = parser.parse_args()
    folder = arguments.to or HERE
    folder.mkdir(parents=True, exist_ok=True)
    ((_, message),) = send_editions(HARBOUR, [arguments.theme])
    thunderbird(message, folder / "thunderbird.png", dark=False)
    thunderbird(message, folder / "thunderbird-dark.png", dark=True)
    neomutt(message, folder / "neomutt.png")
    if arguments.to:
        w3m(message, folder / "w3m.txt")


if __name__ == "__main__":
    main()
