"""Every mistake in a config is reported with its line, its field and a way to correct it."""

from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from helpers_site import MAIN, SITE, WEEKLY, cli, configured, source
from syndicate import ConfigError, Element
from syndicate.config import Settings, load, schema
from syndicate.config.toml_lines import TomlLines
from syndicate.mail.compiled_message import list_id
from syndicate.model import Mailbox
from syndicate.resources import templates


def wrong(folder: Path, text: str | bytes) -> ConfigError:
    config = folder / "syndicate.toml"
    config.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as raised:
        load(config)
    assert raised.value.where.file == str(config)
    return raised.value


def test_the_config_that_init_makes_is_right() -> None:
    settings = load(templates() / "init" / "syndicate.toml")
    assert [each.name for each in settings.feed] == ["main", "tag/{tag}"]


def test_missing_keys_have_defaults(tmp_path: Path) -> None:
    settings = load(configured(tmp_path, source(), MAIN, WEEKLY))
    assert settings.store.url == "sqlite:///syndicate.db"
    assert settings.store.wait == timedelta(seconds=30)
    assert settings.newsletter[0].sender == Mailbox(name="Harbour Post", email="news@harbour.example")
    assert [each.name for each in settings.schedules()] == ["refresh"]


def test_a_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    config = configured(tmp_path, site="\ufeff" + SITE)
    assert load(config).site.title == "The Harbour Post"


def test_the_environment_overrides_the_store_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNDICATE_STORE_URL", "sqlite:///other.db")
    assert load(configured(tmp_path)).store.url == "sqlite:///other.db"
    assert load(configured(tmp_path, '\n[store]\nurl = "sqlite:///x.db"\nwait = "1 second"\n')).store == (
        Settings.model_fields["store"].annotation(url="sqlite:///other.db", wait="1 second")
    )
    assert wrong(tmp_path, "store = 3\n" + SITE).where.field == "store"


FEED = '\n[[feed]]\nname = "main"\n'
EX = 'namespaces = { ex = "https://harbour.example/ns" }\n'
ATOM_TOO = (
    'namespaces = { ex = "http://www.w3.org/2005/Atom" }\n[[feed]]\nname = "a"\nelements = { "ex:a" = "b" }\n'
)
SHORT = 'elements = {{ "{}" = "b" }}\n'


def test_elements_have_a_short_form_and_a_long_one(tmp_path: Path) -> None:
    long = 'elements = [{ namespace = "urn:y", prefix = "y", name = "z", attributes = { of = "b" } }]\n'
    config = configured(
        tmp_path, FEED, SHORT.format("ex:edition"), FEED.replace("main", "b"), long, site=SITE + EX
    )
    settings = load(config)
    short, tables = (each.resolved(settings.site).elements for each in settings.feed)
    assert short == (Element(namespace="https://harbour.example/ns", prefix="ex", name="edition", text="b"),)
    assert tables == (Element(namespace="urn:y", prefix="y", name="z", attributes={"of": "b"}),)


