"""Problems of one kind are listed together, and none is lost."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from helpers_site import MAIN, cli, configured, source, write
from syndicate.model import Problem
from syndicate.model.problem_kinds import group_by_kind, kind_of

SEVERITIES = ("error", "warning", "note")
TEXTS = st.text(alphabet="ab '\"12", max_size=8)
PROBLEMS = st.builds(Problem, message=TEXTS, severity=st.sampled_from(SEVERITIES), hint=st.none() | TEXTS)


@given(st.lists(PROBLEMS))
def test_every_problem_is_in_one_group(problems: list[Problem]) -> None:
    groups = group_by_kind(problems)
    assert sorted(str(each) for group in groups for each in group) == sorted(map(str, problems))
    assert all(len({kind_of(each) for each in group}) == 1 for group in groups)
    assert len({kind_of(group[0]) for group in groups}) == len(groups)
    order = [SEVERITIES.index(group[0].severity) for group in groups]
    assert order == sorted(order)


def test_values_and_places_do_not_make_a_kind() -> None:
    first = Problem(message="not a date: '2026-13-01'", file="a.md", line=3)
    second = Problem(message="not a date: '2026-14-11'", file="b.md", line=7)
    assert kind_of(first) == kind_of(second)
    assert kind_of(first) != kind_of(first.model_copy(update={"severity": "warning"}))
    assert kind_of(first) != kind_of(Problem(message="not a language: 'x'"))


def test_check_lists_the_first_problems_of_each_kind(tmp_path: Path) -> None:
    posts = {f"posts/{n}.md": f"---\ntitle: Post {n}\ndate: 2026-13-{n}\n---\nWords.\n" for n in range(1, 41)}
    write(tmp_path, posts | {"posts/binary.md": b"\0"})
    configured(
        tmp_path, source(kind="markdown", path="posts/*.md", more='link = "https://h.example/{slug}/"'), MAIN
    )
    done = cli(tmp_path, "check")
    lines = done.stderr.splitlines()
    assert done.stdout == "41 errors, 0 warnings\n"
    assert sum("not a date" in line for line in lines) == 3
    assert "... and 37 more like these; --verbose lists all" in lines
    assert sum("the file is binary" in line for line in lines) == 1
    assert all(line.startswith(("error: posts/", "... and")) for line in lines)
    assert len(cli(tmp_path, "check", "--verbose").stderr.splitlines()) == 41
    assert len(json.loads(cli(tmp_path, "check", "--json").stdout)["problems"]) == 41


def test_equal_update_times_are_reported_once_per_feed(tmp_path: Path) -> None:
    posts = {f"posts/{n}.md": f"---\ntitle: Post {n}\n---\nWords.\n" for n in range(40)}
    write(tmp_path, posts)
    configured(
        tmp_path, source(kind="markdown", path="posts/*.md", more='link = "https://h.example/{slug}/"'), MAIN
    )
    problems = json.loads(cli(tmp_path, "check", "--json").stdout)["problems"]
    [duplicate] = [each for each in problems if "atom-updated-duplicate" in each["message"]]
    assert duplicate["message"].startswith("39 entries have the same updated time")
    assert (duplicate["file"], duplicate["severity"]) == ("main.atom", "warning")
