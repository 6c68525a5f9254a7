"""One way in a process of its own: `python -m benchmarks.peers.worker ours`.

A job comes in as a line of JSON with `records` (a file), `kinds`, and perhaps `into` (a folder for the
documents); the seconds that it took go out as a line. The first line out gives the versions.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from importlib import import_module
from pathlib import Path

from ..sample import load


def main() -> None:
    """Work until there are no more jobs."""
    way = import_module(f"{__package__}.{sys.argv[1]}")
    print(json.dumps(way.VERSIONS), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        prepared = way.prepare(load(Path(job["records"])))
        gc.collect()
        start = time.perf_counter()
        made = way.make(prepared, job["kinds"])
        seconds = time.perf_counter() - start
        if job["into"]:
            for kind, document in zip(job["kinds"], made, strict=True):
                (Path(job["into"]) / kind).write_bytes(document)
        print(json.dumps(seconds), flush=True)


main()
