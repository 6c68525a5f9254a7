"""JSON that is read value by value, with `json.loads` as the oracle."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syndicate.sources import json_stream
from syndicate.sources.json_stream import BrokenJsonError, ListItem, ListStart, Member, iterate_json


class Trickle(io.BytesIO):
    """A file that gives a few bytes at a time, so that every value is cut somewhere."""

    def __init__(self, data: bytes, step: int) -> None:
        super().__init__(data)
        self._step = step

    def read(self, size: int | None = -1, /) -> bytes:
        del size
        return super().read(self._step)


def document(data: bytes, step: int = 1 << 16, limit: int = 1_000_000) -> Any:
    """Put the values of a document together again."""
    whole: Any = {}
    name: str | None = None
    for each in iterate_json(Trickle(data, step), limit):
        if isinstance(each, ListStart):
            name = each.name
            if name is None:
                whole = []
            else:
                whole[name] = []
        elif isinstance(each, ListItem):
            (whole if name is None else whole[name]).append(each.value)
        elif each.name is None:
            whole = each.value
        else:
            whole[each.name] = each.value
    return whole


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
spaces = st.sampled_from([None, 1, "\t", "\n \r\n"])


@given(values, spaces, st.booleans(), st.integers(1, 40))
@example({"items": [1.5e300, -0.0], "a": []}, None, False, 1)
@example("\ud83d\ude00", None, True, 1)
def test_any_document_is_read_as_json_loads_reads_it(
    value: Any, indent: Any, is_ascii: bool, step: int
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    data = b"\xef\xbb\xbf" * (step % 2) + text.encode("utf-8", "surrogatepass" if is_ascii else "replace")
    assert document(data, step) == json.loads(data.decode("utf-8-sig"))


@given(st.text(alphabet='[]{}",:0123truefalsn\\u \n.eE-', max_size=30), st.integers(1, 9))
@example('{"a":1}x', 1)
@example("[1,]", 1)
@example('["\\u12"]', 1)
@example("[1 2]", 1)
def test_what_json_loads_refuses_is_refused(text: str, step: int) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(BrokenJsonError):
            document(text.encode(), step)
    else:
        found = document(text.encode(), step)
        assert repr(found) == repr(expected)


@pytest.mark.parametrize("size", [json_stream._CHUNK - 40, json_stream._CHUNK, 5 * json_stream._CHUNK])
@pytest.mark.parametrize("kind", ["text", "list", "numbers"])
def test_values_beyond_the_buffer(size: int, kind: str) -> None:
    value: Any = {
        "text": "ä" * size,
        "list": [["x"] * 10] * (size // 50),
        "numbers": [1234567890.5] * (size // 12),
    }[kind]
    whole = {"before": [1, 2], "items": [value, {"after": value}, 12345], "n": 7}
    assert document(json.dumps(whole, ensure_ascii=False).encode()) == whole


def test_a_fault_says_where_it_is_and_costs_nothing_before_it() -> None:
    found: list[Any] = []
    data = b'{"items": [\n{"a": 1},\n  {"b": 2}\n, {"c": tru} ]}'

    def read() -> Iterator[Any]:
        yield from iterate_json(io.BytesIO(data), 100)

    with pytest.raises(BrokenJsonError) as caught:
        found.extend(read())
    assert (caught.value.line, caught.value.column) == (4, 9)
    generator = iterate_json(io.BytesIO(data), 100)
    assert [next(generator) for _ in range(3)] == [
        ListStart("items"),
        ListItem({"a": 1}, 2),
        ListItem({"b": 2}, 3),
    ]


def test_bytes_that_are_not_utf_8_are_named() -> None:
    found = list(iterate_json(io.BytesIO(b'["a", "\xff", "\\udcff", "\xc3\xa4"]'), 100))
    assert [each.wrong_byte for each in found if isinstance(each, ListItem)] == [None, 0xFF, None, None]
    with pytest.raises(BrokenJsonError, match="byte 0xff"):
        document(b'{"a": "\xff"}')


def test_a_value_has_a_size_limit() -> None:
    with pytest.raises(BrokenJsonError, match="more than 1 million characters"):
        document(b'["' + b"x" * 1_000_001 + b'"]')
    assert document(b'["' + b"x" * 999_000 + b'"]')


def test_an_endless_value_is_read_no_further_than_the_limit() -> None:
    class Endless(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1, /) -> bytes:
            assert size
            Endless.given += size
            return b"x" * size

    file = Endless()
    file.read(1)
    with pytest.raises(BrokenJsonError):
        list(iterate_json(_Joined(b'["', file), 200_000))
    assert Endless.given < 1_000_000


class _Joined(io.BytesIO):
    def __init__(self, start: bytes, rest: io.BytesIO) -> None:
        super().__init__(start)
        self._rest = rest

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size) or self._rest.read(size)


def test_members_that_are_not_lists_come_whole() -> None:
    assert list(iterate_json(io.BytesIO(b'{"a": {"b": [1]}, "c": []}'), 100)) == [
        Member("a", {"b": [1]}),
        ListStart("c"),
    ]
