"""The command that shows feeds and editions in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import ConfigError
from .common import CONFIG, ConfigOption, handle_errors, interruptible, open_newsroom
from .console import Output

app = typer.Typer()


@app.command()
def preview(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The port to listen on; 0 picks a free one.")
    ] = 8717,
    config: ConfigOption = CONFIG,
) -> None:
    """Show feeds and editions in the browser. Only this machine can open the page."""
    out = Output()
    with handle_errors(out):
        try:
            from ..preview.server import serve
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"the preview needs {error.name}", hint="pip install 'syndicate-feeds[web]'"
            ) from None
        with interruptible():
            serve(config, port, lambda path: open_newsroom(path).preview(), out.print_line)
            out.print_line("The preview has stopped.")
