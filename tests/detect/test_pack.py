"""Loading packs: what is right, every way to be wrong with its line, and the choice of detectors."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from classifier.detect import Detector, load_packs, select, shipped_packs, shipped_paths
from classifier.detect.schema import pack_schema
from classifier.errors import PackError, UsageError
from classifier.model import Category, DetectorInfo, Severity, Tier
from classifier.shipped import shipped

Load = Callable[..., tuple[Detector, ...]]
Whole = Callable[[dict[str, Any]], dict[str, Any]]

PACK = """\
pack: mine
detectors:
  - id: BADGE
    title: Badge number
    category: PERSONAL_INFORMATION
    tier: context
    severity: [Low, Medium, High]
    sensitivity: 0.3
    recommended: false
    coarse: '\\bB-\\d{6}'
    exact: '(?<!\\w)B-(?P<value>\\d{6})(?!\\d)'
    flags: i
    max_length: 20
    confidence: {bare: 0.5, keyword: 0.9}
    keywords: {words: [badge, staff id], before: 40, after: 5}
    validator: luhn
    entropy: 1.5
    deny: ['^(.)\\1+$']
    documentation: ['123456']
    normalize: digits
    keep: [1, 2]
    examples: {positive: ['badge B-123455'], negative: ['B-12']}
    source: https://example.org/badge
    remediation: Ask for a new badge.
  - id: DOOR
    title: Door code
    category: CREDENTIALS
    tier: pattern
    severity: [High, High, High]
    sensitivity: 1
    live_credential: true
    coarse: 'door\\d{4}'
    exact: 'door\\d{4}'
    confidence: {keyword: 0.8}
    near: {detector: BADGE, within: 100}
    source: https://example.org/door
    remediation: Change the code.
  - id: BADGE_AND_DOOR
    title: Badge with its door
    category: CREDENTIALS
    tier: verified
    severity: [High, High, High]
    sensitivity: 1
    confidence: {bare: 0.95}
    composite: {of: [BADGE, DOOR], within: 50}
    source: https://example.org/both
    remediation: Both.
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(PACK)
    return path


def test_every_key_arrives(pack: Path) -> None:
    badge, door, both = load_packs([pack])
    assert badge.id == "BADGE"
    assert (badge.pack, badge.file, badge.line) == ("mine", pack, 3)
    assert badge.info() == DetectorInfo(
        id="BADGE",
        title="Badge number",
        category=Category.PERSONAL_INFORMATION,
        tier=Tier.CONTEXT,
        severity=(Severity.LOW, Severity.MEDIUM, Severity.HIGH),
        sensitivity=0.3,
        live_credential=False,
        remediation="Ask for a new badge.",
    )
    assert (badge.bare, badge.keyword, badge.keyed) == (0.5, 0.9, False)
    assert badge.keywords is not None
    assert (badge.keywords.words, badge.keywords.before, badge.keywords.after) == (
        ("badge", "staff id"),
        40,
        5,
    )
    assert (badge.caseless, badge.max_length, badge.entropy, badge.keep) == (True, 20, 1.5, (1, 2))
    assert (badge.validator_name, badge.deny, badge.documentation) == ("luhn", (r"^(.)\1+$",), {b"123456"})
    assert badge.validator is not None
    assert badge.validator(b"4111111111111111")
    assert (badge.positive, badge.negative) == (("badge B-123455",), ("B-12",))
    assert (badge.recommended, door.recommended) == (False, True)
    assert (door.keyed, door.live_credential, door.needs) == (True, True, (badge,))
    assert both.needs == (badge, door)
    assert both.coarse is None


def test_detectors_travel_between_processes(pack: Path) -> None:
    detectors = load_packs([pack])
    assert pickle.loads(pickle.dumps(detectors)) == detectors


def test_references_go_over_packs_and_forward(tmp_path: Path, whole: Whole) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    needing = whole({"id": "A", "exact": "a1", "near": {"detector": "B", "within": 9}})
    needing["confidence"] = {"keyword": 0.9}
    first.write_text(yaml.safe_dump({"pack": "a", "detectors": [needing]}))
    second.write_text(yaml.safe_dump({"pack": "b", "detectors": [whole({"id": "B", "exact": "b1"})]}))
    a, b = load_packs([first, second])
    assert a.needs == (b,)


