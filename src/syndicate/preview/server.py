"""Serving the preview on this machine until somebody has seen enough."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from ..errors import ConfigError, ExternalError
from .app import create_preview
from .broadcaster import Broadcaster
from .session import PreviewSession

HOST = "127.0.0.1"
"""Nobody else can reach it; there is no way to have it served elsewhere."""

# Seconds for answers that are under way when it ends.
_LAST = 5


def serve(config: Path, port: int, tell: Callable[[str], None]) -> None:
    """Serve the preview of a config until Ctrl-C.

    Args:
        config: its file. One that is wrong is shown as such, and may be mended meanwhile.
        port: where to listen on the loopback address; 0 for a free one.
        tell: gets what people should know.

    Raises:
        ConfigError: there is no such file.
        ExternalError: the port is taken.
    """
    if not config.is_file():
        # There is nothing to watch and mend, and the words for it are those of every command.
        raise PreviewSession(config).open() or ConfigError("there is no config")
    with _listener(port) as listener:
        port = listener.getsockname()[1]
        house = PreviewSession(config)
        try:
            if error := house.open():
                tell(f"error: {error}\nThe page shows it, until the file is mended.")
            tell(f"Preview of {config.name}: http://{HOST}:{port}/")
            tell("Only this machine can reach it. Ctrl-C ends it.")
            bell = Broadcaster()
            app = create_preview(house, bell, port=port, token=secrets.token_urlsafe(24))
            options = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=_LAST)
            _Server(options, bell).run(sockets=[listener])
        finally:
            house.close()


class _Server(uvicorn.Server):
    """Lets open pages go when it is to end; they would hold it otherwise."""

    def __init__(self, config: uvicorn.Config, bell: Broadcaster) -> None:
        super().__init__(config)
        self._bell = bell

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._bell.over = True
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._bell.end()
        await super().shutdown(sockets)


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except (OSError, OverflowError) as error:
        reason = (
            os.strerror(error.errno or 0)
            if isinstance(error, OSError)
            else "ports are numbers from 0 to 65535"
        )
        raise ExternalError(
            f"the preview cannot be served at {HOST}:{port}: {reason}",
            hint="--port 0 takes a free one, and says which",
        ) from None