@pytest.mark.parametrize(
    ("text", "line", "field", "message", "hint"),
    [
        # Not TOML
        ("[site\n", 1, None, "not TOML", "bracket"),
        ('[site]\ntitle = "x\n', 2, None, "not TOML: Illegal character", "quotation mark"),
        ("[site]\na = 1\na = 2\n", 3, None, "Cannot overwrite", ""),
        ("x = [\n", None, None, "not TOML", ""),
        # Names
        (SITE + "titel = 'x'\n", 7, "site.titel", "unknown name", "did you mean 'title'?"),
        (SITE + FEED + "limti = 5\n", 10, "feed.1.limti", "unknown name", "did you mean 'limit'?"),
        (
            SITE + FEED + FEED.replace("main", "b") + "xyzzy = 5\n",
            13,
            "feed.2.xyzzy",
            "unknown name",
            "known here: ",
        ),
        (SITE + "\n[newsleter]\n", 8, "newsleter", "unknown name", "did you mean 'newsletter'?"),
        (SITE + 'author = { nmae = "A", name = "B" }\n', 7, "site.author.nmae", "unknown name", "'name'?"),
        (
            SITE + source(kind="text", more="[source.debris]\nwrong = 1\n"),
            None,
            "source.1.debris.wrong",
            "unknown name",
            "known",
        ),
        (
            SITE
            + WEEKLY.replace(
                '"Harbour Post <news@harbour.example>"', '{ email = "a@b.example", nmae = "x" }'
            ),
            11,
            "newsletter.1.from.nmae",
            "unknown name",
            "'name'?",
        ),
        (
            SITE + source(more='fields = { titel = "x" }'),
            12,
            "source.1.fields",
            "no 'titel'; known are id",
            "",
        ),
        # Types and values
        (SITE + FEED + "limit = 'ten'\n", 10, "feed.1.limit", "must be a whole number", ""),
        (SITE + FEED + "limit = 0\n", 10, "feed.1.limit", "must be at least 1", ""),
        (
            SITE + FEED + "formats = ['rss', 'rdf']\n",
            10,
            "feed.1.formats.2",
            "'rdf' is none of 'rss', 'atom' or 'json'",
            "",
        ),
        (SITE + FEED + "where = { tga = 'x' }\n", 10, "feed.1.where.tga", "is none of 'tag'", ""),
        (
            SITE.replace('https://harbour.example/"', 'harbour.example"', 1),
            4,
            "site.home",
            "not an absolute http(s) URL",
            "",
        ),
        (SITE + 'language = "English language"\n', 7, "site.language", "BCP 47", ""),
        (
            SITE.replace("Europe/London", "Europe/Londen"),
            5,
            "site.timezone",
            "no such time zone: 'Europe/Londen'",
            "",
        ),
        (SITE.replace("Europe/London", "../../etc/passwd"), 5, "site.timezone", "no such time zone", ""),
        (SITE.replace("Europe/London", "Europe"), 5, "site.timezone", "no such time zone", ""),
        (SITE + WEEKLY + 'schedule = "0 7 * * mno"\n', 12, "newsletter.1.schedule", "mno", ""),
        (SITE + WEEKLY + 'schedule = "61 7 * * mon"\n', 12, "newsletter.1.schedule", "61", ""),
        (SITE + WEEKLY + 'schedule = "hourly-ish"\n', 12, "newsletter.1.schedule", "hourly-ish", ""),
        (SITE + 'refresh = "every 5 fortnights"\n', 7, "site.refresh", "fortnights", ""),
        (SITE + WEEKLY + 'catch_up = "soon"\n', 12, "newsletter.1.catch_up", "not a duration", ""),
        (
            SITE + WEEKLY.replace("news@harbour.example", "news"),
            11,
            "newsletter.1.from.email",
            "not an email",
            "",
        ),
        (SITE + source(kind="xml"), 10, "source.1.kind", "'xml' is none of json, jsonl", ""),
        (SITE + source(more="max_size = -1"), 12, "source.1.max_size", "must be more than 0", ""),
        (SITE + '\n[delivery]\nin_doubt = "ask"\n', 9, "delivery.in_doubt", "'ask' is none of", ""),
        (SITE + '\n[web]\nlisten = "8080"\nbase_url = "https://a.example/"\n', 9, "web.listen", "", ""),
        ("site = 3\n", 1, "site", "", ""),
        (
            SITE + WEEKLY + 'palette = { ink = "red" }\n',
            12,
            "newsletter.1.palette.ink",
            "such as #0b5f66",
            "",
        ),
        (
            SITE + WEEKLY + 'palette = { ink = "#0b5f66\\n" }\n',
            12,
            "newsletter.1.palette.ink",
            "six hexadecimal digits",
            "",
        ),
        (SITE + WEEKLY + "fonts = { text = 'a;b' }\n", 12, "newsletter.1.fonts.text", "as in CSS", ""),
        # Elements of the publisher's own
        (SITE + 'namespaces = { dc = "urn:x" }\n', 7, "site.namespaces.dc", "'dc' is in use", ""),
        (SITE + 'namespaces = { ex = "nowhere" }\n', 7, "site.namespaces.ex", "not a URI", ""),
        (SITE + 'namespaces = { "e:x" = "urn:x" }\n', 7, "site.namespaces.e:x", "is not a prefix", ""),
        (SITE + ATOM_TOO, 7, "site.namespaces.ex", "of Atom, whose", ""),
        (SITE + EX + FEED + SHORT.format("ex:1"), 11, "feed.1.elements.ex:1", "'1' is not an XML name", ""),
        (SITE + EX + FEED + SHORT.format("no:a"), 11, "feed.1.elements.no:a", "prefix 'no' (known: ex)", ""),
        (SITE + EX + FEED + SHORT.format("edition"), 11, "feed.1.elements.edition", "ex:edition", ""),
        (SITE + FEED + SHORT.format("ex:a"), 10, "feed.1.elements.ex:a", "(known: none)", ""),
        (SITE + EX + FEED + 'elements = { "ex:a" = 3 }\n', 11, "feed.1.elements.ex:a", "must be text", ""),
        (
            SITE + EX + FEED + '[feed.elements]\n"ex:a" = "b"\n"x:a" = "b"\n',
            13,
            "feed.1.elements.x:a",
            "'x'",
            "",
        ),
        (SITE + EX + FEED + "elements = 3\n", 11, "feed.1.elements", "must be a list", ""),
        (SITE + EX + source(more=SHORT.format("x:a")), 13, "source.1.elements.x:a", "prefix 'x'", ""),
        # What is missing
        ("", None, "site", "missing", "add a table [site]"),
        ('[site]\nhome = "https://a.example/"\n', 1, "site.title", "missing", "add title = ..."),
        (SITE + "\n[[feed]]\n", 8, "feed.1.name", "missing", "add name = ..."),
        (SITE + '\n[[source]]\nname = "a"\nkind = "json"\n', 8, "source.1.path", "missing", "add path = ..."),
        (
            SITE + '\n[[source]]\nname = "a"\nkind = "python"\n',
            8,
            "source.1.function",
            "missing",
            "add function = ...",
        ),
        # What contradicts itself
        (SITE + FEED + FEED, 12, "feed.2.name", "two [[feed]] tables are named 'main'", ""),
        (SITE + source() + source(), 15, "source.2.name", "two [[source]] tables are named 'posts'", ""),
        (SITE + WEEKLY + WEEKLY, 14, "newsletter.2.name", "two [[newsletter]] tables are named 'weekly'", ""),
        (
            SITE + WEEKLY.replace('"weekly"', '"refresh"'),
            9,
            "newsletter.1.name",
            "cannot be named 'refresh'",
            "",
        ),
        (SITE + '\n[[feed]]\nname = "tags"\neach = "tag"\n', 9, "feed.1.name", "needs {tag} in it", ""),
        (SITE + '\n[[feed]]\nname = "tag/{tag}"\n', 9, "feed.1.name", "needs each", ""),
        (SITE + '\n[[feed]]\nname = "../../etc/x"\n', 9, "feed.1.name", "leads out of the output folder", ""),
        (SITE + '\n[[feed]]\nname = "/etc/x"\n', 9, "feed.1.name", "leads out of the output folder", ""),
        (SITE + '\n[[feed]]\nname = "a/../../{tag}"\neach = "tag"\n', 9, "feed.1.name", "leads out", ""),
    ],
)
def test_mistakes(
    tmp_path: Path, text: str, line: int | None, field: str | None, message: str, hint: str
) -> None:
    error = wrong(tmp_path, text)
    assert error.where.field == field
    assert message in error.message
    assert hint in (error.hint or "")
    if line is not None:
        assert error.where.line == line
    told = str(error)
    assert "pydantic" not in told
    assert "\n" not in told


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = (
        SITE
        + "titel = 1\nlanguage = 3\n"
        + FEED
        + 'limit = "ten"\nwhere = { tga = "x" }\nelements = { "no:a" = "b" }\n'
        + FEED
        + source(kind="sql", more='database = "sqlite:///x.db"\nnamespaces = { atom = "urn:x" }')
        + '[[newsletter]]\nname = "refresh"\n'
    )
    error = wrong(tmp_path, text)
    mistakes = [(each.where.line, each.where.field) for each in (error, *error.others)]
    assert mistakes == [
        (7, "site.titel"),
        (8, "site.language"),
        (12, "feed.1.limit"),
        (13, "feed.1.where.tga"),
        (14, "feed.1.elements.no:a"),
        (17, "feed.2.name"),
        (19, "source.1.query"),
        (22, "source.1.path"),
        (24, "source.1.namespaces.atom"),
        (25, "newsletter.1.title"),
        (25, "newsletter.1.from"),
        (26, "newsletter.1.name"),
    ]
    assert str(error).splitlines() == [str(error).splitlines()[0], *map(str, error.others)]