WRONG = {  # what is replaced, by what, the line the message names, and what it says
    "unknown key": (
        "    sensitivity: 0.3",
        "    sensitivty: 0.3",
        8,
        "unknown key 'sensitivty'; there are id,",
    ),
    "unknown key below": ("within: 100}", "within: 100, wide: 3}", 35, "there are detector, within"),
    "missing key": ("    title: Badge number\n", "", 3, "the key 'title' is missing"),
    "wrong category": ("PERSONAL_INFORMATION", "PERSONAL", 5, "PERSONAL_HEALTH_INFORMATION"),
    "wrong tier": ("tier: context", "tier: sure", 6, "'verified', 'pattern', 'context'"),
    "severity unknown": ("[Low, Medium, High]", "[Low, Medium, Top]", 7, "'Low', 'Medium' or 'High'"),
    "two severities": ("[Low, Medium, High]", "[Low, Medium]", 7, "at least 3 items"),
    "number as text": ("sensitivity: 0.3", "sensitivity: 'much'", 8, "valid number"),
    "out of range": ("sensitivity: 0.3", "sensitivity: 3", 8, "less than or equal to 1"),
    "lower-case id": ("id: BADGE\n", "id: badge\n", 3, "should match pattern"),
    "keyword read as a truth value": ("[badge, staff id]", "[badge, no]", 15, "valid string"),
    "keyword without letters": ("[badge, staff id]", "[badge, '--']", 15, "at least one letter or digit"),
    "far keyword": ("before: 40", "before: 400", 15, "less than or equal to 300"),
    "empty value": ("    title: Badge number", "    title:", 4, "leave the key out"),
    "key twice": ("    tier: context", "    title: Again", 6, "stands twice"),
    "exact does not compile": ("(?!\\d)'", "(?!\\d'", 11, "not an expression of Python's re"),
    "coarse does not compile": ("'\\bB-\\d{6}'", "'(?<!x)B-\\d{6}'", 10, "hyperscan cannot compile it"),
    "deny does not compile": ("['^(.)\\1+$']", "['ok', '^(']", 18, "not an expression of Python's re"),
    "exact is unbounded": ("\\d{6})(?!\\d)", "\\d+)(?!\\d)", 11, "can match any length"),
    "exact is longer than it says": (
        "max_length: 20",
        "max_length: 7",
        11,
        "can match 8 bytes, more than max_length 7",
    ),
    "exact can be empty": ("'(?<!\\w)B-(?P<value>\\d{6})(?!\\d)'", "'(?:B-)?'", 11, "empty string"),
    "exact looks far ahead": ("(?!\\d)'", "(?!.*x)'", 11, "looks ahead"),
    "unknown validator": (
        "validator: luhn",
        "validator: lun",
        16,
        "there is no validator 'lun'; nearest: luhn",
    ),
    "keyword required without keywords": ("{bare: 0.95}", "{keyword: 0.95}", 44, "no keywords"),
    "keywords without confidence": ("{bare: 0.5, keyword: 0.9}", "{bare: 0.5}", 14, "needs `keyword`"),
    "keyword makes it less sure": ("{bare: 0.5, keyword: 0.9}", "{bare: 0.5, keyword: 0.4}", 14, "less sure"),
    "near nobody": ("{detector: BADGE, within", "{detector: BADGES, within", 35, "did you mean BADGE"),
    "near itself": ("{detector: BADGE, within", "{detector: DOOR, within", 35, "leads back to itself"),
    "near a composite": ("{detector: BADGE, within", "{detector: BADGE_AND_DOOR, within", 35, "a composite"),
    "composite of nobody": ("of: [BADGE, DOOR]", "of: [BADGE, DOORS]", 45, "no detector DOORS"),
    "composite with a pattern": (
        "    composite:",
        "    exact: 'x'\n    composite:",
        38,
        "here is exact and composite",
    ),
    "neither pattern nor composite": ("    exact: 'door\\d{4}'\n", "", 25, "here is only coarse"),
    "exact without coarse": ("    coarse: 'door\\d{4}'\n", "", 25, "exact needs coarse"),
    "two forms": (
        "    exact: 'door\\d{4}'\n",
        "    exact: 'door\\d{4}'\n    token: 'door\\d{4}'\n",
        25,
        "here is exact and token",
    ),
    "a label with coarse": (
        "    exact: 'door\\d{4}'\n",
        "    label: {words: [door], value: 'x'}\n",
        25,
        "with label there is no coarse",
    ),
    "a token that does not compile": ("    exact: 'door\\d{4}'\n", "    token: 'door('\n", 33, "Python's re"),
    "a token of alternatives": (
        "    exact: 'door\\d{4}'\n",
        "    token: 'door|gate'\n",
        33,
        "put alternatives in a group",
    ),
    "a value of any length": (
        "    coarse: 'door\\d{4}'\n    exact: 'door\\d{4}'\n",
        "    label: {words: [door], value: '\\d+'}\n",
        32,
        "can match any length",
    ),
    "too far in all": ("max_length: 20", "max_length: 2000", 35, "a chunk of text shows 1024"),
    "wrong YAML": ("    tier: context", "    tier: [", 7, "wrong YAML"),
    "an alias": ("[Low, Medium, High]", "*levels", 7, "wrong YAML"),
    "an unknown tag": ("    tier: context", "    tier: !!python/name:os.system x", 6, "wrong YAML"),
    "no list of detectors": ("  - id: BADGE\n", "  id: BADGE\n", 13, "wrong YAML"),
}


