"""Shortcodes, Liquid tags and components: what readers see instead, and what is reported."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syndicate.model import Problem
from syndicate.sources.files import TextFile
from syndicate.sources.markdown import read_markdown
from syndicate.sources.shortcodes.expansion import expand_shortcodes, without_module_lines
from syndicate.sources.shortcodes.replacements import PageContext
from syndicate.sources.shortcodes.tags import read_arguments
from syndicate.sources.source import RawRecord

FIELDS: dict[str, Any] = {"title": "The lamp", "date": "2026-11-20", "params": {"height": 31}}


def expand(text: str, *, is_mdx: bool = False) -> tuple[str, list[str]]:
    found = expand_shortcodes(text, PageContext(FIELDS), is_mdx=is_mdx)
    return found.text, [source for source, _ in found.unknown]


def read(text: str, name: str = "a.md") -> tuple[RawRecord, list[Problem]]:
    found = list(read_markdown(TextFile(Path(name), name, text)))
    (record,) = [each for each in found if isinstance(each, RawRecord)]
    return record, [each for each in found if isinstance(each, Problem)]


LINKS = [
    ("{{< youtube q1w2e3r4t5y >}}", "[YouTube video](<https://www.youtube.com/watch?v=q1w2e3r4t5y>)"),
    (
        '{{< youtube id="q1w2e3r4" start="30" title="A [b]" >}}',
        "[A  b (YouTube video)](<https://www.youtube.com/watch?v=q1w2e3r4&t=30s>)",
    ),
    ('{{ youtube(id="q1w2e3r4") }}', "[YouTube video](<https://www.youtube.com/watch?v=q1w2e3r4>)"),
    (
        '{% include youtube.html id="q1w2e3r4" %}',
        "[YouTube video](<https://www.youtube.com/watch?v=q1w2e3r4>)",
    ),
    (
        '{% youtube "https://youtu.be/q1w2e3r4" %}',
        "[YouTube video](<https://www.youtube.com/watch?v=q1w2e3r4>)",
    ),
    ('<YouTube id="q1w2e3r4" />', "[YouTube video](<https://www.youtube.com/watch?v=q1w2e3r4>)"),
    (
        "{{< video https://www.youtube.com/embed/q1w2e3r4 >}}",
        "[YouTube video](<https://www.youtube.com/watch?v=q1w2e3r4>)",
    ),
    ("{{< vimeo 146022717 >}}", "[Vimeo video](<https://vimeo.com/146022717>)"),
    ('{{< tweet user="nora" id="123" >}}', "[X post](<https://x.com/nora/status/123>)"),
    ("{{< x 123 >}}", "[X post](<https://x.com/i/status/123>)"),
    ("{{< instagram BWNjjyYFxVx >}}", "[Instagram post](<https://www.instagram.com/p/BWNjjyYFxVx/>)"),
    ("{{< gist nora 123abc >}}", "[GitHub Gist](<https://gist.github.com/nora/123abc>)"),
    ("{% gist nora/123abc %}", "[GitHub Gist](<https://gist.github.com/nora/123abc>)"),
    ('[a]({{< ref "boats/skiff.md#oars" >}})', "[a](boats/skiff/#oars)"),
    ('[a]({{< relref path="../skiff/index.md" >}})', "[a](../skiff/)"),
    ("![a]({{ site.baseurl }}/b.png)", "![a](/b.png)"),
    ("![a]({{ '/b.png' | relative_url }})", "![a](/b.png)"),
    ('[a]({{ "/b/" | url }})', "[a](/b/)"),
    ("{{ page.title }} of {{ page.date }}", "The lamp of 2026-11-20"),
    ('{{< param "height" >}} m', "31 m"),
    ("{{< kbd Ctrl-C >}}", "<kbd>Ctrl-C</kbd>"),
]


@pytest.mark.parametrize(("text", "expected"), LINKS)
def test_usual_tags_within_a_line(text: str, expected: str) -> None:
    assert expand(f"See {text}.") == (f"See {expected}.", []) or expand(text) == (expected, [])


FIGURE = "<figure>\n\n![Alt](<a.png>)\n\n<figcaption>\n\nA *lamp*\n\n</figcaption>\n</figure>"

BLOCKS = [
    ('{{< figure src="a.png" alt="Alt" caption="A *lamp*" >}}', FIGURE),
    ('{{< img src="a.png" alt="Alt" >}}', "![Alt](<a.png>)"),
    ('{% image "./a.png", "Alt" %}', "![Alt](<./a.png>)"),
    (
        '{% include figure.html image_path="/a.png" alt="Alt" caption="A *lamp*" %}',
        FIGURE.replace("a.png", "/a.png"),
    ),
    ("{{% notice tip %}}Bring a coat.{{% /notice %}}", "> **Tip**\n>\n> Bring a coat."),
    (
        '{{< callout type="warning" title="Mind" >}}\nBring *a* coat.\n{{< /callout >}}',
        "> **Mind**\n>\n> Bring *a* coat.",
    ),
    ('{% quote(author="Nora") %}\nA\n{% end %}', "> A\n>\n> — Nora"),
    ("{{< highlight go >}}\nx := `*a*` {{ b }}\n{{< /highlight >}}", "```go\nx := `*a*` {{ b }}\n```"),
    ("{% highlight ruby linenos %}\n```\n{% if %}\n{% endhighlight %}", "````ruby\n```\n{% if %}\n````"),
    (
        '{{< details summary="More" >}}\n*a*\n{{< /details >}}',
        "<details>\n<summary>More</summary>\n\n*a*\n\n</details>",
    ),
    ('{{< tabs >}}\n\n    {{< tab "One" >}}\n    *a*\n    {{< /tab >}}\n\n{{< /tabs >}}', "**One**\n\n*a*"),
    ('<Tabs>\n<TabItem value="x" label="One">\n\n*a*\n\n</TabItem>\n</Tabs>', "**One**\n\n*a*"),
    ('{{< audio src="a.mp3" >}}', '<audio src="a.mp3" controls></audio>'),
    ("{{< rawhtml >}}<b>x</b>{{< /rawhtml >}}", "<b>x</b>"),
    ("{% comment %}secret {{ x }}{% endcomment %}", ""),
    ("{# secret #}", ""),
    ("{{< toc >}}", ""),
]


@pytest.mark.parametrize(("text", "expected"), BLOCKS)
def test_usual_tags_that_are_blocks(text: str, expected: str) -> None:
    shown, unknown = expand(f"Before.\n\n{text}\n\nAfter.")
    inner = shown.removeprefix("Before.").removesuffix("After.").strip()
    assert (re.sub(r"\n{3,}", "\n\n", inner), unknown) == (expected, [])


def test_blocks_in_lists_and_quotes_stay_there() -> None:
    shown, _ = expand("- A\n\n  {{< note >}}\n  B\n\n  C\n  {{< /note >}}\n\n- D")
    assert "\n  > **Note**\n  >\n  > B\n  >\n  > C" in shown
    shown, _ = expand("> {{% tip %}}B{{% /tip %}}\n> C")
    assert "> > **Tip**\n> >\n> > B\n>\n> C" in shown
    shown, _ = expand("A {{% tip %}}B{{% /tip %}} C")
    assert shown == "A \n\n> **Tip**\n>\n> B\n\n C"


def test_unknown_tags_go_but_their_text_stays() -> None:
    reveal = '{{% reveal from="left" %}}Words *there*.{{% /reveal %}}'
    text = f"A {{{{< sparkle >}}}} B\n\n{reveal}\n\n{{% include footer.html %}}\nC"
    shown, unknown = expand(text)
    assert shown == "A  B\n\nWords *there*.\n\n\nC"
    assert unknown == ["{{< sparkle >}}", '{{% reveal from="left" %}}', "{% include footer.html %}"]


def test_one_note_names_the_tags_with_their_lines() -> None:
    record, (note,) = read("---\ntitle: T\n---\n\n{{< a >}}\n{{< youtube q1w2e3r4 >}}\n{{< a >}}\n{% b %}\n")
    assert (note.severity, note.file, note.line) == ("note", "a.md", 5)
    assert "shortcodes" in note.message
    assert "{{< a >}} (line 5), {% b %} (line 8)" in note.message
    assert "{" not in record.fields["content_html"]
    assert record.fields["content_markdown"].count("[YouTube video](") == 1
    many = "\n".join(f"{{{{< a{n} >}}}}" for n in range(20))
    _, (note,) = read(many)
    assert note.message.endswith("{{< a7 >}} (line 8) and 12 more")


IN_CODE = [
    "{{< youtube a >}}",
    "{% include a %}",
    "{{ page.title }}",
    "<Tabs>",
    "{% raw %}",
    "{{% a %}}b{{% /a %}}",
]


@pytest.mark.parametrize("tag", IN_CODE)
def test_tags_in_code_stay(tag: str) -> None:
    for text in (f"a `{tag}` b", f"```\n{tag}\n```", f"a\n\n    {tag}\n\nb", f"- ~~~\n  {tag}\n  ~~~"):
        assert expand(text) == (text, [])


def test_what_nobody_is_to_see_in_code() -> None:
    assert expand("`{% raw %}{{ a }}{% endraw %}`") == ("`{{ a }}`", [])
    assert expand("```\n{{</* youtube a */>}}\n{{%/* b */%}}\n```") == (
        "```\n{{< youtube a >}}\n{{% b %}}\n```",
        [],
    )
    assert expand("{% raw %}\n```\n{{ a }}\n```\n{% endraw %} {{</* a */>}}") == (
        "\n```\n{{ a }}\n```\n {{< a >}}",
        [],
    )


def test_escaped_shortcodes_print_the_plain_form() -> None:
    record, problems = read("# T\n\nWrite {{</* youtube q1w2e3r4 */>}}.")
    assert record.fields["content_html"] == "<p>Write {{&lt; youtube q1w2e3r4 &gt;}}.</p>\n"
    assert problems == []


BROKEN = [
    *("{{< a", "{{< a >", "{{<", "{{< >}}", "{{< /a >}}", "{{% /a %}}", "{% endif %}", "{% if", "{% %}"),
    *("{{", "{{ }}"),
    *("{{< a >}} b {{< /c >}}", "{{< a >}}{{< b >}}x{{< /a >}}{{< /b >}}", "{% raw %}", "{% highlight %}"),
    *("{# a"),
    *("<Tabs", "<Tabs>", "</Tabs>", "<A b={", "{{</* a", '{{< a "b >}}', "{% end %}", "{{{ a }}}", "}}"),
    *("%}"),
]


@pytest.mark.parametrize("text", BROKEN)
def test_broken_tags_never_cost_the_article(text: str) -> None:
    record, _ = read(f"# T\n\nFirst word.\n\n{text}\n\nLast word.")
    assert "First word." in record.fields["content_html"]
    assert "Last word." in record.fields["content_html"]
    record, _ = read(f"# T\n\nA {text} z")
    assert "z" in record.fields["content_html"]


def test_mdx() -> None:
    text = (
        "import X from '@site/x'\nexport const y = 1\n\n# T\n\nA <Badge>new</Badge> {props.x} {'b'} `{c}`\n\n"
        "<Card style={{color: 'red'}}>\n  **bold**\n</Card>\n\n{/* hidden */}\n"
    )
    record, (note,) = read(text, "a.mdx")
    html = record.fields["content_html"]
    assert record.fields["title"] == "T"
    assert html.replace("\n", "") == "<p>A new  b <code>{c}</code></p><p><strong>bold</strong></p>"
    assert "{props.x} (line 6)" in note.message
    assert "<Badge> (line 6)" in note.message


def test_components_in_plain_markdown_begin_a_line() -> None:
    assert expand("Vec<String> and\n\n<Tabs>\n\na\n\n</Tabs>")[0].startswith("Vec<String> and")
    assert "import a" in without_module_lines("import a boat\n\n<b>x</b>")
    assert without_module_lines("import A from 'a';\n\nb").strip() == "b"


def test_arguments() -> None:
    assert read_arguments('a "b c" d=e f="g \\"h\\"" i: j k={l} m={"n"}') == (
        ("a", "b c"),
        {"d": "e", "f": 'g "h"', "i": "j", "k": "l", "m": "n"},
    )


def test_formulas_are_no_tags() -> None:
    assert expand("$\\frac{{a}}{{b}}$") == ("$\\frac{{a}}{{b}}$", [])


def test_shortcodes_can_be_left() -> None:
    from syndicate.sources.markdown_dialects.options import MarkdownOptions

    file = TextFile(Path("a.md"), "a.md", "# T\n\n{{ a }}")
    (record,) = list(read_markdown(file, MarkdownOptions(shortcodes=False)))
    assert isinstance(record, RawRecord)
    assert record.fields["content_html"] == "<p>{{ a }}</p>\n"


TAGS = [
    *("{{< a >}}", "{{< /a >}}", "{{% b %}}", "{{% /b %}}", "{% c %}", "{% endc %}", "{% end %}"),
    *("{{ d }}", "<E>"),
    *("</E>", "<E/>", "{% raw %}", "{% endraw %}", "{{</*", "*/>}}", "{{<", "{%", "{{", "}}", "%}", "{#"),
    *("`", "\n"),
    *("\n\n", "\n    ", "字", " ", "$", "{{% notice %}}", "{{% /notice %}}", "{{< tab >}}", "{{< /tab >}}"),
    *("> ", "- "),
]


@example("{%{{< a >}}字{{% b %}}", False)
@given(st.lists(st.sampled_from(TAGS), max_size=25).map("".join), st.booleans())
def test_no_text_is_lost_and_no_tag_is_printed(text: str, is_mdx: bool) -> None:
    shown = expand_shortcodes(text, PageContext(), is_mdx=is_mdx).text
    inside = re.sub(r"\{[{%#<].*?[}%#>]\}|<!--.*", "", text, flags=re.DOTALL)
    assert shown.count("字") >= (0 if "{" in inside else inside.count("字"))
    if (
        "`" not in text
        and "\n    " not in text
        and "$" not in text
        and "raw" not in text
        and "/*" not in text
    ):
        assert not re.search(r"\{\{[<%] /?[ab] [>%]\}\}|\{% c %\}|\{\{ d \}\}", shown)


@pytest.mark.parametrize("depth", [5, 25, 5000])
def test_nesting(depth: int) -> None:
    shown, _ = expand("{{% note %}}" * depth + "字" + "{{% /note %}}" * depth)
    assert shown.count("字") == 1
    assert "{" not in shown
    assert len(shown) < 400 * depth


def test_tags_in_blocks_of_html_become_html() -> None:
    # Markdown is not read there: the image would be printed as text.
    figure = "<figure>\n  {}\n  <figcaption>Übergabe</figcaption>\n</figure>"
    text = figure.format('{% image src="a.png", alt="The \\"lamp\\" & <light>" %}')
    shown, unknown = expand(f"Vörher.\n\n{text}\n\nAfter.")
    image = '<img src="a.png" alt="The &quot;lamp&quot; &amp; &lt;light&gt;" />'
    assert (shown, unknown) == (f"Vörher.\n\n{figure.format(image)}\n\nAfter.", [])


def test_addresses_in_blocks_of_html_stay_addresses() -> None:
    shown, _ = expand('<div>\n<a href="{{< ref "boats/skiff_a_b.md" >}}">a</a>\n</div>')
    assert shown == '<div>\n<a href="boats/skiff_a_b/">a</a>\n</div>'
