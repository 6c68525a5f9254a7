"""The value of `delivery.transport`, taken apart for the transport that its scheme names."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from pydantic import ValidationError

from ...errors import ConfigError, Where
from ...model import Frozen, SmtpTimeouts

_EXAMPLES = 'write "maildir:outbox" or "smtp://user@host:587?starttls=required"'

PASSWORD_VARIABLE = "SYNDICATE_SMTP_PASSWORD"  # noqa: S105 - a name
"""The environment variable with the password of `delivery.transport`."""

Options = TypeVar("Options", bound="TransportOptions")


class TransportOptions(Frozen):
    """The options of a transport, `?name=value`; a subclass has a field for each.

    The description of a field completes the sentence "write ..." of an error message.
    """


@dataclass(frozen=True, slots=True)
class TransportUrl:
    """The value of `delivery.transport`.

    Attributes:
        text: as the config has it.
        base: the folder that relative paths are relative to.
        timeouts: how long to wait for a server, in each phase of SMTP.
        config_field: where in the config the text is, for errors.
        password_variable: the environment variable with the password.
    """

    text: str
    base: Path
    timeouts: SmtpTimeouts = field(default_factory=SmtpTimeouts)
    config_field: str = "delivery.transport"
    password_variable: str = PASSWORD_VARIABLE

    @property
    def timeout(self) -> float:
        """Seconds to wait for one answer of a server that does not speak SMTP, at most 60."""
        return min(self.timeouts.final.total_seconds(), 60.0)

    @property
    def scheme(self) -> str:
        """What comes before the colon."""
        return self.text.partition(":")[0]

    @property
    def path(self) -> str:
        """What comes after the colon, for a transport that is no server."""
        return self.text.partition(":")[2]

    @property
    def file(self) -> str:
        """The path without the options, for a transport that is a file, a socket or a command."""
        return unquote(self.path.partition("?")[0])

    def server(self) -> SplitResult:
        """Return the parts of the URL of a server; host and port are valid.

        Raises:
            ConfigError: it has no host, a wrong port, or a password.
        """
        try:
            parts = urlsplit(self.text)
            parts.port  # noqa: B018 - raises
        except ValueError as error:
            raise self.error(f"not the URL of a transport: {error}") from None
        if not parts.hostname:
            raise self.error("the transport has no host")
        if parts.password:
            raise self.error(
                "the config must not contain a password",
                f"set {self.password_variable}, or the environment variable of your transport",
            )
        return parts

    def options(self, model: type[Options]) -> Options:
        """Return the options after the question mark.

        Raises:
            ConfigError: one is unknown, missing or wrong.
        """
        query = self.text.partition("#")[0].partition("?")[2]
        try:
            values = {name: given[-1] for name, given in parse_qs(query, strict_parsing=bool(query)).items()}
            return model.model_validate(values)
        except ValidationError as error:
            raise self._option_error(model, error) from None
        except ValueError:
            raise self.error(f"not options: {query!r}", "write ?name=value&name=value") from None

    def _option_error(self, model: type[Options], error: ValidationError) -> ConfigError:
        mistake = error.errors()[0]
        name = str(mistake["loc"][0])
        if mistake["type"] == "extra_forbidden":
            return self.error(f"unknown option {name!r}", f"known options: {', '.join(model.model_fields)}")
        what = model.model_fields[name].description or "another value"
        if mistake["type"] == "missing":
            return self.error(f"the option {name} is missing", f"add {name}=, {what}")
        return self.error(f"{name} is {mistake['input']!r}", f"write {what}")

    def error(self, message: str, hint: str = _EXAMPLES) -> ConfigError:
        """Return an error that points at the transport in the config."""
        return ConfigError(message, where=Where(field=self.config_field), hint=hint)