@pytest.mark.parametrize(("old", "new", "line", "text"), WRONG.values(), ids=WRONG)
def test_mistake_is_named_with_its_line(pack: Path, old: str, new: str, line: int, text: str) -> None:
    assert old in PACK
    pack.write_text(PACK.replace(old, new, 1))
    with pytest.raises(PackError) as error:
        load_packs([pack])
    assert text in str(error.value)
    if text != "wrong YAML":
        assert f"{pack}:{line}: " in str(error.value)
    assert str(error.value).startswith(f"{pack}:")


def test_several_mistakes_are_named_in_one_go(pack: Path) -> None:
    pack.write_text(
        PACK.replace("tier: context", "tier: sure").replace("live_credential: true", "live: true")
    )
    with pytest.raises(PackError) as error:
        load_packs([pack])
    assert {line.split(":")[1] for line in str(error.value).splitlines()} == {"6", "31"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "the file is empty"),
        (b"- a\n- b\n", "valid dictionary"),
        (b"pack: x\ndetectors: 5\n", "valid list"),
        (b"pack: \xff\n", "it is not UTF-8"),
        (b"a: &a [1]\nb: *a\n", "aliases are not taken"),
        (b"[" * 5000, "nested too deeply"),
        (None, "cannot be read"),
    ],
)
def test_files_that_are_no_packs(tmp_path: Path, content: bytes | None, text: str) -> None:
    path = tmp_path / "odd.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PackError, match=text) as error:
        load_packs([path])
    assert str(error.value).startswith(f"{path}:")


