"""The value of `bounces.mailbox`, taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

from ...errors import ConfigError, Where

LISTENERS = ("lmtp", "smtp")

_EXAMPLES = (
    'write "maildir:bounces", "imaps://user@host/INBOX", "imap://user@host/INBOX?starttls=required", '
    '"lmtp://127.0.0.1:2424" or "smtp://127.0.0.1:2525"'
)


@dataclass(frozen=True, slots=True)
class MailboxUrl:
    """The value of `bounces.mailbox`.

    Attributes:
        text: as the config has it.
        base: the folder that relative paths are relative to.
    """

    text: str
    base: Path

    @property
    def scheme(self) -> str:
        """What comes before the colon."""
        return self.text.partition(":")[0]

    @property
    def path(self) -> str:
        """What comes after the colon, for a folder."""
        return self.text.partition(":")[2]

    def server(self) -> SplitResult:
        """Return the parts of the URL of a server; host and port are valid.

        Raises:
            ConfigError: it has no host, a wrong port, or a password.
        """
        try:
            parts = urlsplit(self.text)
            parts.port  # noqa: B018 - raises
        except ValueError as error:
            raise self.error(f"not the URL of a mailbox: {error}") from None
        if not parts.hostname:
            raise self.error("the mailbox has no host")
        if parts.password:
            raise self.error("the config must not contain a password", "set SYNDICATE_BOUNCES_PASSWORD")
        return parts

    def options(self, known: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
        """Return the options after the question mark.

        Args:
            known: the values that each option may have; any value if empty.

        Raises:
            ConfigError: an option is unknown, or its value is wrong.
        """
        query = self.server().query
        try:
            given = {name: values[-1] for name, values in parse_qs(query, strict_parsing=bool(query)).items()}
        except ValueError:
            raise self.error(f"not options: {query!r}", "write ?name=value&name=value") from None
        for name, value in given.items():
            if name not in known:
                raise self.error(f"unknown option {name!r}", f"known options: {', '.join(known) or 'none'}")
            if known[name] and value not in known[name]:
                raise self.error(f"{name} is {value!r}", f"write {' or '.join(known[name])}")
        return given

    def error(self, message: str, hint: str = _EXAMPLES) -> ConfigError:
        """Return an error that points at `bounces.mailbox`."""
        return ConfigError(message, where=Where(field="bounces.mailbox"), hint=hint)
