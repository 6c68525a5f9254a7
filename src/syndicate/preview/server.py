"""The web server of the preview, on this machine only."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from ..errors import ConfigError, ExternalError, Where
from .app import create_app
from .broadcaster import Broadcaster
from .preview import Preview
from .session import PreviewSession

HOST = "127.0.0.1"
"""The loopback address. No option changes it: the page shows unpublished articles and subscribers."""

# Seconds for responses that are in progress when the server stops.
_SHUTDOWN_TIMEOUT = 5


def serve(
    config: Path, port: int, open_preview: Callable[[Path], Preview], print_line: Callable[[str], None]
) -> None:
    """Serve the preview of a config until Ctrl-C.

    If the config is invalid, the page shows the error until the file is corrected.

    Args:
        port: where to listen on the loopback address; 0 for a free port.
        open_preview: reads a config file.
        print_line: prints messages for the user.

    Raises:
        ConfigError: there is no config file.
        ExternalError: the port is in use.
    """
    session = PreviewSession(config, open_preview)
    error = session.open()
    if error and not config.is_file():
        raise error
    with _listen(port) as listener:
        port = listener.getsockname()[1]
        if error:
            print_line(f"error: {error}\nThe page shows this error until the file is corrected.")
        print_line(f"Preview of {config.name}: http://{HOST}:{port}/")
        print_line("Only this machine can open it. Press Ctrl-C to stop.")
        broadcaster = Broadcaster()
        app = create_app(session, broadcaster, port=port, token=secrets.token_urlsafe(24))
        options = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT)
        _Server(options, broadcaster).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends the event streams of open pages when it stops, which would otherwise delay it."""

    def __init__(self, config: uvicorn.Config, broadcaster: Broadcaster) -> None:
        super().__init__(config)
        self._broadcaster = broadcaster

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._broadcaster.closed = True
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._broadcaster.close()
        await super().shutdown(sockets)


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OverflowError:
        raise ConfigError(
            f"{port} is not a port", where=Where(field="--port"), hint="use a number from 0 to 65535"
        ) from None
    except OSError as error:
        raise ExternalError(
            f"the preview cannot listen on {HOST}:{port}: {os.strerror(error.errno or 0)}",
            hint="--port 0 uses a free port",
        ) from None
