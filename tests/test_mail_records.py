"""Whatever is published in the DNS: parsing SPF, DKIM and DMARC records ends with a value or a reason."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.deliverability import dkim_records, dmarc, spf
from syndicate.deliverability.dns_resolver import LookupFailedError, RecordType

ADDRESS = ip_address("192.0.2.10")


class FixedRecords:
    """A resolver with the records of a mapping; a name that is not in it cannot be looked up."""

    def __init__(self, records: Mapping[str, tuple[str, ...]]) -> None:
        self._records = records

    def lookup(self, name: str, kind: RecordType) -> tuple[str, ...]:
        if name not in self._records:
            raise LookupFailedError("nothing is known")
        return self._records[name] if kind == "TXT" else ()


pieces = st.sampled_from(
    [
        *(
            "v=spf1",
            "-all",
            "~all",
            "?all",
            "+all",
            "include:a",
            "include:b",
            "redirect=a",
            "redirect=b",
            "a",
        ),
        *(
            "mx",
            "ptr",
            "exists:%{i}.a",
            "exists:a",
            "ip4:192.0.2.10",
            "ip4:192.0.2.0/24",
            "ip4:192.0.2.10/33",
        ),
        *(
            "ip6:2001:db8::/32",
            "ip6:::1/129",
            "a/24//64",
            "a:b/24",
            "exp=a",
            "",
            "x",
            "ip4:",
            "include:",
            "=",
        ),
    ]
)
records = st.one_of(st.text(max_size=40), st.lists(pieces, max_size=8).map(" ".join))


@given(first=records, second=records, prefix=st.booleans())
def test_any_spf_record_has_a_result_or_a_reason(first: str, second: str, prefix: bool) -> None:
    published = {"a": ("v=spf1 " + first if prefix else first,), "b": ("v=spf1 " + second,)}
    evaluation = spf.SpfEvaluation(FixedRecords(published), [ADDRESS])
    try:
        results = evaluation.evaluate("a", "v=spf1 " + first)
    except spf.SpfError as error:
        assert str(error)
        return
    assert set(results) == {ADDRESS}
    assert set(results.values()) <= {"pass", "fail", "softfail", "neutral", "unknown"}


@given(
    networks=st.lists(st.tuples(st.integers(0, 255), st.integers(8, 32)), max_size=6),
    last=st.sampled_from(["-all", "~all", "?all", "redirect=a", ""]),
)
def test_an_address_that_is_added_passes(networks: list[tuple[int, int]], last: str) -> None:
    terms = [f"ip4:198.51.100.{host}/{length}" for host, length in networks]
    record = " ".join(["v=spf1", *terms, last]).strip()
    resolver = FixedRecords({"a": ("v=spf1 -all",)})
    before = spf.SpfEvaluation(resolver, [ADDRESS]).evaluate("b", record)
    inside = any(
        ADDRESS in ip_network(f"198.51.100.{host}/{length}", strict=False) for host, length in networks
    )
    assert (before[ADDRESS] == "pass") == inside
    added = spf.add_addresses(record, [IPv4Address("192.0.2.10")])
    assert spf.SpfEvaluation(resolver, [ADDRESS]).evaluate("b", added)[ADDRESS] == "pass"


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_dmarc_record_has_a_policy_or_a_reason(own: str, above: str) -> None:
    resolver = FixedRecords(
        {
            "_dmarc.news.harbour.example": (f"v=DMARC1;{own}",),
            "_dmarc.harbour.example": (f"v=DMARC1;{above}",),
        }
    )
    try:
        policy = dmarc.find_policy(resolver, "news.harbour.example")
    except dmarc.DmarcError as error:
        assert str(error)
    else:
        assert policy is None or policy.policy in ("none", "quarantine", "reject") or policy.domain


@given(st.text(max_size=80))
def test_any_dkim_record_is_a_key_or_none(text: str) -> None:
    found = dkim_records.parse(text)
    assert found is None or isinstance(found.key, str)
    [key] = [dkim_records.parse(f"v=DKIM1 ; k = rsa; p=QUJD\n QUJD; n={text.replace(';', '')}")]
    assert key is not None
    assert (key.key_type, key.key) == ("rsa", "QUJDQUJD")


@pytest.mark.parametrize(
    ("domain", "asked"),
    [
        ("harbour.example", ["harbour.example"]),
        ("a.b.harbour.example", ["a.b.harbour.example", "b.harbour.example", "harbour.example"]),
        # RFC 9989, section 4.10: at most eight lookups.
        (
            "j.i.h.g.f.e.d.c.b.a.example",
            [
                *("j.i.h.g.f.e.d.c.b.a.example", "f.e.d.c.b.a.example", "e.d.c.b.a.example"),
                *("d.c.b.a.example", "c.b.a.example", "b.a.example", "a.example"),
            ],
        ),
    ],
)
def test_the_tree_walk(domain: str, asked: list[str]) -> None:
    names: list[str] = []

    class Noting:
        def lookup(self, name: str, kind: RecordType) -> tuple[str, ...]:
            names.append(name.removeprefix("_dmarc."))
            return ()

    assert dmarc.find_policy(Noting(), domain) is None
    assert names == asked


@pytest.mark.parametrize(
    ("domain", "other", "published", "aligned"),
    [
        ("harbour.example", "harbour.example", {}, True),
        ("news.harbour.example", "harbour.example", {}, True),
        ("a.harbour.example", "b.harbour.example", {"harbour.example": "p=none"}, True),
        ("a.harbour.example", "b.harbour.example", {}, False),
        ("harbour.example", "other.example", {"harbour.example": "p=none"}, False),
        # A registry's record does not join its customers.
        ("harbour.example", "other.example", {"example": "p=none; psd=y"}, False),
        ("a.harbour.example", "a.other.example", {"harbour.example": "p=none; psd=n"}, False),
    ],
)
def test_alignment(domain: str, other: str, published: dict[str, str], aligned: bool) -> None:
    class Published:
        def lookup(self, name: str, kind: RecordType) -> tuple[str, ...]:
            policy = published.get(name.removeprefix("_dmarc."))
            return (f"v=DMARC1; {policy}",) if policy else ()

    assert dmarc.is_aligned(Published(), domain, other, is_strict=False) == aligned
    assert dmarc.is_aligned(Published(), domain, other, is_strict=True) == (domain == other)