def test_an_id_belongs_to_one_detector_over_all_packs(pack: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(PACK)
    with pytest.raises(PackError, match=r"BADGE is defined before, in .*mine\.yaml:3"):
        load_packs([pack, other])


def test_near_in_a_circle(tmp_path: Path, whole: Whole) -> None:
    def needing(name: str, other: str) -> dict[str, Any]:
        keys = {"id": name, "exact": name.lower(), "confidence": {"keyword": 0.9}}
        return whole(keys | {"near": {"detector": other, "within": 9}})

    path = tmp_path / "circle.yaml"
    path.write_text(yaml.safe_dump({"pack": "c", "detectors": [needing("A", "B"), needing("B", "A")]}))
    with pytest.raises(PackError, match="leads back to itself"):
        load_packs([path])


def test_the_expression_itself_says_how_far_it_reaches(load: Load) -> None:
    (short,) = load({"id": "SHORT", "coarse": "ab", "exact": r"ab\d{2,4}(?!\d{3})", "max_length": 100})
    assert (short.longest, short.look_ahead, short.max_length) == (6, 4, 100)


def test_defaults_hold_where_a_detector_does_not_say(tmp_path: Path, whole: Whole) -> None:
    one = whole({"id": "ONE", "token": "one_[a-z]{8}"})
    shared = {key: one.pop(key) for key in ("category", "tier", "severity", "sensitivity", "source")}
    two = one | {"id": "TWO", "token": "two_[a-z]{8}", "sensitivity": 0.9}
    path = tmp_path / "pack.yaml"
    document = {"pack": "p", "defaults": shared | {"sensitivity": 0.2}, "detectors": [one, two]}
    path.write_text(json.dumps(document))
    first, second = load_packs([path])
    assert (first.sensitivity, second.sensitivity) == (0.2, 0.9)
    assert first.category is Category(shared["category"])
    jsonschema.validate(document, pack_schema(), jsonschema.Draft202012Validator)
    path.write_text(json.dumps(document | {"defaults": {"sensitivity": 0.2}}))
    with pytest.raises(PackError, match="the key 'tier' is missing"):
        load_packs([path])
    path.write_text(json.dumps(document | {"defaults": shared | {"title": "x"}}))
    with pytest.raises(PackError, match="unknown key 'title'"):
        load_packs([path])


def test_schema_is_the_one_the_loader_has() -> None:
    assert json.loads(shipped("patterns/pack.schema.json").read_text("utf-8")) == pack_schema()
    jsonschema.Draft202012Validator.check_schema(pack_schema())


STRUCTURAL = [
    name
    for name, (*_, text) in WRONG.items()
    if any(
        said in text
        for said in (
            "unknown key",
            "there are",
            "is missing",
            "'",
            "items",
            "valid",
            "equal",
            "pattern",
            "has one of",
            "here is",
            "with label",
            "needs coarse",
        )
    )
    and not any(said in text for said in ("there is no", "Python's re"))
]


@pytest.mark.parametrize("name", STRUCTURAL)
def test_schema_refuses_what_the_loader_refuses(name: str) -> None:
    old, new, *_ = WRONG[name]
    document = yaml.safe_load(PACK.replace(old, new, 1))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, pack_schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize("path", shipped_paths(), ids=lambda path: path.name)
def test_schema_takes_the_shipped_packs(path: Path) -> None:
    jsonschema.validate(
        yaml.safe_load(path.read_text("utf-8")), pack_schema(), jsonschema.Draft202012Validator
    )


VALUES = st.sampled_from(
    [0, 1, -1, 0.5, 5000, True, "", "x", "High", "A", "A-B", [], ["x"], [1, 2], {}, {"of": ["A", "B"]}]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.data())
def test_schema_and_loader_agree_on_any_change(tmp_path: Path, data: st.DataObject) -> None:
    """Where a pack differs from a right one in one place, both take it or both refuse its shape."""
    document = copy.deepcopy(yaml.safe_load(PACK))
    place: Any = data.draw(st.sampled_from(document["detectors"]))
    while True:
        key = data.draw(st.sampled_from([*place, "surprise"]))
        below = place.get(key)
        if not isinstance(below, dict) or data.draw(st.booleans()):
            break
        place = below
    if data.draw(st.booleans()):
        place.pop(key, None)
    else:
        place[key] = data.draw(VALUES)
    path = tmp_path / "changed.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    right = jsonschema.Draft202012Validator(pack_schema()).is_valid(document)
    meaning = (
        "no detector",
        "leads back",
        "is a composite",
        "defined before",
        "no keywords",
        "needs `keyword`",
    )
    meaning += (
        "less sure",
        "verifies nothing",
        "no validator",
        "letter or digit",
        "Python's re",
        "hyperscan",
        "can match",
        "looks ",
    )
    problem = _problem(path)
    assert (problem is None or any(said in problem for said in meaning)) is right


def _problem(path: Path) -> str | None:
    try:
        load_packs([path])
    except PackError as error:
        return str(error)
    return None


@pytest.fixture
def five(load: Load) -> tuple[Detector, ...]:
    names = ("AWS_KEY", "EMAIL", "PHONE", "DATE", "NAME")
    return load(*({"id": name, "exact": name, "recommended": name not in ("DATE", "NAME")} for name in names))


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ("recommended", "AWS_KEY EMAIL PHONE"),
        ("all", "AWS_KEY EMAIL PHONE DATE NAME"),
        ("PHONE,AWS_KEY", "AWS_KEY PHONE"),
        ("-EMAIL", "AWS_KEY PHONE"),
        ("all, -EMAIL,-DATE", "AWS_KEY PHONE NAME"),
        ("recommended,DATE", "AWS_KEY EMAIL PHONE DATE"),
        ("date", "DATE"),
    ],
)
def test_select(five: tuple[Detector, ...], wanted: str, ids: str) -> None:
    assert [detector.id for detector in select(five, wanted)] == ids.split()


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("EMIAL", "did you mean EMAIL"),
        ("-PHONES", "did you mean PHONE"),
        ("XYZ", "detectors list"),
        ("", "no detector ''"),
        ("EMAIL,-EMAIL", "leaves no detector"),
        ("EMAIL,", "no detector ''"),
    ],
)
def test_select_says_what_is_wrong(five: tuple[Detector, ...], wanted: str, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        select(five, wanted)


def test_shipped_packs_load() -> None:
    detectors = shipped_packs()
    assert len({detector.id for detector in detectors}) == len(detectors) > 0
    assert select(detectors, "recommended")
