"""Delivery by the `sendmail` command of a mail server on this machine, such as Postfix or Exim."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, Self

from pydantic import Field

from ...errors import TransportError, Where
from ...model import Outcome
from ..transport import ConnectionLostError, TransportSession
from .smtp_replies import single_line
from .transport_url import TransportOptions, TransportUrl

_DEFAULT_COMMAND = "/usr/sbin/sendmail"
_MAX_OUTPUT = 2_000


class SendmailOptions(TransportOptions):
    """The options of `sendmail:`."""

    connections: int = Field(default=4, ge=1, le=100, description="a number from 1 to 100")


@dataclass(frozen=True, slots=True)
class ExitCode:
    """What an exit code of sysexits.h says about a message.

    Attributes:
        name: in sysexits.h.
        about: see `Outcome`.
        status: the enhanced status code of the same meaning (RFC 3463).
    """

    name: str
    state: Literal["deferred", "failed"]
    about: Literal["recipient", "sender", "server"]
    status: str


EXIT_CODES = {
    64: ExitCode("EX_USAGE", "failed", "server", "5.5.4"),
    65: ExitCode("EX_DATAERR", "failed", "recipient", "5.6.0"),
    66: ExitCode("EX_NOINPUT", "deferred", "server", "4.3.0"),
    67: ExitCode("EX_NOUSER", "failed", "recipient", "5.1.1"),
    68: ExitCode("EX_NOHOST", "failed", "recipient", "5.1.2"),
    69: ExitCode("EX_UNAVAILABLE", "deferred", "server", "4.3.0"),
    70: ExitCode("EX_SOFTWARE", "deferred", "server", "4.3.0"),
    71: ExitCode("EX_OSERR", "deferred", "server", "4.3.0"),
    72: ExitCode("EX_OSFILE", "deferred", "server", "4.3.5"),
    73: ExitCode("EX_CANTCREAT", "deferred", "server", "4.3.0"),
    74: ExitCode("EX_IOERR", "deferred", "server", "4.3.0"),
    75: ExitCode("EX_TEMPFAIL", "deferred", "server", "4.3.0"),
    76: ExitCode("EX_PROTOCOL", "deferred", "server", "4.5.0"),
    77: ExitCode("EX_NOPERM", "failed", "sender", "5.7.1"),
    78: ExitCode("EX_CONFIG", "failed", "server", "5.3.5"),
}
_UNKNOWN_CODE = ExitCode("", "deferred", "server", "4.0.0")


@dataclass(frozen=True, slots=True)
class SendmailTransport:
    """Runs the command once for each message.

    Attributes:
        command: the path of the program.
        connections: how many processes run at the same time.
        timeout: seconds that one process may take for the message, and again for its end.
    """

    command: Path
    connections: int = 4
    timeout: float = 60.0

    @classmethod
    def from_url(cls, url: TransportUrl) -> Self:
        """Return the transport of `sendmail:/usr/sbin/sendmail?connections=4`.

        Raises:
            ConfigError: an option is wrong.
        """
        options = url.options(SendmailOptions)
        return cls(url.base / (url.file or _DEFAULT_COMMAND), options.connections, url.timeout)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[TransportSession]:
        self._check_command()
        yield _SendmailSession(self)

    async def check(self) -> None:
        """Check that the command is there and executable; see `Transport`."""
        self._check_command()

    def _check_command(self) -> None:
        if not (self.command.is_file() and os.access(self.command, os.X_OK)):
            raise TransportError(
                "the sendmail command is not there, or is not executable",
                where=Where(file=str(self.command), field="delivery.transport"),
                hint="install a mail server such as Postfix, or correct the path",
            )


class _SendmailSession:
    def __init__(self, transport: SendmailTransport) -> None:
        self._transport = transport

    async def send(
        self, sender: str, recipient: str, message: bytes, before_commit: Callable[[], Awaitable[bool]]
    ) -> Outcome | None:
        with tempfile.TemporaryFile() as output:
            process = await self._start(sender, recipient, output)
            try:
                if not await self._write(process, message):
                    # It did not read the message: it has refused the addresses, or failed.
                    code = await self._wait(process)
                    return _outcome(code, output) if code else await _accept_unread(before_commit)
                # The command queues the message when its input ends.
                if not await before_commit():
                    return None
                assert process.stdin is not None
                process.stdin.close()
                return _outcome(await self._wait(process), output)
            finally:
                await _end(process)

    async def _start(self, sender: str, recipient: str, output: IO[bytes]) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                self._transport.command,
                # -i: a line with a dot does not end the message.
                *("-i", "-f", sender, "--", recipient),
                stdin=asyncio.subprocess.PIPE,
                # A file: a program that stays in the background may keep a pipe open.
                stdout=output,
                stderr=output,
                env={name: value for name, value in os.environ.items() if not _is_secret(name)},
                start_new_session=True,
            )
        except OSError as error:
            raise TransportError(
                f"the sendmail command cannot be started: {error.strerror}",
                where=Where(file=str(self._transport.command), field="delivery.transport"),
                hint="correct the path, or the program",
            ) from None

    async def _write(self, process: asyncio.subprocess.Process, message: bytes) -> bool:
        """Write the message without ending it. Return False if the command does not read it."""
        assert process.stdin is not None
        try:
            async with asyncio.timeout(self._transport.timeout):
                # The input of a command has local line ends.
                process.stdin.write(message.replace(b"\r\n", b"\n"))
                await process.stdin.drain()
        except TimeoutError:
            raise self._lost(f"did not read the message in {self._transport.timeout:g} seconds") from None
        except (BrokenPipeError, ConnectionResetError):
            return False
        # A pipe that the other end has closed does not always raise.
        return not process.stdin.is_closing()

    async def _wait(self, process: asyncio.subprocess.Process) -> int:
        try:
            async with asyncio.timeout(self._transport.timeout):
                code = await process.wait()
        except TimeoutError:
            raise self._lost(f"did not end in {self._transport.timeout:g} seconds") from None
        if code < 0:
            raise self._lost(f"was ended by {_signal_name(-code)}")
        return code

    def _lost(self, what: str) -> ConnectionLostError:
        """Return the error of a command that gave no answer about a message."""
        return ConnectionLostError(
            f"the sendmail command {what}",
            where=Where(file=str(self._transport.command)),
            hint="run it by hand and read the log of the mail server",
        )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        # The module has no names for the real-time signals between the first and the last.
        return f"signal {number}"


def _is_secret(name: str) -> bool:
    return name.startswith(("SYNDICATE_", "AWS_"))


async def _accept_unread(before_commit: Callable[[], Awaitable[bool]]) -> Outcome | None:
    """Return the outcome of a command that succeeded without reading all of the message."""
    if not await before_commit():
        return None
    return Outcome(state="accepted", code=0, detail="the command ended before it had read the message")


def _outcome(code: int, output: IO[bytes]) -> Outcome:
    output.seek(0)
    said = single_line(output.read(_MAX_OUTPUT).decode("utf-8", "replace"))
    if code == 0:
        return Outcome(state="accepted", code=code, detail=said or "the command has taken the message")
    meaning = EXIT_CODES.get(code, _UNKNOWN_CODE)
    name = f" ({meaning.name})" if meaning.name else ""
    return Outcome(
        state=meaning.state,
        code=code,
        status=meaning.status,
        about=meaning.about,
        detail=f"exit code {code}{name}" + (f": {said}" if said else ""),
        suppress=meaning.name == "EX_NOUSER",
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the command and what it started, unless it has ended by itself."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
