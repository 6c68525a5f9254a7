"""Feed files over HTTP, under their own media types."""

from __future__ import annotations

from os import PathLike, stat_result
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ..model import FORMATS, MEDIA_TYPES


class Feeds(StaticFiles):
    """Serves a folder of feed files and nothing else that may be in it; 304 where nothing has changed.

    Args:
        folder: the site's output.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)

    async def check_config(self) -> None:
        """Before the first publish there is no folder, and so no feed; afterwards there is."""
        if not await run_in_threadpool(Path(self.directory or "").is_dir):
            raise HTTPException(404)

    def lookup_path(self, path: str) -> tuple[str, stat_result | None]:
        """Find a file; only those that are feeds are there."""
        if Path(path).suffix.lstrip(".") not in FORMATS or Path(path).name.startswith("."):
            return "", None
        return super().lookup_path(path)

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """A feed with its media type; JSON may be read by scripts of other sites."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        for kind in FORMATS:
            if str(full_path).endswith(f".{kind}"):
                response.headers["content-type"] = f"{MEDIA_TYPES[kind]}; charset=utf-8"
        response.headers["access-control-allow-origin"] = "*"
        return response
