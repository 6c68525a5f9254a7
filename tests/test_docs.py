"""The docs against the program: what is missing from them, or wrong in them, fails here."""

from __future__ import annotations

import html
import json
import os
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, get_origin

import pytest
from jinja2 import Environment
from pydantic.fields import FieldInfo
from typer.main import get_command
from typer.testing import CliRunner

import syndicate
from syndicate import Newsletter, article_from, errors, render_digest
from syndicate.cli import app
from syndicate.config import Settings, SourceSettings, load
from syndicate.linters import mail as mail_lint
from syndicate.linters.feeds import RULES
from syndicate.linters.mail import RULES as MAIL_RULES
from syndicate.linters.mail.clients import table
from syndicate.linters.profiles import PROFILE_RULES, PROFILES
from syndicate.model import (
    Author,
    ComposeReport,
    Due,
    EditionStatus,
    Explanation,
    Frozen,
    IngestReport,
    IngestReports,
    Problem,
    PublishReport,
    Report,
    ScheduleStatus,
    SendReport,
    Status,
    SubscribersReport,
    format_duration,
)
from syndicate.newsletters import load_theme
from syndicate.newsletters.template_sandbox import VARIABLES
from syndicate.sources import NAMES
from syndicate.sources.registry import kinds, settings_class

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
TOP = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(page: Path, *languages: str) -> Iterator[str]:
    """The code blocks of a page in some languages."""
    for language, body in re.findall(
        r"^```(\w+)[^\n]*\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    ):
        if language in languages:
            yield body


def section(page: Path, heading: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    text = page.read_text(encoding="utf-8")
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"{name_of(page)} has no heading {heading!r}"
    return found[1]


def rows(text: str) -> dict[str, list[str]]:
    """The rows of the tables in a text: each name in the first cell, to the other cells."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            found |= dict.fromkeys(re.findall(r"`([^`]+)`", cells[0]), cells[1:])
    return found


# --- config ---------------------------------------------------------------------------------------------


NESTED = (
    *("fields", "limits", "retry", "debris", "markdown", "palette", "fonts", "images", "tracking"),
    *("relay", "domain", "warm_up", "canary", "dkim"),
)


def tables() -> Iterator[tuple[str, type[Frozen]]]:
    """Every table of the config: its heading in the reference, and its model."""
    for name, field in Settings.model_fields.items():
        model = inner(field.annotation)
        assert model, name
        several = "tuple" in str(field.annotation)
        yield (f"`[[{name}]]`" if several else f"`[{name}]`"), model
        for key, nested in fields_of(model).items():
            below = inner(nested.annotation)
            if below is Author:
                yield "`author`", Author
            elif below and key in NESTED:
                path = f"{name}.{key}"
                several = get_origin(nested.annotation) is tuple
                yield (f"`[[{path}]]`" if several else f"`[{path}]`"), below


def fields_of(model: type[Frozen]) -> dict[str, FieldInfo]:
    """The keys of a table; of a source, those of all kinds: required if each kind with it requires it."""
    if model is not SourceSettings:
        return model.model_fields
    found: dict[str, FieldInfo] = {}
    for kind in kinds():
        for name, field in settings_class(kind).model_fields.items():
            if name not in found or found[name].is_required():
                found[name] = field
    return found


def inner(annotation: Any) -> type[Frozen] | None:
    if isinstance(annotation, type) and issubclass(annotation, Frozen):
        return annotation
    return next((found for each in getattr(annotation, "__args__", ()) if (found := inner(each))), None)


def written(default: Any) -> str:
    """A default as the reference writes it."""
    if default is None:
        return "none"
    if isinstance(default, Frozen):
        return "`{}`"
    if isinstance(default, timedelta):
        return f'`"{format_duration(default)}"`'
    if isinstance(default, tuple):
        default = list(default)
    return f"`{json.dumps(default)}`"


@pytest.mark.parametrize(("heading", "model"), list(tables()), ids=str)
def test_every_config_key_is_in_the_reference_with_its_default(heading: str, model: type[Frozen]) -> None:
    there = rows(section(REFERENCE / "config.md", heading))
    known = {}
    for name, field in fields_of(model).items():
        default = "required" if field.is_required() else written(field.get_default(call_default_factory=True))
        known[field.alias or name] = default
    assert {key: cells[1] for key, cells in there.items()} == known


def test_the_tables_are_all_found() -> None:
    assert {heading for heading, _ in tables()} == {
        *("`[site]`", "`author`", "`[store]`", "`[[source]]`", "`[source.debris]`"),
        *("`[source.fields]`", "`[source.limits]`", "`[source.markdown]`"),
        *("`[[feed]]`", "`[[newsletter]]`", "`[delivery]`", "`[delivery.retry]`", "`[bounces]`", "`[web]`"),
        *("`[[delivery.relay]]`", "`[[delivery.domain]]`", "`[[delivery.warm_up]]`", "`[delivery.canary]`"),
        "`[[delivery.dkim]]`",
        *(
            "`[newsletter.palette]`",
            "`[newsletter.fonts]`",
            "`[newsletter.images]`",
            "`[newsletter.tracking]`",
        ),
    }


CONFIGS = [
    pytest.param(body, id=f"{name_of(page)}-{number}")
    for page in PAGES
    for number, body in enumerate(blocks(page, "toml"), 1)
    if "[site]" in body
]


@pytest.mark.parametrize("text", CONFIGS)
def test_every_config_in_the_docs_is_valid(text: str, tmp_path: Path) -> None:
    file = tmp_path / "syndicate.toml"
    file.write_text(text, encoding="utf-8")
    assert load(file).site.title


def test_the_reference_has_a_config_with_every_key() -> None:
    whole = next(each for each in blocks(REFERENCE / "config.md", "toml") if "[site]" in each)
    for heading, model in tables():
        for name, field in fields_of(model).items():
            key = field.alias or name
            assert re.search(rf"\b{key}\b( =|\])", whole) or key in Settings.model_fields, f"{heading} {key}"


def test_every_variable_of_the_environment_is_in_the_reference() -> None:
    used = {
        name
        for file in (ROOT / "src").rglob("*.py")
        for name in re.findall(r"SYNDICATE_[A-Z_]+[A-Z]", file.read_text("utf-8"))
    }
    assert used == set(rows(section(REFERENCE / "config.md", "Environment")))


# --- commands -------------------------------------------------------------------------------------------


def commands(command: Any = None, words: tuple[str, ...] = ("syndicate",)) -> Iterator[tuple[str, Any]]:
    """Every command that can be typed, with its words."""
    command = command or get_command(app)
    below = getattr(command, "commands", {})
    if not below or len(words) == 1:
        yield " ".join(words), command
    for name, each in below.items():
        yield from commands(each, (*words, name))


@pytest.mark.parametrize(("words", "command"), list(commands()), ids=str)
def test_every_command_and_option_is_in_the_reference(words: str, command: Any) -> None:
    text = section(REFERENCE / "commands.md", f"`{words}`")
    recurring = rows(section(REFERENCE / "commands.md", "Options that recur"))
    shared = {word for name in recurring for word in name.split()}
    usage = re.search(rf"`({words}[^`]*)`", text)
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            assert usage, words
            assert (parameter.metavar or parameter.name.upper()).strip("[]") in usage[1]
            continue
        for option in parameter.opts:
            if option in ("-h", "--help"):
                continue
            assert option in shared or option in rows(text), f"{words} {option} is not explained"
            if usage:
                assert re.search(rf"(?<![\w-]){option}(?![\w-])", usage[1]), f"{words}: usage lacks {option}"
    if usage:
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", usage[1])) <= known
    assert set(rows(text)) <= {option for parameter in command.params for option in parameter.opts}


def typed(line: str) -> Iterator[list[str]]:
    """The syndicate commands of a shell line, as words."""
    words = shlex.split(line.removeprefix("$ "), comments=True)
    part: list[str] = []
    for word in [*words, ";"]:
        if word in (";", "&&", "||", "|") or re.match(r"\d?>", word):
            if "syndicate" in [Path(each).name for each in part[:1]]:
                yield part[1:]
            part = []
        else:
            part.append(word)


LINES = [
    pytest.param(line, id=f"{name_of(page)}: {line}")
    for page in PAGES
    for body in blocks(page, "sh", "console")
    for line in body.splitlines()
    if re.search(r"(^|\$ |&& |/)syndicate ", line) and (line.startswith("$ ") or "wrote" not in line)
    if not line.startswith(("Next:", "syndicate 0"))
]


@pytest.mark.parametrize("line", LINES)
def test_every_command_line_in_the_docs_can_be_typed(line: str) -> None:
    for words in typed(line):
        command: Any = get_command(app)
        name = "syndicate"
        while words and words[0] in getattr(command, "commands", {}):
            name, *words = words
            command = command.commands[name]
        if words in (["--version"], ["-h"], ["--help"]):
            continue
        # Parses, and raises for what the command does not know; runs nothing.
        command.make_context(name, list(words))


def test_command_lines_were_found() -> None:
    assert len(LINES) > 30


# --- names ----------------------------------------------------------------------------------------------


def test_every_lint_rule_is_in_the_reference_as_it_is() -> None:
    there = rows((REFERENCE / "lint.md").read_text(encoding="utf-8"))
    assert {name: [html.unescape(cell.rstrip(" |")) for cell in cells] for name, cells in there.items()} == {
        rule.id: [rule.severity, rule.message, rule.fix, rule.source]
        for rule in (*RULES.values(), *PROFILE_RULES.values())
    }


def test_every_profile_is_in_the_references() -> None:
    for page in ("lint.md", "commands.md"):
        text = (REFERENCE / page).read_text(encoding="utf-8")
        assert all(f"`{profile}`" in text for profile in PROFILES), page


def test_every_lint_rule_for_letters_is_in_the_reference_as_it_is() -> None:
    page = REFERENCE / "mail-lint.md"
    known = {name: cells for name, cells in rows(page.read_text(encoding="utf-8")).items() if len(cells) == 4}
    assert {name: [html.unescape(cell.rstrip(" |")) for cell in cells] for name, cells in known.items()} == {
        rule.id: [rule.severity, rule.message, rule.fix, rule.source] for rule in MAIL_RULES.values()
    }


def test_the_reference_tells_what_becomes_of_a_letter_without_a_feature() -> None:
    page = REFERENCE / "mail-lint.md"
    fates = tomllib.loads(files(mail_lint).joinpath("feature_effects.toml").read_text(encoding="utf-8"))
    for fate, heading in (
        ("harmless", "Features that may be missing"),
        ("lost", "Features that must not be missing"),
    ):
        told = {name: cells[0].rstrip(" |") for name, cells in rows(section(page, heading)).items()}
        assert {name: html.unescape(why) for name, why in told.items()} == fates[fate]
    clients = rows(section(page, "Clients"))
    named = {name: html.unescape(cells[0].rstrip(" |")) for name, cells in clients.items()}
    assert named == mail_lint.clients()
    text = page.read_text(encoding="utf-8")
    assert all(
        f"`{client}`" in text.partition("The usual clients are")[2][:600] for client in mail_lint.DEFAULT
    )
    assert table().date in text


def test_every_exported_name_is_in_the_api_reference() -> None:
    text = (REFERENCE / "api.md").read_text(encoding="utf-8")
    errors_page = (REFERENCE / "errors.md").read_text(encoding="utf-8")
    for name in syndicate.__all__:
        error = isinstance(found := getattr(syndicate, name), type) and issubclass(found, Exception)
        assert re.search(rf"^::: syndicate\.{name}$", text, re.MULTILINE) or (
            error and f"`{name}`" in text
        ), name
        assert not error or name in errors_page
    assert set(re.findall(r"^::: syndicate\.(\w+)$", text, re.MULTILINE)) <= set(syndicate.__all__)


def test_every_error_is_in_the_reference_where_it_belongs() -> None:
    tree = errors.__doc__ or ""
    drawn = re.findall(r"^ *[│├└─ ]*(\w+Error)\b.*$", tree, re.MULTILINE)
    page = section(REFERENCE / "errors.md", "Errors")
    known = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.SyndicateError)
    }
    assert set(drawn) == known <= set(syndicate.__all__)
    lines = [line.strip() for line in tree.splitlines() if "Error" in line and "──" in line]
    for line in lines:
        assert line in page
    assert "::: syndicate.errors" in page


def test_every_record_field_is_in_the_reference_with_its_names() -> None:
    there = {}
    names, _, _ = (REFERENCE / "records.md").read_text(encoding="utf-8").partition("\n## ")
    for line in names.splitlines():
        if line.startswith("| `"):
            first, second = line.strip("|").split(" | ")[:2]
            there[first.strip(" `")] = tuple(re.findall(r"`([^`]+)`", second))
    assert there == NAMES


@pytest.mark.parametrize(
    ("model", "heading"),
    [
        (Explanation, "Explanation"),
        *((each, each.__name__) for each in (Problem, IngestReport, PublishReport, ComposeReport)),
        *((each, each.__name__) for each in (SendReport, Status, Due, SubscribersReport)),
        *((ScheduleStatus, "Status"), (EditionStatus, "Status"), (IngestReports, "IngestReport")),
    ],
)
def test_every_field_of_a_report_is_in_the_reference(model: type[Frozen], heading: str) -> None:
    text = section(REFERENCE / "reports.md", heading)
    for name in set(model.model_fields) - set(Report.model_fields):
        assert f"`{name}`" in text, name
    for name in (*Report.model_fields, "ok"):
        assert name in rows(section(REFERENCE / "reports.md", "Reports"))


THEMES = [
    pytest.param(body, id=str(number))
    for number, body in enumerate(blocks(DOCS / "how-to" / "theme.md", "jinja"), 1)
]


@pytest.mark.parametrize("text", THEMES)
def test_every_theme_in_the_docs_renders(text: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.mjml"
    file.write_text(text, encoding="utf-8")
    record = {"title": "The lamp is lit", "text": "At last.", "url": "https://harbour.example/", "by": "N"}
    newsletter = Newsletter(name="weekly", title="Harbour weekly", sender="news@harbour.example")
    digest = render_digest(newsletter, [article_from(record)], theme=load_theme(str(file)))
    assert "The lamp is lit" in digest.html


def test_the_guide_to_themes_names_everything_that_a_theme_can_use() -> None:
    page = (DOCS / "how-to" / "theme.md").read_text(encoding="utf-8")
    default = (ROOT / "templates" / "default.mjml").read_text(encoding="utf-8")
    ours = load_theme("default").environment
    own = set(ours.filters) - set(Environment(autoescape=True).filters)
    assert own <= set(re.findall(r"&#124; (\w+)", page))
    for name in VARIABLES:
        assert re.search(rf"`{name}\b", page), name
    for name in re.findall(r"{% block (\w+) %}", default):
        assert f"`{name}`" in page, name
    for name in re.findall(r"{% set (\w+) = \1 \| default", default):
        assert f"`{name}`" in page, name


# --- the whole ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_docs_build_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(tmp_path / "site")],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stdout + done.stderr
    made = (tmp_path / "site" / "reference" / "api" / "index.html").read_text(encoding="utf-8")
    for name in syndicate.__all__:
        assert name in made
    # Nothing is fetched from elsewhere to show a page.
    for page in (tmp_path / "site").rglob("*.html"):
        fetched = re.findall(
            r"<(?:script|img|iframe)[^>]+src=\"?(https?:[^\s\">]+)|<link[^>]+href=\"?(https?:[^\s\">]+)",
            page.read_text(encoding="utf-8"),
        )
        assert not fetched, page


@pytest.mark.parametrize("page", TOP, ids=name_of)
def test_links_to_files_of_the_repository_are_alive(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in [*re.findall(r"\]\(([^)\s]+)\)", text), *re.findall(r"\bsrc=\"([^\"]+)\"", text)]:
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = ROOT / path if path else page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", each).strip().lower().replace(" ", "-") for each in headings}
            assert anchor in slugs, target


# --- the examples ---------------------------------------------------------------------------------------


def test_the_library_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["library.py", str(tmp_path / "out")])
    runpy.run_path(str(ROOT / "examples" / "library.py"), run_name="__main__")
    made = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    assert set(made) == {"main.rss", "main.atom", "main.json", "digest.html", "digest.txt"}
    assert b"net loft" not in made["main.rss"], "it appears only next year"
    assert b"Dredging starts on Monday" in made["digest.html"]
    assert ": future\n" in capsys.readouterr().out


def test_the_example_site_runs_as_the_demo_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "demo"
    subprocess.run(["cp", "-r", ROOT / "examples" / "harbour", site], check=True)
    monkeypatch.chdir(site)
    steps = re.search(r'for step in ("[^;]+");', (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert steps
    run = CliRunner()
    for step in ["check", *shlex.split(steps[1])]:
        result = run.invoke(app, shlex.split(step))
        assert result.exit_code == 0, f"{step}: {result.output}"
    feed = json.loads((site / "public" / "main.json").read_bytes())
    assert len(feed["items"]) == 12
    # Three formats and a page each.
    assert len(list((site / "public" / "tag").iterdir())) == 4 * 10
    assert "The lighthouse lamp is lit again" in (site / "public" / "main.html").read_text(encoding="utf-8")
    assert (site / "public" / "feeds.opml").read_text(encoding="utf-8").count("xmlUrl=") == 12
    mails = [file.read_text(encoding="utf-8") for file in (site / "outbox" / "new").iterdir()]
    assert len(mails) == 2
    assert all("The lighthouse lamp is lit again" in mail for mail in mails)
    # What a scraper carried along is gone.
    assert "SUBSCRIBE" not in (site / "public" / "main.json").read_text(encoding="utf-8")
