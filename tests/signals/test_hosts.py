from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.signals.hosts import host_of, net_location


@pytest.mark.parametrize(
    ("url", "registered", "full"),
    [
        ("http://forums.bbc.co.uk/path", "bbc.co.uk", "forums.bbc.co.uk"),
        ("Upper.COM", "Upper.COM", "Upper.COM"),
        ("https://user:pw@a.b.example.com:8080/x", "example.com", "a.b.example.com"),
        ("http://co.uk/", "", ""),
        ("http://blogspot.com/", "blogspot.com", "blogspot.com"),
        ("http://me.blogspot.com/", "blogspot.com", "me.blogspot.com"),  # private suffixes are none
        ("http://a.b.ck/", "a.b.ck", "a.b.ck"),  # *.ck
        ("http://b.ck/", "", ""),
        ("http://www.ck/", "www.ck", "www.ck"),  # !www.ck
        ("http://x.city.kobe.jp/", "city.kobe.jp", "x.city.kobe.jp"),
        ("http://пример.рф/", "пример.рф", "пример.рф"),
        ("http://a.xn--p1ai/", "a.xn--p1ai", "a.xn--p1ai"),
        ("http://a\u3002com./", "a.com", "a.com"),
        ("http://.b.com/", "b.com", "b.com"),
        ("http://a..b.com/", "b.com", "a..b.com"),
        ("http://..com/", "", ""),
        ("http://127.0.0.1/", "", ""),
        ("http://[::1]:80/a.com", "", ""),
        ("http://localhost:1/", "", ""),
        ("not a url", "", ""),
        ("", "", ""),
    ],
)
def test_domains_and_full_names(url: str, registered: str, full: str) -> None:
    assert (host_of(url).registered_domain, host_of(url).full_name) == (registered, full)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("//a.org/x", "a.org"),
        ("http://a.org?x@y", "a.org"),
        ("a.org//b", "a.org"),
        ("x y://a.org", "x y"),
        ("http://[::1]:8/", "[::1]"),
        ("http://[::1/", "["),
    ],
)
def test_net_locations(url: str, expected: str) -> None:
    assert net_location(url) == expected


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text("a.:/@?#[]!*\u3002 uk", max_size=20))
def test_nothing_raises_and_names_are_parts_of_the_location(url: str) -> None:
    host = host_of(url)
    assert host.full_name in net_location(url).replace("\u3002", ".")
    assert host.full_name.endswith(host.registered_domain)


def test_a_name_of_a_million_labels_is_read_in_one_pass() -> None:
    assert host_of("http://" + "a." * 500_000 + "com/").registered_domain == "a.com"
