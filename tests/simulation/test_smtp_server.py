"""The model of an SMTP server keeps to RFC 5321, and notices clients that do not."""

from __future__ import annotations

import asyncio
from typing import Any

import aiosmtplib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.testing.simulation import EventLoop, Refusal, SmtpFaults, SmtpServer

MESSAGE = b"Subject: s\r\n\r\n.dot\r\n..\r\nwords\r\n"


class World:
    def __init__(self, seed: int = 1, **options: Any) -> None:
        self.loop = EventLoop(seed)
        self.server = SmtpServer(self.loop, **options)

    def run(self, client: Any) -> Any:
        async def main() -> Any:
            self.loop.start_process("mx", self.server.serve)
            await asyncio.sleep(1)
            return await client()

        return self.loop.run(main())

    def say(self, text: bytes, seconds: float = 1) -> list[str]:
        """Write to a connection and return the replies after some seconds."""

        async def client() -> list[str]:
            reader, writer = await asyncio.open_connection("mx", 25)
            writer.write(text)
            await asyncio.sleep(seconds)
            writer.close()
            return (await reader.read()).decode().splitlines()

        replies: list[str] = self.run(client)
        return replies


def send(*messages: bytes) -> Any:
    async def client() -> None:
        smtp = aiosmtplib.SMTP(hostname="mx", port=25, start_tls=False)
        await smtp.connect()
        for message in messages:
            await smtp.sendmail("from@example.org", ["to@example.org"], message)
        await smtp.quit()

    return client


def test_aiosmtplib_sends_unchanged() -> None:
    world = World()
    world.run(send(MESSAGE, MESSAGE))
    assert [each.content for each in world.server.accepted] == [MESSAGE, MESSAGE]
    assert {(each.sender, each.recipient) for each in world.server.accepted} == {
        ("from@example.org", "to@example.org")
    }
    assert all(each.is_answered for each in world.server.accepted)
    assert world.server.violations == []


@given(st.lists(st.sampled_from([b".", b"..", b"a", b"", b".a"]), max_size=6), st.integers(0, 999))
def test_dots_are_unstuffed(lines: list[bytes], seed: int) -> None:
    world = World(seed)
    world.loop.network.split_share = 0.5
    message = b"".join(line + b"\r\n" for line in [b"Subject: s", b"", *lines])
    world.run(send(message))
    assert world.server.accepted[0].content == message


HELLO = b"EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<to@example.org>\r\n"


def test_bdat() -> None:
    world = World(extensions=("PIPELINING", "CHUNKING"))
    replies = world.say(HELLO + b"BDAT 4\r\na.\r\nBDAT 2 LAST\r\n.\n")
    assert [reply[:3] for reply in replies[-4:]] == ["250"] * 4
    assert world.server.accepted[0].content == b"a.\r\n.\n"


def test_bdat_without_a_recipient_is_read_and_refused() -> None:
    world = World(extensions=("PIPELINING", "CHUNKING"), refused={"to@example.org": "550 5.1.1 no"})
    replies = world.say(HELLO + b"BDAT 5 LAST\r\nQUIT\nNOOP\r\n")
    assert [reply[:3] for reply in replies[-3:]] == ["550", "503", "250"]
    assert world.server.accepted == []


@pytest.mark.parametrize(
    ("extensions", "text", "violation"),
    [
        ((), HELLO, "came before the reply"),
        (("PIPELINING",), HELLO + b"DATA\r\nMAIL", "came before the reply"),
        (("PIPELINING",), b"EHLO c\r\nMAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\n", "inside a transaction"),
        (("PIPELINING",), HELLO + b"RCPT TO:<b@b>\r\n", "two recipients"),
        (("PIPELINING",), HELLO + b"BDAT 0 LAST\r\n", "without CHUNKING"),
        (("PIPELINING",), b"Hello\r\n", "unknown command"),
    ],
)
def test_violations_are_noticed(extensions: tuple[str, ...], text: bytes, violation: str) -> None:
    world = World(extensions=extensions)
    world.say(text)
    assert any(violation in each for each in world.server.violations), world.server.violations


def test_replies_to_pipelined_commands_come_together() -> None:
    world = World(faults=SmtpFaults(batch_replies=True))
    replies = world.say(HELLO + b"DATA\r\n")
    assert [reply[:3] for reply in replies] == ["220", "250", "250", "250", "250", "250", "354"]


def test_the_limit_of_messages_is_421() -> None:
    world = World(messages_per_connection=1)
    with pytest.raises(aiosmtplib.SMTPSenderRefused, match="421"):
        world.run(send(MESSAGE, MESSAGE))
    assert len(world.server.accepted) == 1


def test_everybody_is_refused_for_a_time() -> None:
    world = World(refusals=[Refusal(0, 100, "RCPT", "554 5.7.1 no")])
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        world.run(send(MESSAGE))

    async def later() -> None:
        await asyncio.sleep(200)
        await send(MESSAGE)()

    world = World(refusals=[Refusal(0, 100, "RCPT", "554 5.7.1 no")])
    world.run(later)
    assert len(world.server.accepted) == 1


@pytest.mark.parametrize(
    ("faults", "number"),
    [(SmtpFaults(lose_reply=1), 1), (SmtpFaults(drop=1), 0), (SmtpFaults(slow_final=1, final_delay=1e6), 1)],
)
def test_a_lost_reply_is_no_answer(faults: SmtpFaults, number: int) -> None:
    world = World(faults=faults)
    with pytest.raises(aiosmtplib.SMTPException):
        world.run(send(MESSAGE))
    assert [each.is_answered for each in world.server.accepted] == [False] * number


def test_deferral_greylisting_and_closing() -> None:
    for faults, code in ((SmtpFaults(deferral=1), "451"), (SmtpFaults(greylist=1), "450")):
        assert any(reply.startswith(code) for reply in World(faults=faults).say(HELLO))
    assert World(faults=SmtpFaults(closing=1)).say(HELLO)[-1].startswith("421")