def test_the_command_line_prints_each_mistake(tmp_path: Path) -> None:
    (tmp_path / "syndicate.toml").write_text(SITE + "titel = 1\nlanguage = 3\n")
    result = cli(tmp_path, "check")
    assert result.returncode == 2
    assert [line.partition(",")[0] for line in result.stderr.splitlines()] == [
        "error: syndicate.toml:7",
        "error: syndicate.toml:8",
    ]
    errors = json.loads(cli(tmp_path, "check", "--json").stdout)["errors"]
    assert [each["field"] for each in errors] == ["site.titel", "site.language"]


def test_a_config_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no config") as raised:
        load(tmp_path / "absent.toml")
    assert raised.value.hint == "syndicate init makes one"
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path)
    assert "not UTF-8" in wrong(tmp_path, b"\xff\xfe").message


def test_lines_of_values() -> None:
    text = """# a comment
[site]
title = "x"
author.name = "y"
[[feed]]
  "name" = "a"
[[feed]]
where = { tag = "x" }
[feed.without]
tag = "y"
[ store ] # here
url = "z"
"""
    places = TomlLines(text)
    assert places.line(("site", "title")) == 3
    assert places.line(("site", "author", "name")) == 4
    assert places.line(("site", "home")) == 2
    assert places.line(("feed", 0, "name")) == 6
    assert places.line(("feed", 1, "where", "tag")) == 8
    assert places.line(("feed", 1, "without", "tag")) == 10
    assert places.line(("store", "url")) == 12
    assert places.line(("web",)) is None


