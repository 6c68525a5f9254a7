"""The peers that npm has, in a folder outside of the repository."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

_PEERS = Path(__file__).parent / "peers"


def peers(packages: Mapping[str, str], folder: Path | None = None) -> Path | None:
    """Where the packages are, installed if they were not; none without node or npm.

    Args:
        packages: name to version.
        folder: one in the system's temporary folder if absent. Nothing is fetched if it has these versions.
    """
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    folder = folder or Path(tempfile.gettempdir()) / "syndicate-benchmark-peers"
    folder.mkdir(parents=True, exist_ok=True)
    if any(_installed(folder, name) != version for name, version in packages.items()):
        wanted = [f"{name}@{version}" for name, version in packages.items()]
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, *wanted], check=True)
    # Modules are looked for beside the file that imports them.
    for script in _PEERS.glob("*.mjs"):
        shutil.copyfile(script, folder / script.name)
    return folder


def _installed(folder: Path, name: str) -> str | None:
    manifest = folder / "node_modules" / name / "package.json"
    return json.loads(manifest.read_text())["version"] if manifest.is_file() else None
