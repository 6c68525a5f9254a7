"""A DNS server on loopback, over UDP and TCP, that knows the records that it is given."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Records = Mapping[tuple[str, str], Sequence[str]]
"""The records by name and type, each as a zone file has it."""

_UDP_BYTES = 1232


def txt(value: str) -> str:
    """A TXT record as a zone file has it: in strings of at most 255 characters."""
    return " ".join(f'"{value[start : start + 255]}"' for start in range(0, len(value), 255))


def answer(query: bytes, records: Records, broken: Collection[str] = ()) -> dns.message.Message:
    """The answer to a query; SERVFAIL for a broken name. Aliases are followed."""
    asked = dns.message.from_wire(query)
    reply = dns.message.make_response(asked)
    question = asked.question[0]
    name, owner = question.name.to_text(omit_final_dot=True).lower(), question.name
    kind = dns.rdatatype.to_text(question.rdtype)
    if alias := records.get((name, "CNAME")):
        rrset = dns.rrset.from_text(owner, 60, "IN", "CNAME", *alias)
        reply.answer.append(rrset)
        owner = rrset[0].target
        name = owner.to_text(omit_final_dot=True).lower()
    if name in broken:
        reply.set_rcode(dns.rcode.SERVFAIL)
    elif found := records.get((name, kind)):
        reply.answer.append(dns.rrset.from_text(owner, 60, "IN", kind, *found))
    elif not any(each == name for each, _ in records):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply


@contextmanager
def serving_dns(
    records: Records, *, broken: Collection[str] = (), silent: Collection[str] = ()
) -> Iterator[int]:
    """A server for as long as the block lasts; gives its port.

    Args:
        broken: names that it answers SERVFAIL to.
        silent: names that it never answers; `*` for all.
    """

    def respond(query: bytes) -> dns.message.Message | None:
        name = dns.message.from_wire(query).question[0].name.to_text(omit_final_dot=True).lower()
        return None if {name, "*"} & {*silent} else answer(query, records, broken)

    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            query, sock = self.request
            if (reply := respond(query)) is None:
                return
            try:
                wire = reply.to_wire(max_size=_UDP_BYTES)
            except dns.exception.TooBig:
                reply.answer.clear()
                reply.flags |= dns.flags.TC
                wire = reply.to_wire()
            sock.sendto(wire, self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            query = self.rfile.read(int.from_bytes(self.rfile.read(2)))
            if (reply := respond(query)) is not None:
                wire = reply.to_wire()
                self.wfile.write(len(wire).to_bytes(2) + wire)

    with _servers(Udp, Tcp) as servers:
        threads = [
            threading.Thread(target=each.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
            for each in servers
        ]
        for thread in threads:
            thread.start()
        try:
            yield servers[0].server_address[1]
        finally:
            for each in servers:
                each.shutdown()
            for thread in threads:
                thread.join(10)


@contextmanager
def _servers(
    udp: type[socketserver.BaseRequestHandler], tcp: type[socketserver.BaseRequestHandler]
) -> Iterator[tuple[socketserver.UDPServer, socketserver.ThreadingTCPServer]]:
    """A server for each protocol, on the same port."""
    while True:
        udp_server = socketserver.UDPServer(("127.0.0.1", 0), udp)
        try:
            tcp_server = socketserver.ThreadingTCPServer(udp_server.server_address[:2], tcp)
        except OSError:
            # Another program has this port for TCP.
            udp_server.server_close()
            continue
        with udp_server, tcp_server:
            yield udp_server, tcp_server
        return
