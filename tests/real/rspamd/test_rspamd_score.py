"""What rspamd says of real editions: it verifies DKIM, SPF and DMARC, and finds nothing wrong with us."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from helpers_dns import serving_dns, txt
from helpers_net import free_port, program
from helpers_signed_mail import sent_messages

SCENARIO = Path(__file__).parent
RELAY = "203.0.113.5"
ZONE = {
    ("harbour.example", "TXT"): [txt(f"v=spf1 ip4:{RELAY} -all")],
    ("harbour.example", "MX"): ["10 mail.harbour.example."],
    ("harbour.example", "A"): ["203.0.113.6"],
    ("letters.harbour.example", "TXT"): [txt(f"v=spf1 ip4:{RELAY} -all")],
    ("letters.harbour.example", "MX"): ["10 mail.harbour.example."],
    ("letters.harbour.example", "A"): ["203.0.113.6"],
    ("mail.harbour.example", "A"): [RELAY],
    ("5.113.0.203.in-addr.arpa", "PTR"): ["mail.harbour.example."],
    ("_dmarc.harbour.example", "TXT"): [txt("v=DMARC1; p=reject")],
}
# The hidden preview text is one invisible part. Ten of them would be a sign of spam.
EXPECTED = {"MANY_INVISIBLE_PARTS": 0.05}
# Whether the number of all links is odd. An edition may link to its home page at its top and at its end.
CHANCE = {"URI_COUNT_ODD"}


class Rspamd:
    """A running rspamd."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/checkv2"

    def scan(self, message: bytes) -> Mapping[str, Any]:
        """What it finds in a message that our relay hands over."""
        address = re.search(rb"^From: .*?([a-z.]+@[a-z.]+)", message, re.MULTILINE | re.DOTALL)
        recipient = re.search(rb"^To: .*?([a-z]+@reader\.example)", message, re.MULTILINE | re.DOTALL)
        assert address
        assert recipient
        headers = {
            "IP": RELAY,
            "Helo": "mail.harbour.example",
            "Hostname": "mail.harbour.example",
            "From": address[1].decode(),
            "Rcpt": recipient[1].decode(),
        }
        request = urllib.request.Request(self._url, data=message, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            found: Mapping[str, Any] = json.load(response)
        return found


@pytest.fixture(scope="module")
def rspamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rspamd]:
    folder = tmp_path_factory.mktemp("rspamd")
    shutil.copytree(SCENARIO / "local.d", folder / "conf" / "local.d")
    records = ZONE | {(name, "TXT"): [txt(value)] for name, value in sent_messages()[2].items()}
    port = free_port()
    with serving_dns(records) as dns_port:
        for file, name, value in (
            ("options.inc", "DNS_PORT", dns_port),
            ("options.inc", "FOLDER", SCENARIO),
            ("worker-normal.inc", "PORT", port),
        ):
            path = folder / "conf" / "local.d" / file
            path.write_text(path.read_text().replace(name, str(value)))
        folders = {"DBDIR": folder, "RUNDIR": folder, "LOGDIR": folder, "LOCAL_CONFDIR": folder / "conf"}
        command = [program("rspamd", "rspamd"), "-f", "-c", "/etc/rspamd/rspamd.conf"]
        command += [part for name, value in folders.items() for part in ("--var", f"{name}={value}")]
        if os.geteuid() == 0:
            command += ["-i", "-u", "root", "-g", "root"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(port, process, folder / "log")
            yield Rspamd(port)
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, log.read_text("utf-8", "replace")
            assert time.monotonic() < end, log.read_text("utf-8", "replace")
            time.sleep(0.05)
        else:
            return


def test_no_edition_has_a_bad_mark(rspamd: Rspamd) -> None:
    messages = sent_messages()[1]
    results = {name: rspamd.scan(message) for name, message in messages.items()}
    assert len(results) == 24
    for name, result in results.items():
        symbols = result["symbols"]
        bad = {each: symbol["score"] for each, symbol in symbols.items() if symbol["score"] > 0}
        assert {each: score for each, score in bad.items() if each not in CHANCE} == EXPECTED, name
        assert {"R_DKIM_ALLOW", "R_SPF_ALLOW", "DMARC_POLICY_ALLOW", "HAS_LIST_UNSUB"} <= set(symbols), name
        assert set(symbols["R_DKIM_ALLOW"]["options"]) == {
            "harbour.example:s=2026a",
            "harbour.example:s=2026b",
        }
        assert result["action"] == "no action"
        assert result["score"] < 0, name


def test_a_changed_message_is_noticed(rspamd: Rspamd) -> None:
    message = sent_messages()[1]["default en"]
    changed = message.replace(b"pendulum", b"pendulun")
    assert changed != message
    assert "R_DKIM_REJECT" in rspamd.scan(changed)["symbols"]
    assert "R_DKIM_ALLOW" not in rspamd.scan(changed)["symbols"]
