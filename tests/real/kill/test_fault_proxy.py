"""The fault proxy recognises the steps of SMTP, however the bytes are split, and passes them on unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from helpers_fault_proxy import Dialogue
from hypothesis import given
from hypothesis import strategies as st

BODY = b"..\r\nText\r\n.. \r\n.x\r\n"


def replies(*codes: int) -> bytes:
    return b"".join(b"%d-more\r\n%d text\r\n" % (code, code) for code in codes)


def names(segments: list[tuple[str, bytes]]) -> list[str]:
    """The steps; a content that comes in parts is one step."""
    steps = [step for step, _ in segments]
    return [
        step
        for step, before in zip(steps, [None, *steps], strict=False)
        if (step, before) != ("content", "content")
    ]


def fed(
    data: bytes, cuts: list[int], feed: Callable[[bytes], Iterator[tuple[str, bytes]]]
) -> list[tuple[str, bytes]]:
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    return [each for start, end in pairwise(places) for each in feed(data[start:end])]


@given(st.lists(st.integers(0, 120)), st.sampled_from([b"", b".hidden\r\n", BODY]))
def test_steps_are_recognised_in_pipelined_groups(cuts: list[int], body: bytes) -> None:
    dialogue = Dialogue()
    assert names(list(dialogue.server(replies(220)))) == ["greeting"]
    envelope = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"
    first = fed(b"EHLO x\r\n" + envelope, cuts, dialogue.client)
    assert names(first) == ["EHLO", "MAIL", "RCPT", "DATA"]
    answers = fed(replies(250, 250, 250, 354), cuts, dialogue.server)
    assert names(answers) == ["EHLO reply", "MAIL reply", "RCPT reply", "DATA reply"]
    group = body + b".\r\n" + envelope
    second = fed(group, cuts, dialogue.client)
    assert names(second) == [*["content"] * bool(body), "dot", "MAIL", "RCPT", "DATA"]
    assert b"".join(part for _, part in second) == group
    # A refused DATA is followed by no content.
    answers = fed(replies(250, 250, 550, 554), cuts, dialogue.server)
    assert names(answers) == ["final reply", "MAIL reply", "RCPT reply", "DATA reply"]
    assert names(fed(b"QUIT\r\n", cuts, dialogue.client)) == ["QUIT"]
    assert names(list(dialogue.server(replies(221, 421)))) == ["QUIT reply", "unasked reply"]


@given(st.lists(st.integers(0, 120)), st.integers(1, 40))
def test_steps_are_recognised_in_chunks(cuts: list[int], last: int) -> None:
    dialogue = Dialogue()
    list(dialogue.server(replies(220)))
    first, rest = b"BDAT 9\r\n" + b"\r\n.\r\nQUIT", b"BDAT %d LAST\r\n" % last + b"." * last + b"QUIT\r\n"
    found = fed(first + rest, cuts, dialogue.client)
    assert b"".join(part for _, part in found) == first + rest
    assert names(found) == ["DATA", "content", "DATA", *["content"] * (last > 1), "dot", "QUIT"]
    answers = fed(replies(250, 250, 221), cuts, dialogue.server)
    assert names(answers) == ["chunk reply", "final reply", "QUIT reply"]
