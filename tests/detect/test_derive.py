"""What a token or a label alone makes: expressions that find it in every place where people put one."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.detect import Classifier, Detector
from classifier.detect.derive import (
    FIRST,
    LABELLED,
    alternatives,
    begins_as,
    begun_with,
    leading,
    of_assignment,
    of_label,
    of_number,
    of_token,
)
from classifier.detect.prefilter import scanner

Load = Callable[..., tuple[Detector, ...]]
VALUE = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"


@pytest.mark.parametrize(
    ("expression", "begins"),
    [
        ("ghx_[A-Za-z0-9]{36}", "ghx_[A-Za-z0-9]{20}"),
        ("(?:ab){19}c", "(?:ab){12}"),
        ("xo-[0-9]{10,13}-[a-z]{4}", "xo-[0-9]{10}"),
        ("ab+c", "ab"),
        ("ab*c", "a"),
        ("(?:live|test)_[a-z]{4,}", "(?:live|test)_[a-z]{4}"),
        (r"(?<!x)k\.[^]a]{2}\]?z", r"k\.[^]a]{2}"),
        (r"a(?:b(?:c|\)){2}){3}[\]\-]{5,6}?d", r"a(?:b(?:c|\)){2}){3}[\]\-]{5}"),
    ],
)
def test_leading(expression: str, begins: str) -> None:
    assert leading(expression) == begins
    re.compile(begins)


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ("abc", ["abc"]),
        ("a|b(?:c|d)|[|)]e", ["a", "b(?:c|d)", "[|)]e"]),
        (r"a\|b|", [r"a\|b", ""]),
        ("(?i)a|b", ["(?i)a|b"]),
    ],
)
def test_alternatives(expression: str, parts: list[str]) -> None:
    assert alternatives(expression) == parts


@pytest.mark.parametrize("expression", ["a|b", "(a", "a)"])
def test_what_cannot_be_taken_apart(expression: str) -> None:
    with pytest.raises(ValueError, match=r"alone|closed"):
        of_token(expression)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "'{}'",
        "x={};",
        r"\n{}\n",
        "%22{}%22",
        r"{{\u0022{}\u0022}}",
        "https://h/{}?x",
        "a.{}.b",
        "({}),",
    ],
)
def test_a_token_in_its_surroundings(load: Load, text: str) -> None:
    (detector,) = load({"id": "T", "token": "vnd_[a-z0-9]{16}", "confidence": {"bare": 0.9}})
    token = "vnd_" + VALUE[:16]
    data = text.format(token).encode()
    (match,) = Classifier([detector], b"k" * 16).classify(data)
    assert data[match.location.byte_start : match.location.byte_end] == token.encode()


@pytest.mark.parametrize("text", ["x{}", "{}9", "1{}", "{}a"])
def test_a_part_of_something_longer_is_no_token(load: Load, text: str) -> None:
    (detector,) = load({"id": "T", "token": "vnd_[a-z0-9]{16}", "confidence": {"bare": 0.9}})
    assert not Classifier([detector], b"k" * 16).classify(text.replace("{}", "vnd_" + VALUE[:16]).encode())


PLACES = [
    "ACME_API_KEY={}",
    "export ACME_API_KEY={};",
    'acme.apiKey: "{}"',
    '"acmeApiKey": "{}"',
    '{{"acme": "x", "acme-api-key":"{}"}}',
    r"\"acme_api_key\":\"{}\"",
    "--acme-api-key {}",
    "--acme-api-key={}",
    '<add key="acme-api-key" value="{}"/>',
    "<acme_api_key>{}</acme_api_key>",
    '{{"name": "ACME_API_KEY", "value": "{}"}}',
    "- name: ACME_API_KEY\n  value: {}\n",
    "api_key_acme => '{}'",
    "MY_API_KEY_ACME = `{}`",
    "the acme api key is {}",
    "os.environ['ACME_API_KEY'] = '{}'",
    'acme.set_api_key("{}")',
    "set ACME_API_KEY := {}",
    "https://h/?acme_api_key={}&x=1",
    "myAcmeApiKey = {}",
    "ACMEAPIKEY={}",
    "acmeapikey: {}",
    "acmeV2ApiKeyProd: {}",
]


@pytest.mark.parametrize("text", PLACES)
def test_a_label_in_every_place(load: Load, text: str) -> None:
    (detector,) = load(
        {
            "id": "L",
            "label": {"words": ["acme"], "roles": ["api key"], "value": "[a-f0-9]{32}"},
            "confidence": {"bare": 0.9},
        }
    )
    data = text.format(VALUE).encode()
    (match,) = Classifier([detector], b"k" * 16).classify(data)
    assert data[match.location.byte_start : match.location.byte_end] == VALUE.encode()


@pytest.mark.parametrize(
    "text",
    [
        "acme {}",
        "acme: {}",
        "api key {}",
        "dracme_api_key={}",
        "acme api key\n\n{}",
        "acme_api_key={}0",
        "acme_api_key = get('x'); y = {}",
        "acmes_api_key={}",
        "acme_monkey={}",
        "acme_keyspace={}",
        "acme_next_api_key={}",
        "acme-csrf-api-key: {}",
    ],
)
def test_what_is_no_label(load: Load, text: str) -> None:
    (detector,) = load(
        {
            "id": "L",
            "label": {"words": ["acme"], "roles": ["api key"], "value": "[a-f0-9]{32}"},
            "confidence": {"bare": 0.9},
        }
    )
    assert not Classifier([detector], b"k" * 16).classify(text.format(VALUE).encode())


def test_without_roles_the_label_is_the_name() -> None:
    expression = re.compile(of_label(["acme token"], [], "[a-f0-9]{32}").exact.encode())
    assert expression.search(f"ACME_TOKEN={VALUE}".encode())
    assert expression.search(f"acme-token-prod: {VALUE}".encode())
    assert not expression.search(f"acme token {VALUE}".encode())


@pytest.mark.parametrize(
    ("exact", "coarse", "begins"),
    [
        (r"(?<!\w)(?P<value>ey[A-D][a-z]{12,2000}\.x)", "ey[A-D][a-z]{12}", True),
        (r"\bab?c{2}d", "ab?c{2}", True),
        ("(?P<value>a(?:b|cd)e+)", "a(?:b|cd)", True),
        ("ab", "ab", True),
        ("a[b-c]{3}", "a[b-c]{4}", False),
        ("a[b-c]{3}d", "a[b-d]{3}", False),
        (r"\b[0-9]{6}\b", r"[0-9]{3}\b", False),
        (r"[0-9]{6}", r"[0-9]{3}(?=x)", False),
        ("xab", "ab", False),
        ("a?b", "ab", False),
        ("a(?P<in>b)?c", "ab", False),
        ("a", "ab", False),
        ("(?i:ab)c", "ab", False),
    ],
)
def test_what_begins_as_its_coarse_expression(exact: str, coarse: str, begins: bool) -> None:
    assert begins_as(exact, coarse, 0) is begins


@pytest.mark.parametrize(
    ("exact", "begun"),
    [(r"(?<!\w)(?P<value>ab\.[c-d]e)", "ab."), ("a?b", ""), ("ä1", ""), ("(?i:ab)c", ""), ("a|b", "")],
)
def test_what_every_match_begins_with(exact: str, begun: str) -> None:
    assert begun_with(exact, 0) == begun


def test_hits_far_after_the_beginning_are_no_reason_to_look_far_back(load: Load) -> None:
    (detector,) = load({"id": "LONG", "exact": "tok[a-z]{3,200}", "coarse": "tok[a-z]{3}", "max_length": 300})
    assert (detector.lead, detector.begins) == (6, ("tok",))


def test_where_to_begin_is_known(load: Load) -> None:
    """The exact expression is not run over all that a match could be long."""
    token, label = load(
        {"id": "T", "token": "vnd_[a-z0-9]{16,2000}"},
        {"id": "L", "label": {"words": ["acme"], "value": "[a-f0-9]{32,2000}"}},
    )
    assert token.lead == 20  # 4 of "vnd_", 16 as no more are sure
    assert label.lead == 4


def test_a_value_that_tells_itself_is_looked_for_in_place_of_its_label(load: Load) -> None:
    (detector,) = load(
        {
            "id": "L",
            "label": {"words": ["acme"], "roles": ["dsn"], "value": "acme:[a-z]{4}:[a-f0-9]{32}"},
            "confidence": {"bare": 0.9},
        }
    )
    assert detector.coarse == "acme:[a-z]{4}:[a-f0-9]{14}"
    (match,) = Classifier([detector], b"k" * 16).classify(f"ACME_DSN = 'acme:abcd:{VALUE}'".encode())
    assert match.detector == "L"


def test_an_assignment_begins_with_what_a_labelled_value_may_have() -> None:
    of_assignment("[a-z]{12}[=%]{1,4}")
    with pytest.raises(ValueError, match="must begin with 12 or more"):
        of_assignment("[a-z]{11}[=%]{1,4}")


@settings(max_examples=1000, deadline=None)
@given(
    name=st.lists(
        st.sampled_from(
            ("acme", "Acme", "api", "_", "-", ".", " ", "  ", "key", "Key", "KEY", "prod", "id", "2")
        ),
        max_size=9,
    ).map("".join),
    closing=st.lists(
        st.sampled_from(('"', "'", '\\"', "&quot;", "%22", "\\u0022", ")", "]", ">")), max_size=3
    ),
    glue=st.sampled_from(
        [
            *("=", " = ", ":", ": ", ":=", " => ", "->", " -> ", "==", "||", "?=", "%3D", ", ", ",\n  ", "("),
            *("  ", " is ", ', "value": ', "\n  value: ", '" value="', " default=", ">", "::", ' is "', "\t"),
        ]
    ),
    opening=st.lists(
        st.sampled_from(('"', "'", '\\"', "&quot;", "%22", "\\u0022", "(", "[", "{", "<")), max_size=2
    ),
    scheme=st.sampled_from(("", "Bearer ", "basic  ", "token ", "key ", "apikey ")),
    value=st.text("abcdef0123456789", min_size=32, max_size=32),
)
def test_where_a_label_has_a_value_the_coarse_expression_fires(
    name: str, closing: list[str], glue: str, opening: list[str], scheme: str, value: str
) -> None:
    """It ends FIRST bytes after the value's beginning, which is what is looked at from there."""
    scan = scanner(((LABELLED.encode(), False),))
    if scan is None:
        pytest.skip("there is no Hyperscan")
    text = f"x {name}{''.join(closing)}{glue}{''.join(opening)}{scheme}{value};".encode()
    ends: set[int] = set()
    scan(text, lambda number, start, end, flags, context: ends.add(end))
    for derived in (
        of_label(["acme"], ["api key", "key id"], "[a-f0-9]{32}"),
        of_label(["acme key"], [], "[a-f0-9]{32}"),
        of_assignment("[a-f0-9]{32}"),
    ):
        assert derived.coarse == LABELLED
        for match in re.finditer(derived.exact.encode(), text):
            assert match.start("value") + FIRST in ends


def test_a_number_may_refer_back_to_its_separator() -> None:
    derived = of_number(r"\d{3}(?P<sep>[ -]?)\d{3}(?P=sep)\d{3}")
    assert derived.coarse == r"\d{3}(?:[ -]?)\d{3}(?:[ -]?)\d{3}"
    assert re.fullmatch(derived.exact, "123-456-789")
    assert not re.fullmatch(derived.exact, "123-456 789")
    with pytest.raises(ValueError, match="'sep' is referred back to"):
        of_number(r"\d(?P<sep>(?:-| ))\d(?P=sep)\d")
