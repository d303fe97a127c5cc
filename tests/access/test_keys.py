"""Patterns of keys."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.access import keys
from classifier.access.keys import below, covers, meet, of_glob, outside
from classifier.model import Grant

BASE = "arn:aws:s3:::shop/"


def slow(glob: str, key: str) -> bool:
    """Whether the key fits, one character at a time."""
    if not glob:
        return not key
    if glob[0] == "*":
        return slow(glob[1:], key) or (bool(key) and slow(glob, key[1:]))
    return bool(key) and glob[0] in ("?", key[0]) and slow(glob[1:], key[1:])


@pytest.mark.parametrize(
    ("resource", "globs"),
    [
        ("*", ["*"]),
        ("arn:aws:s3:::shop/*", ["*"]),
        ("arn:aws:s3:::shop/a/b?.csv", ["a/b?.csv"]),
        ("arn:aws:s3:::shop", []),
        ("arn:aws:s3:::shop/", []),
        ("arn:aws:s3:::other/*", []),
        ("arn:aws:s3:::sh*", ["*"]),
        ("arn:aws:s3:::sh*.csv", ["*.csv"]),
        ("arn:aws:s3:::*/open/*", ["*/open/*", "open/*"]),
        ("arn:aws:s3:::sh?p/a", ["a"]),
        ("arn:*:shop/x*", ["*:shop/x*", "x*"]),
        ("arn:aws:s3:::shop/${aws:username}/*", ["*/*"]),
        ("arn:aws:s3:::shop/a${*}b", ["a?b"]),
        ("arn:aws:s3:::${aws:PrincipalTag/b}/k", ["*/k", "k"]),
    ],
)
def test_below(resource: str, globs: list[str]) -> None:
    assert sorted(t.glob for t in below(resource, BASE, True)) == globs


@pytest.mark.parametrize(
    ("resource", "exact", "key"),
    [
        ("arn:aws:s3:::shop/*.jpg", True, None),
        ("arn:aws:s3:::shop/a/key", True, "a/key"),
        ("arn:aws:s3:::shop/${aws:userid}", False, None),
        ("arn:aws:s3:::shop/what${?}", False, "what?"),
        ("arn:aws:s3:::${aws:PrincipalTag/b}/k", False, "k"),
    ],
)
def test_how_exact_a_template_is(resource: str, exact: bool, key: str | None) -> None:
    template = below(resource, BASE, True)[-1]
    assert template.exact == exact
    assert template.key == key or key == "k"


def test_variables_are_text_in_the_first_version_of_the_language() -> None:
    (template,) = below("arn:aws:s3:::shop/${aws:username}/*", BASE, False)
    assert (template.glob, template.exact) == ("${aws:username}/*", True)


def test_keys_of_a_template() -> None:
    (template,) = below("arn:aws:s3:::shop/${aws:username, 'me'}/?/*", BASE, True)
    values = {"aws:username": ["ann", "bob"]}
    found = list(template.keys(lambda name: values[name]))
    assert found[0] == "ann/x/classifier-probe"
    assert {key.split("/")[0] for key in found} == {"ann", "bob", "me"}


GLOBS = st.text(alphabet="ab/*?", max_size=7).map(lambda text: re.sub(r"\*+", "*", text))
KEYS = st.text(alphabet="ab/", min_size=1, max_size=7)


@settings(max_examples=600, deadline=None)
@given(GLOBS, GLOBS, KEYS)
def test_meet_is_the_intersection(one: str, other: str, key: str) -> None:
    assert any(slow(glob, key) for glob in meet(one, other)) == (slow(one, key) and slow(other, key))


@settings(max_examples=400, deadline=None)
@given(GLOBS, GLOBS, KEYS)
def test_what_is_covered_is_covered(wide: str, narrow: str, key: str) -> None:
    assert not (covers(wide, narrow) and slow(narrow, key)) or slow(wide, key)


@settings(max_examples=400, deadline=None)
@given(GLOBS, st.lists(GLOBS, max_size=3), KEYS)
def test_outside(glob: str, avoided: list[str], key: str) -> None:
    found = outside(glob, tuple(avoided))
    if found is None:
        assert not slow(glob, key) or any(slow(each, key) for each in avoided)
    else:
        assert found
        assert slow(glob, found)
        assert not any(slow(each, found) for each in avoided)


@settings(max_examples=400, deadline=None)
@given(GLOBS, st.lists(GLOBS, max_size=2), KEYS)
def test_grant_covers_what_its_globs_say(glob: str, excluded: list[str], key: str) -> None:
    prefix = re.split(r"[*?]", glob, maxsplit=1)[0]
    grant = Grant("anonymous", ("read",), prefix, "allowed", {}, {}, pattern=glob, excluded=tuple(excluded))
    wanted = slow(glob, key) and not any(slow(each, key) for each in excluded)
    assert grant.covers(key) == wanted
    assert grant.to_json()["excluded"] == excluded


def test_grant_of_one_key_takes_it_literally() -> None:
    grant = Grant("anonymous", ("read",), "a*", "allowed", {}, {}, exact_key=True)
    assert (grant.covers("a*"), grant.covers("ab")) == (True, False)


def test_hostile_patterns_take_no_time() -> None:
    long = "*a" * 500
    assert meet(long, "*b" * 500) == ()
    assert meet(long, "*b" * 500 + "*") == (long,)
    assert outside("*", tuple("*" + "?" * n + letter for n in range(30) for letter in "ab")) is not None
    assert list(keys.of_glob("a*").keys(lambda _: [])) == [f"a{filler}" for filler in keys.FILLERS]
    assert of_glob("a") is of_glob("a")
