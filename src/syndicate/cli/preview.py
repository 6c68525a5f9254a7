"""The command that shows what will come out."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import ConfigError
from .common import CONFIG, ConfigOption, interruptible, open_newsroom, work
from .console import Output

app = typer.Typer()


@app.command()
def preview(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Where to listen; 0 takes a free one.")
    ] = 8717,
    config: ConfigOption = CONFIG,
) -> None:
    """Show feeds and mails in a browser, as they would be now; only this machine can reach it."""
    out = Output()
    with work(out):
        try:
            from ..preview.server import serve
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"the preview needs {error.name}", hint="pip install 'syndicate[web]'"
            ) from None
        with interruptible():
            serve(config, port, lambda path: open_newsroom(path).preview(), out.say)
            out.say("The preview has stopped.")