def test_the_schema_knows_every_setting_of_the_example() -> None:
    whole = schema()
    json.dumps(whole)
    example = tomllib.loads((templates() / "init" / "syndicate.toml").read_text())

    def check(value: object, shape: dict[str, object]) -> None:
        if "$ref" in shape:
            shape = whole["$defs"][str(shape["$ref"]).rpartition("/")[2]]
        for option in shape.get("anyOf", []):
            if option.get("type") != "null":
                shape = whole["$defs"][option["$ref"].rpartition("/")[2]] if "$ref" in option else option
        if isinstance(value, dict) and "properties" in shape:
            for name, each in value.items():
                assert name in shape["properties"], name
                check(each, shape["properties"][name])
        if isinstance(value, list):
            for each in value:
                check(each, shape["items"])

    check(example, whole)
    assert whole["additionalProperties"] is False


def test_a_home_with_an_invalid_host_is_refused(tmp_path: Path) -> None:
    error = wrong(tmp_path, SITE.replace('harbour.example/"\ntime', 'my..site/"\ntime'))
    assert error.where.field == "site.home"
    assert "the host name is not valid" in error.message


@pytest.mark.parametrize("home", ["https://my..site/", f"https://{'é' * 64}.example/"])
def test_a_list_id_can_always_be_made(tmp_path: Path, home: str) -> None:
    newsletter = load(configured(tmp_path, source(), WEEKLY)).newsletter[0]
    assert list_id(newsletter.model_copy(update={"home": home})).isascii()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('kind = "feed"', "needs url"),
        ('kind = "html"', "needs url"),
        ('kind = "sitemap"', "source.1.url: missing"),
        ('kind = "wordpress"', "source.1.path: missing"),
        ('kind = "csv"\npath = []', "source.1.path: must not be empty"),
        ('kind = "sql"\nquery = "select 1"', "source.1.database: missing"),
        ('kind = "sql"\ndatabase = "sqlite:///x.db"', "source.1.query: missing"),
        (
            'kind = "csv"\npath = "x"\nurl = "https://a.example/"',
            "a source of kind csv has no url (url is for kind html and feed and sitemap)",
        ),
        ('kind = "sitemap"\nurl = "https://a.example/"\npath = "x"', "has no path"),
        ('kind = "json"\npath = "x"\nprivate = true', "(private is for"),
        ('kind = "feed"\nurl = "https://a.example/"\nlimit = 3', "(limit is for kind sitemap)"),
        ('kind = "feed"\nurl = "file:///etc/passwd"', "absolute http"),
        ('kind = "feed"\nurl = "https://ada:hush@a.example/"', "login"),
        ('kind = "feed"\nurl = "https://a.example/"\ntimeout = "soon"', "duration"),
        ('kind = "feed"\nurl = "https://a.example/"\ndelay = -1', "must be at least 0"),
        ("kind = 3", "source.1.kind: must be text"),
        ('path = "x"', "source.1.kind: missing"),
    ],
)
def test_each_kind_of_source_has_settings_of_its_own(tmp_path: Path, table: str, words: str) -> None:
    error = wrong(tmp_path, f'{SITE}\n[[source]]\nname = "in"\n{table}\n')
    assert words in str(error)
    assert "hush" not in str(error)
    assert error.where.line
    assert not error.others


