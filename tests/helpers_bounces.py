"""Mails that come back, as servers, mailbox providers and people write them."""

from __future__ import annotations

from itertools import count

_NUMBERS = count(1)

RETURNED = """\
Return-Path: <{path}>
From: Harbour Post <news@harbour.example>
To: ada@reader.example
Subject: Harbour weekly
Message-ID: <1@harbour.example>
List-Unsubscribe: <https://letters.harbour.example/unsubscribe/{token}>,
 <mailto:news@harbour.example?subject=unsubscribe%20{token}>

The tide turned at noon.
"""


def message_id() -> str:
    return f"<{next(_NUMBERS)}@mx.reader.example>"


def dsn(
    path: str,
    status: str = "5.1.1",
    diagnostic: str = "550 5.1.1 <ada@reader.example>: no such user here",
    *,
    action: str = "failed",
    identity: str | None = None,
) -> bytes:
    """A delivery status notification (RFC 3464)."""
    text = f"""\
Return-Path: <>
Delivered-To: {path}
From: MAILER-DAEMON@mx.reader.example (Mail Delivery System)
To: {path}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: {identity or message_id()}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I could not deliver your message. Here is why:

<ada@reader.example>: {diagnostic}

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.reader.example
Arrival-Date: Fri, 10 Apr 2026 12:00:00 +0000

Original-Recipient: rfc822;ada@reader.example
Final-Recipient: rfc822; ada@reader.example
Action: {action}
Status: {status}
Remote-MTA: dns; mx2.reader.example
Diagnostic-Code: smtp; {diagnostic}

--b1
Content-Type: message/rfc822

{RETURNED.format(path=path, token="x")}
--b1--
"""
    return text.encode()


def complaint(
    path: str = "", *, kind: str = "abuse", to: str = "fbl@harbour.example", token: str = "x", field: str = ""
) -> bytes:
    """An abuse report (RFC 5965).

    Args:
        path: the return path that the returned message has.
        to: who the report was sent to.
        token: of the List-Unsubscribe of the returned message.
        field: a further field of the report.
    """
    returned = RETURNED.format(path=path, token=token)
    if not path:
        returned = returned.partition("\n")[2]
    text = f"""\
From: abuse@provider.example
To: {to}
Subject: FW: Harbour weekly
Message-ID: {message_id()}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b2"

--b2
Content-Type: text/plain

This is an abuse report for a message that you sent.

--b2
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
{field}
--b2
Content-Type: message/rfc822

{returned}
--b2--
"""
    return text.encode()


def plain(path: str, body: str, **headers: str) -> bytes:
    """A mail of plain text; further headers replace these."""
    values = {
        "from": "MAILER-DAEMON@mx.reader.example",
        "to": path,
        "subject": "failure notice",
        "message-id": message_id(),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\n" for name, value in values.items())
    return f"{head}\n{body}\n".encode()


QMAIL = """\
Hi. This is the qmail-send program at mx.reader.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ada@reader.example>:
{reason}

--- Below this line is a copy of the message.

Return-Path: <news@harbour.example>

The tide turned at noon.
"""

EXIM = """\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ada@reader.example
    {reason}

------ This is a copy of the message, including all the headers. ------
"""


def vacation(path: str, **headers: str) -> bytes:
    """What somebody's mail program answers."""
    values = {"from": "Ada <ada@reader.example>", "subject": "Re: Harbour weekly", **headers}
    return plain(path, "I am at sea until the 20th.\n\nAda", **values)


def unsubscribe(token: str, to: str = "bounces@news.example", **headers: str) -> bytes:
    """What a mail program sends for the mailto address of List-Unsubscribe."""
    subject = headers.pop("subject", f"unsubscribe {token}")
    return plain(to, "", **{"from": "Ada <ada@reader.example>", "subject": subject, **headers})
