"""Several transports as one: which of them takes a message is decided for each delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ..config import ONLY_RELAY, DeliverySettings
from ..errors import TransportError
from .transport import Transport, TransportSession, to_transport_error
from .transports.registry import open_transport


@dataclass(frozen=True, slots=True)
class Relay:
    """A transport under the name that the config gives it.

    Attributes:
        weight: its share of the mail in relation to the others; 0: used only while no other one works.
        max_connections: the greatest number of sessions at the same time; that of the transport if None.
    """

    name: str
    transport: Transport
    weight: int = 1
    max_connections: int | None = None

    @property
    def connections(self) -> int:
        """The number of sessions to open at the same time."""
        return min(self.transport.connections, self.max_connections or self.transport.connections)


@dataclass(frozen=True, slots=True)
class RelayGroup:
    """A transport that consists of relays. The dispatcher chooses a relay for each delivery."""

    relays: tuple[Relay, ...]

    @classmethod
    def of(cls, transport: Transport) -> Self:
        """Return a transport as a group; of one relay if it is none."""
        return transport if isinstance(transport, cls) else cls((Relay(ONLY_RELAY, transport),))

    @property
    def connections(self) -> int:
        return sum(each.connections for each in self.relays)

    def names(self) -> list[str]:
        """Return the names of the relays."""
        return [each.name for each in self.relays]

    @asynccontextmanager
    async def session(self) -> AsyncIterator[TransportSession]:
        """Open a session with the first relay that works, those with the greatest weight first."""
        async with AsyncExitStack() as stack:
            yield await self._open_first(stack)

    async def _open_first(self, stack: AsyncExitStack) -> TransportSession:
        errors: list[TransportError] = []
        for relay in sorted(self.relays, key=lambda relay: -relay.weight):
            try:
                return await stack.enter_async_context(relay.transport.session())
            # Any error: a transport of another package may raise what it likes.
            except Exception as error:
                errors.append(named_error(relay.name, to_transport_error(error)))
        raise combined_error(errors)

    async def check(self) -> None:
        """Check every relay; see `Transport`."""
        errors = [error for each in self.relays if (error := await _check(each))]
        if errors:
            raise combined_error(errors)


def open_relays(settings: DeliverySettings, base: Path) -> Transport:
    """Return the transport of the config: of one server, or a group of relays.

    Args:
        base: the folder that relative paths are relative to.

    Raises:
        ConfigError: there is no such transport, or one of its options is wrong.
    """
    if not settings.relay:
        return open_transport(settings.transport, base, timeouts=settings.timeouts)
    return RelayGroup(
        tuple(
            Relay(
                each.name,
                open_transport(
                    each.transport,
                    base,
                    timeouts=settings.timeouts,
                    field=f"delivery.relay.{number}.transport",
                    password_variable=each.password_env,
                ),
                each.weight,
                each.connections,
            )
            for number, each in enumerate(settings.relay, 1)
        )
    )


async def _check(relay: Relay) -> TransportError | None:
    try:
        await relay.transport.check()
    # Any error: a transport of another package may raise what it likes.
    except Exception as error:
        return named_error(relay.name, to_transport_error(error))
    return None


def named_error(relay: str, error: TransportError) -> TransportError:
    """Return an error with the name of the relay that it is about."""
    return TransportError(f"relay {relay}: {error.message}", where=error.where, hint=error.hint)


def combined_error(errors: Sequence[TransportError]) -> TransportError:
    """Return one error for those of all relays."""
    first, *others = errors
    if not others:
        return first
    message = "; ".join(each.message for each in errors)
    return TransportError(message, where=first.where, hint=first.hint)
