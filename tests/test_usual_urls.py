"""URLs of the usual form are not normalized: they are normalized already."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from helpers_text import anything
from syndicate.model.base import _USUAL_URL, Url, normalized_url

URL: TypeAdapter[str] = TypeAdapter(Url)
pieces = st.sampled_from(
    [
        *(
            "http://",
            "https://",
            "HTTPS://",
            "a",
            "b-c",
            ".",
            "..",
            "example",
            "org",
            "xn--a",
            "_",
            ":80",
            ":443",
        ),
        *("/", "//", "?", "#", "=", "&", "%20", "%", "é", " ", "@", "[", "]", "\\", "|", "~", "1", "{", '"'),
        *("x" * 62, "x" * 64, "\t", "\n", "\x01", ";", "//user@"),
    ]
)


@settings(max_examples=600)
@given(st.lists(pieces, max_size=12).map("".join).map("https://a.example/".__add__) | anything)
@example("https://a.example/?")
@example("https://a.example/a?b#c")
@example("https://" + "a." * 200 + "example/")
@example("https://a.example//b/../c")
def test_a_url_has_the_normalized_form(text: str) -> None:
    try:
        expected = normalized_url(text.strip())
    except ValueError as error:
        with pytest.raises(ValidationError) as caught:
            URL.validate_python(text)
        assert str(error) in str(caught.value)
    else:
        assert URL.validate_python(text) == expected


@settings(max_examples=600)
@given(st.lists(pieces, max_size=12).map("".join).map("https://".__add__))
def test_no_url_of_the_usual_form_is_changed(text: str) -> None:
    if _USUAL_URL.fullmatch(text):
        assert normalized_url(text) == text


@pytest.mark.parametrize("url", ["https://a.example/", "http://www.a-b.example/2025/x_y.html?a=b&c=%d"[:-3]])
def test_usual_urls_are_recognized(url: str) -> None:
    assert _USUAL_URL.fullmatch(url)
