"""Mail transactions: each way of sending does what lock step does, and wrong replies do no harm."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers_smtp import Behaviour, ScriptedServer, ServerEnd
from syndicate.delivery.transport import ConnectionLostError, SessionEnded
from syndicate.delivery.transports.smtp_connection import SmtpConnection
from syndicate.delivery.transports.smtp_protocol import SmtpProtocol
from syndicate.delivery.transports.smtp_replies import Phase, Reply, classify
from syndicate.errors import HeaderError
from syndicate.model import Outcome

SENDER = "news@harbour.example"
Result = tuple[str, str | int | None]


def sent(
    server: ScriptedServer, mails: Sequence[tuple[str, bytes]], *, block: int = 65536, messages: int = 1000
) -> list[Result]:
    """Send mails as the dispatcher does. Return recipient and result: a reply code, or how it was lost."""

    async def send_all() -> list[Result]:
        results: list[Result] = []
        waiting = list(mails)
        connection: SmtpConnection | None = None
        while waiting:
            connection = connection or server.connect(messages=messages, block=block)
            recipient, message = waiting[0]
            if len(waiting) > 1:
                connection.announce(SENDER, waiting[1][0], len(waiting[1][1]))
            marked = []

            async def before_commit(marked: list[bool] = marked) -> bool:
                await asyncio.sleep(0)
                marked.append(True)
                return True

            try:
                outcome = await connection.send(SENDER, recipient, message, before_commit)
            except SessionEnded:
                connection = None
                continue
            except ConnectionLostError as error:
                results.append((recipient, "in doubt" if marked and not error.is_unsent else "lost"))
                connection = None
            else:
                assert outcome is not None
                assert bool(marked) == (
                    outcome.state == "accepted" or server.script[recipient].final[:3] == str(outcome.code)
                )
                results.append((recipient, outcome.code))
            waiting.pop(0)
        if connection:
            await connection.quit()
        return results

    return asyncio.run(asyncio.wait_for(send_all(), 60))


refusals = st.sampled_from(["450 4.2.0 later", "550 5.1.1 unknown", "421 4.3.2 closing", "552 5.2.2 full"])


def behaviours(*, chunking: bool) -> st.SearchStrategy[Behaviour]:
    steps = ["rcpt", "content", "final"] if chunking else ["rcpt", "data", "content", "final"]
    faults = [
        st.just(Behaviour()),
        st.builds(Behaviour, rcpt=refusals),
        st.builds(Behaviour, final=refusals.filter(lambda reply: not reply.startswith("552"))),
        st.builds(Behaviour, drop=st.sampled_from(steps)),
    ]
    if not chunking:
        faults.append(st.builds(Behaviour, data=refusals))
    return st.one_of(faults)


lines = st.lists(
    st.sampled_from([b"", b".", b"..", b".a", b"words", b"x" * 70, "größer".encode()]), max_size=12
)
contents = lines.map(lambda each: b"Subject: s\r\n\r\n" + b"".join(line + b"\r\n" for line in each))


@given(data=st.data(), piece=st.integers(1, 40), block=st.integers(1, 200), messages=st.integers(1, 5))
def test_each_way_of_sending_does_what_lock_step_does(
    data: st.DataObject, piece: int, block: int, messages: int
) -> None:
    ways = data.draw(
        st.sampled_from(
            [[("PIPELINING",), ("PIPELINING", "EAGER")], [("CHUNKING",), ("PIPELINING", "CHUNKING")]]
        )
    )
    number = data.draw(st.integers(1, 8))
    script = {
        f"r{n}@example.org": data.draw(behaviours(chunking="CHUNKING" in ways[0])) for n in range(number)
    }
    mails = [(recipient, data.draw(contents)) for recipient in script]
    oracle = ScriptedServer((), script)
    # A connection that is lost in the message leaves it in doubt only if its last block was written.
    cut = {recipient for recipient, each in script.items() if each.drop == "content"}

    def known(results: list[Result]) -> list[Result]:
        return [(recipient, "cut" if recipient in cut else result) for recipient, result in results]

    expected = known(sent(oracle, mails))
    assert len(expected) == number
    for extensions in ways:
        server = ScriptedServer(extensions, script, piece)
        assert known(sent(server, mails, block=block, messages=messages)) == expected
        assert server.taken == oracle.taken
    taken = dict(oracle.taken)
    assert all(taken[recipient] == message for recipient, message in mails if recipient in taken)


def test_connection_that_is_lost_before_the_last_block_leaves_no_doubt() -> None:
    script = {"a@example.org": Behaviour(drop="content")}
    mails = [("a@example.org", b"x\r\n" * 20)]
    for extensions in ((), ("PIPELINING",), ("CHUNKING",)):
        assert sent(ScriptedServer(extensions, script), mails, block=16) == [("a@example.org", "lost")]
        assert sent(ScriptedServer(extensions, script), mails) == [("a@example.org", "in doubt")]


def test_pipelined_commands_follow_the_message() -> None:
    server = ScriptedServer(("PIPELINING",))
    written: list[bytes] = []
    write = ServerEnd.write

    def note(self: ServerEnd, data: bytes) -> None:
        written.append(data)
        write(self, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServerEnd, "write", note)
        sent(server, [("a@example.org", b"a\r\n"), ("b@example.org", b"b\r\n")])
    assert written == [
        b"MAIL FROM:<news@harbour.example>\r\nRCPT TO:<a@example.org>\r\nDATA\r\n",
        b"a\r\n.\r\nMAIL FROM:<news@harbour.example>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n",
        b"b\r\n.\r\n",
        b"QUIT\r\n",
    ]


def test_extensions_are_used_only_when_offered() -> None:
    plain, full = ScriptedServer(), ScriptedServer(("SIZE 1000", "8BITMIME", "SMTPUTF8", "CHUNKING"))
    for server in (plain, full):
        sent(server, [("a@example.org", b"a\r\n")])
    assert plain.log == ["MAIL FROM:<news@harbour.example>", "RCPT TO:<a@example.org>", "DATA", "QUIT"]
    assert full.log[:2] == [
        "MAIL FROM:<news@harbour.example> SIZE=3 BODY=8BITMIME",
        "RCPT TO:<a@example.org>",
    ]
    assert full.log[2:] == ["QUIT"]
    sent(full, [("ä@example.org", b"a\r\n")])
    assert full.log[3].endswith(" SMTPUTF8")


def test_a_failure_is_followed_by_rset() -> None:
    server = ScriptedServer((), {"a@example.org": Behaviour(rcpt="550 5.1.1 no")})
    assert sent(server, [("a@example.org", b"a\r\n"), ("b@example.org", b"b\r\n")]) == [
        ("a@example.org", 550),
        ("b@example.org", 250),
    ]
    assert [line.split()[0] for line in server.log] == [
        "MAIL",
        "RCPT",
        "RSET",
        "MAIL",
        "RCPT",
        "DATA",
        "QUIT",
    ]


def one(
    server: ScriptedServer, recipient: str, message: bytes = b"a\r\n", sender: str = SENDER
) -> Outcome | None:
    """Send one mail over a new connection."""

    async def send() -> Outcome | None:
        async def before_commit() -> bool:
            return True

        return await server.connect().send(sender, recipient, message, before_commit)

    return asyncio.run(send())


def test_message_that_is_too_large_is_not_sent() -> None:
    server = ScriptedServer(("SIZE 10",))
    outcome = one(server, "a@example.org", b"x" * 11)
    assert outcome
    assert (outcome.state, outcome.code, outcome.status, outcome.about) == ("failed", 552, "5.3.4", "sender")
    assert server.log == []
    assert one(ScriptedServer(("SIZE 0",)), "a@example.org", b"x" * 11) is not None


@pytest.mark.parametrize("bad", ["a@b\r\nRCPT TO:<c@d>", "a\n@b", "a\0@b"])
def test_line_break_in_an_address_is_refused(bad: str) -> None:
    server = ScriptedServer(("SMTPUTF8",))
    with pytest.raises(HeaderError):
        one(server, bad)
    with pytest.raises(HeaderError):
        one(server, "a@example.org", sender=bad)
    assert server.log == []


def test_lone_line_ends_cannot_end_the_message() -> None:
    server = ScriptedServer()
    one(server, "a@example.org", b"a\n.\nMAIL FROM:<x@y>\r.\rb")
    assert server.taken == [("a@example.org", b"a\r\n.\r\nMAIL FROM:<x@y>\r\n.\r\nb\r\n")]
    assert [line.split()[0] for line in server.log] == ["MAIL", "RCPT", "DATA"]


def test_delivery_of_another_worker_is_not_sent() -> None:
    server = ScriptedServer(("PIPELINING",))

    async def send() -> None:
        async def before_commit() -> bool:
            return False

        connection = server.connect()
        assert await connection.send(SENDER, "a@example.org", b"a\r\n", before_commit) is None
        with pytest.raises(SessionEnded):
            await connection.send(SENDER, "b@example.org", b"b\r\n", before_commit)

    asyncio.run(send())
    assert server.taken == []


@pytest.mark.parametrize(
    "reply",
    [
        b"hello\r\n",
        b"99 no\r\n",
        b"250-one\r\n251 two\r\n",
        b"25" * 5000,
        b"250-again\r\n" * 200,
        b"\r\n",
        b"354 what\r\n",
        b"250 ok\r\n" * 500,
    ],
)
def test_garbage_ends_the_connection_and_sends_nothing(reply: bytes) -> None:
    server = ScriptedServer()

    def answer(self: ServerEnd, line: str) -> None:
        server.log.append(line)
        asyncio.get_running_loop().call_soon(self.protocol.data_received, reply)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServerEnd, "_obey", answer)
        with pytest.raises(ConnectionLostError):
            one(server, "a@example.org")
    assert server.taken == []


def test_replies_after_the_last_one_are_no_answers() -> None:
    server = ScriptedServer()
    mails = [("a@example.org", b"a\r\n"), ("b@example.org", b"b\r\n")]
    server.script = {"a@example.org": Behaviour(final="250 2.0.0 taken\r\n250 2.0.0 twice")}
    assert sent(server, mails) == [("a@example.org", 250), ("b@example.org", 250)]
    assert server.opened == 2, "the first connection is out of step"


def test_a_reply_that_came_before_the_end_of_the_connection_counts() -> None:
    async def read() -> Reply:
        protocol = SmtpProtocol(ServerEnd(ScriptedServer()))
        protocol.data_received(b"250 2.0.0 taken\r\n")
        protocol.connection_lost(ConnectionResetError())
        return await protocol.read_reply("the end of the message", 5)

    assert asyncio.run(read()) == Reply(250, "2.0.0 taken")


@pytest.mark.parametrize(
    ("phase", "reply", "state", "about", "suppress", "attempted"),
    [
        ("final", "250 2.0.0 queued", "accepted", "recipient", False, True),
        ("rcpt", "550 5.1.1 no such user", "failed", "recipient", True, True),
        ("final", "550 5.1.1 no such user", "failed", "recipient", True, True),
        ("rcpt", "556 5.1.10 null MX", "failed", "recipient", True, True),
        ("rcpt", "550 5.1.6 moved", "failed", "recipient", True, True),
        ("rcpt", "550 5.1.0 rejected", "failed", "recipient", False, True),
        ("rcpt", "550 5.1.2 bad domain", "failed", "recipient", False, True),
        ("rcpt", "450 4.1.1 unverified", "deferred", "recipient", False, True),
        ("rcpt", "552 5.2.2 full", "failed", "recipient", False, True),
        ("rcpt", "550 5.2.1 disabled", "failed", "recipient", False, True),
        ("rcpt", "550 5.1.8 bad sender", "failed", "sender", False, True),
        ("rcpt", "554 5.7.1 relay access denied", "failed", "sender", False, True),
        ("rcpt", "554 relay access denied", "failed", "sender", False, True),
        ("rcpt", "550 no such user", "failed", "recipient", False, True),
        ("rcpt", "550 5.7.17 owner changed", "failed", "recipient", False, True),
        ("rcpt", "452 4.3.1 no space", "deferred", "server", False, True),
        ("rcpt", "421 4.3.2 closing", "deferred", "server", False, True),
        ("data", "451 4.3.0 later", "deferred", "server", False, True),
        ("final", "552 5.3.4 too big", "failed", "sender", False, True),
        ("final", "554 5.6.0 bad content", "failed", "sender", False, True),
        ("final", "550 spam", "failed", "sender", False, True),
        ("mail", "552 5.3.4 too big", "failed", "sender", False, True),
        ("mail", "530 5.7.0 authenticate", "failed", "sender", False, False),
        ("mail", "550 5.1.1 what", "failed", "sender", False, False),
        ("mail", "451 4.3.0 later", "deferred", "server", False, False),
    ],
)
def test_what_a_reply_means(
    phase: Phase, reply: str, state: str, about: str, suppress: bool, attempted: bool
) -> None:
    outcome = classify(phase, Reply(int(reply[:3]), reply[4:]))
    found = (outcome.state, outcome.about, outcome.suppress, outcome.attempted)
    assert found == (state, about, suppress, attempted)
    words = reply.split()
    assert outcome.status == (words[1] if words[1][1:2] == "." else None)