BROKEN_SENDERS = [
    '"Zoë <zoë@harbour.example>"',
    '"Zoë ‹zoe@harbour.example>"',
    '"News ＜news＠harbour.example＞"',
    '"News <news@harbour.example"',
    '"News news@harbour.example>"',
    '"News <<news@harbour.example>>"',
    '"News <news@harbour.example> now"',
    '"News <>"',
    '"news@harbour.example, desk@harbour.example"',
    '"News <news@harbour.example>, Desk <desk@harbour.example>"',
    '"Friends: news@harbour.example, desk@harbour.example;"',
    '"news@harbour.example (News)"',
    '"news"',
    '"News <news@>"',
    '"News <@harbour.example>"',
    '"news@[127.0.0.1]"',
    '"news@☃.example"',
    '"mailto:news@harbour.example"',
    '"\\"a b\\"@harbour.example"',
    f'"{"n" * 65}@harbour.example"',
    f'"news@{"d" * 64}.example"',
    '"News <news@harbour.example>\\r\\nBcc: x@y.example"',
    '"A\\u0000B <news@harbour.example>"',
    '"A\\u0007B <news@harbour.example>"',
    '"=?utf-8?q?=0D=0ABcc=3A_x?= <news@harbour.example>"',
    '""',
    '" "',
    "5",
    "true",
    "2026-04-10",
    '["news@harbour.example"]',
    "{}",
    '{ email = "zoë@harbour.example" }',
]


@pytest.mark.parametrize("key", ["from", "reply_to"])
@pytest.mark.parametrize("value", BROKEN_SENDERS)
def test_an_invalid_sender_is_reported_with_its_line(tmp_path: Path, key: str, value: str) -> None:
    sender = "" if key == "from" else 'from = "News <news@harbour.example>"\n'
    text = f'{SITE}\n[[newsletter]]\nname = "weekly"\ntitle = "Weekly"\n{sender}{key} = {value}\n'
    error = wrong(tmp_path, text)
    assert error.where.line == len(text.splitlines())
    assert (error.where.field or "").startswith(f"newsletter.1.{key}")
    assert "write " in str(error) or "add email" in str(error)
    for word in ("Input should", "dictionary", "Mailbox"):
        assert word not in str(error)


def test_every_command_reports_an_invalid_sender(tmp_path: Path) -> None:
    configured(tmp_path, WEEKLY.replace("news@", "zoë@"))
    for command in (("check",), ("ingest",), ("compose", "weekly"), ("send", "weekly"), ("status",)):
        done = cli(tmp_path, *command)
        assert done.returncode == 2
        assert "syndicate.toml:11, field newsletter.1.from" in done.stderr
        assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["syndicate.toml"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("main", "Main"), ("tag/{tag}", "Tag/boats"), ("By/{tag}", "by/{author}"), ("a/B/c", "a/b/d")],
)
def test_feed_names_that_differ_in_case_only_are_refused(tmp_path: Path, one: str, other: str) -> None:
    def table(name: str) -> str:
        each = name.partition("{")[2].rstrip("}")
        return f'[[feed]]\nname = "{name}"\n' + (f'each = "{each}"\n' if each else "")

    file = tmp_path / "syndicate.toml"
    file.write_text('[site]\ntitle = "S"\nhome = "https://s.example/"\n' + table(one) + table(other))
    with pytest.raises(ConfigError, match="differ in case only"):
        load(file)
    file.write_text('[site]\ntitle = "S"\nhome = "https://s.example/"\n' + table(one) + table("other/x"))
    assert len(load(file).feed) == 2


@pytest.mark.parametrize(
    ("table", "key", "most"),
    [
        ("delivery", "lease", "1 day"),
        ("delivery.timeouts", "final", "1 day"),
        ("delivery.retry", "first", "365 days"),
        ("delivery.canary", "wait", "365 days"),
    ],
)
@pytest.mark.parametrize("value", ["0", "-5", '"999999 weeks"'])
def test_durations_of_delivery_have_limits(
    tmp_path: Path, table: str, key: str, most: str, value: str
) -> None:
    error = wrong(tmp_path, f"{SITE}\n[{table}]\n{key} = {value}\n")
    assert error.where.field == f"{table}.{key}"
    assert f"must be longer than zero and at most {most}" in error.message
