"""A DNS server on loopback that knows the records that it is given."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Records = Mapping[tuple[str, str], Sequence[str]]
"""The records by name and type, each as a zone file has it."""


def txt(value: str) -> str:
    """A TXT record as a zone file has it: in strings of at most 255 characters."""
    return " ".join(f'"{value[start : start + 255]}"' for start in range(0, len(value), 255))


def answer(query: bytes, records: Records) -> bytes:
    """The answer to a query."""
    asked = dns.message.from_wire(query)
    reply = dns.message.make_response(asked)
    question = asked.question[0]
    name = question.name.to_text(omit_final_dot=True).lower()
    kind = dns.rdatatype.to_text(question.rdtype)
    if found := records.get((name, kind)):
        reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *found))
    elif not any(each == name for each, _ in records):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply.to_wire(max_size=4096)


@contextmanager
def serving_dns(records: Records) -> Iterator[int]:
    """A server for as long as the block lasts; gives its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.1)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    query, client = server.recvfrom(4096)
                except TimeoutError:
                    continue
                server.sendto(answer(query, records), client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            thread.join(10)
