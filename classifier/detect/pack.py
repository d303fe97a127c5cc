"""Detector packs: YAML files to checked `Detector`s.

A pack is data from outside: nothing in it is executed, and every mistake is a PackError that starts with
`FILE:LINE:` and says what may stand there.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError

from classifier.detect import macie
from classifier.detect.chance import VERIFYING, believed
from classifier.detect.derive import (
    LABELLED,
    Derived,
    begins_as,
    begun_with,
    of_assignment,
    of_label,
    of_number,
    of_token,
)
from classifier.detect.detector import (
    LEFT_MARGIN,
    LONGEST,
    LOOK_AHEAD,
    Composite,
    Detector,
    Keywords,
    Listed,
    Near,
    reach_back,
)
from classifier.detect.plausible import JUDGES
from classifier.detect.prefilter import uncompilable
from classifier.detect.schema import ConfidenceEntry, DefaultsEntry, DetectorEntry, ListedEntry, PackEntry
from classifier.detect.shape import shape_in_parts
from classifier.detect.validators import VALIDATORS
from classifier.detect.words import LONGEST as LONGEST_ENTRY
from classifier.errors import PackError
from classifier.model import Severity, Tier
from classifier.tree import compose, construct, first_null, line_of, value_of

_TELLING = 2  # characters that are in fewer places than an expression is tried at
_ANYTHING = f"(?s:.{{1,{LONGEST_ENTRY}}})"  # which of it is a value, the list says


def build_packs(paths: Iterable[Path], known: Mapping[str, Detector]) -> tuple[Detector, ...]:
    """Return the detectors of the pack files, in the order they stand there; they may name `known` ones.

    Raises PackError for the first thing that is wrong, each message line starting with `FILE:LINE:`:
    files that cannot be read, wrong YAML, unknown keys and values, an id used twice over all packs,
    expressions that do not compile, unknown validators, `near` and `composite` that name no detector or turn
    in a circle, a required keyword without keywords, and distances that reach past a chunk's margin.
    """
    drafts: dict[str, _Draft] = {}
    built = dict(known)
    foreign: list[Detector] = []
    for path in paths:
        if (content := _macies(path)) is not None:
            foreign += macie.identifiers(path, content, [*built, *drafts])
            continue
        for draft in _read(path):
            name = draft.entry.id
            first = drafts[name].where(("id",)) if name in drafts else ""
            if name in known:
                first = f"{known[name].file}:{known[name].line}"
            if first:
                raise draft.error(("id",), f"{name} is defined before, in {first}")
            drafts[name] = draft
    for detector in foreign:
        first = drafts[detector.id].where(("id",)) if detector.id in drafts else ""
        if detector.id in built:
            first = f"{built[detector.id].file}:{built[detector.id].line}"
        if first:
            place = f"{detector.file}:{detector.line}"
            raise PackError(f"{place}: {detector.title} ({detector.id}) is defined before, in {first}")
        built[detector.id] = detector
    for name in drafts:
        _build(name, drafts, built, ())
    # A label's is made of escaped words and compiles.
    own = [(name, (built[name].coarse or "").encode(), built[name].caseless) for name in drafts]
    doubtful = [(name, coarse, i) for name, coarse, i in own if coarse and drafts[name].entry.label is None]
    if (wrong := uncompilable([(coarse, caseless) for _, coarse, caseless in doubtful])) is not None:
        raise drafts[doubtful[wrong[0]][0]].error(("coarse",), f"hyperscan cannot compile it: {wrong[1]}")
    return (*map(_searchable, foreign), *(built[name] for name in drafts))


def _macies(path: Path) -> bytes | None:
    """Return the content of a file of Macie's custom data identifiers; None for any other file."""
    try:
        content = path.read_bytes()
    except OSError:
        return None  # `compose` says what is wrong
    return content if macie.is_identifiers(content) else None


def _searchable(detector: Detector) -> Detector:
    """Return a detector without its coarse expression where Hyperscan cannot compile that."""
    if detector.coarse and uncompilable([(detector.coarse.encode(), detector.caseless)]) is not None:
        return replace(detector, coarse=None, lead=detector.longest)
    return detector


@dataclass(frozen=True, slots=True)
class _Draft:
    """A detector as its file has it: right in itself, not yet checked against the others."""

    path: Path
    pack: str
    node: yaml.MappingNode
    entry: DetectorEntry

    def where(self, keys: Sequence[str | int] = ()) -> str:
        return f"{self.path}:{line_of(self.node, keys)}"

    def error(self, keys: Sequence[str | int], text: str) -> PackError:
        return PackError(f"{self.where(keys)}: {text}")


def _read(path: Path) -> Iterator[_Draft]:
    node = compose(path)
    if (empty := first_null(node)) is not None:
        raise PackError(f"{path}:{empty.start_mark.line + 1}: there is no value here; leave the key out")
    try:
        pack = PackEntry.model_validate(_with_defaults(construct(path, node)))
    except ValidationError as error:
        lines = [f"{path}:{line}: {text}" for line, text in sorted(_complaints(node, error))]
        raise PackError("\n".join(lines)) from None
    items = value_of(node, "detectors")
    if not isinstance(items, yaml.SequenceNode):
        raise PackError(f"{path}:1: detectors must be a list")
    for item, entry in zip(items.value, pack.detectors, strict=True):
        yield _Draft(path, pack.pack, item, entry)


def _with_defaults(document: object) -> object:
    """Return the document with the pack's defaults in each detector that does not say otherwise."""
    if not isinstance(document, dict):
        return document
    defaults, detectors = document.get("defaults"), document.get("detectors")
    if not isinstance(defaults, dict) or not isinstance(detectors, list):
        return document
    known = {key: value for key, value in defaults.items() if key in DefaultsEntry.model_fields}
    filled = [{**known, **item} if isinstance(item, dict) else item for item in detectors]
    return {**document, "detectors": filled}


def _complaints(node: yaml.Node, error: ValidationError) -> Iterator[tuple[int, str]]:
    """Yield the line and text of each thing that the models refused."""
    for item in error.errors(include_input=False, include_url=False):
        keys = item["loc"]
        text = str(item["msg"]).removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            model: Any = PackEntry
            for key in keys[:-1]:
                model = _model_below(model, key)
            text = f"unknown key {keys[-1]!r}; there are {', '.join(model.model_fields)}"
        elif item["type"] == "missing":
            text = f"the key {keys[-1]!r} is missing"
        elif names := [str(key) for key in keys if isinstance(key, str) and key != "detectors"]:
            text = f"{'.'.join(names)}: {text}"
        yield line_of(node, keys), text


def _model_below(model: Any, key: str | int) -> Any:
    """Return the model of the mapping at `key` of a mapping of `model` (a list's index keeps its model)."""
    if isinstance(key, int):
        return model
    annotation = model.model_fields[key].annotation
    kinds = [annotation, *get_args(annotation)]
    return next(kind for kind in kinds if isinstance(kind, type) and hasattr(kind, "model_fields"))


def _build(
    name: str, drafts: Mapping[str, _Draft], built: dict[str, Detector], above: tuple[str, ...]
) -> None:
    """Put the detector `name`, and first those it needs, into `built`."""
    if name in built:
        return
    draft = drafts[name]
    entry = draft.entry
    if entry.near is not None:
        key, named = ("near", "detector"), [entry.near.detector]
    else:
        key, named = ("composite", "of"), entry.composite.of if entry.composite is not None else []
    for other in named:
        if other not in drafts and other not in built:
            alike = difflib.get_close_matches(other, [*built, *drafts], n=3, cutoff=0.5)
            hint = f"; did you mean {' or '.join(alike)}?" if alike else ""
            raise draft.error(key, f"there is no detector {other}{hint}")
        if other == name or other in above:
            raise draft.error(key, f"{name} leads back to itself by way of {other}")
        of = drafts[other].entry.composite if other in drafts else built[other].composite
        if of is not None:
            raise draft.error(key, f"{other} is a composite; name what it is made of")
        _build(other, drafts, built, (*above, name))
    built[name] = _detector(draft, tuple(built[other] for other in named))


def _detector(draft: _Draft, needs: tuple[Detector, ...]) -> Detector:
    entry = draft.entry
    helped = entry.keywords is not None or entry.near is not None
    confidence = _confidence(entry, helped=helped)
    if entry.tier is Tier.VERIFIED and entry.pass_rate is not None and entry.pass_rate > VERIFYING:
        raise draft.error(
            ("tier",), f"a check that {entry.pass_rate:.2g} of random values pass verifies nothing"
        )
    if not helped and confidence.bare == 0:
        raise draft.error(("confidence",), "bare is 0 (a keyword is required), and there are no keywords")
    if helped and not confidence.keyword:
        raise draft.error(("confidence",), "has keywords (or near), so it needs `keyword`, over 0 to 1")
    if confidence.keyword is not None and confidence.keyword < confidence.bare:
        raise draft.error(("confidence", "keyword"), "a keyword cannot make a match less sure than bare")
    if entry.validator and entry.validator not in VALIDATORS:
        alike = difflib.get_close_matches(entry.validator, VALIDATORS, n=3, cutoff=0.0)
        raise draft.error(
            ("validator",), f"there is no validator {entry.validator!r}; nearest: {', '.join(alike)}"
        )
    if entry.judge and entry.judge not in JUDGES:
        raise draft.error(("judge",), f"there is no judge {entry.judge!r}; there are {', '.join(JUDGES)}")
    for number, word in enumerate(entry.keywords.words if entry.keywords is not None else ()):
        if not any(char.isalnum() for char in word):
            raise draft.error(("keywords", "words", number), "a keyword has at least one letter or digit")
    for number, deny in enumerate(entry.deny):
        _compile(draft, ("deny", number), deny, 0)
    if entry.not_after:
        _compile(draft, ("not_after",), entry.not_after, 0)
    for number, sample in enumerate(entry.samples):
        _compile(draft, ("samples", number), sample, 0)
    if entry.keyword_for:
        _compile(draft, ("keyword_for",), entry.keyword_for, 0)
        if entry.keywords is None:
            raise draft.error(("keyword_for",), "asks for a keyword, and there are no `keywords`")
    detector = Detector(
        id=entry.id,
        title=entry.title,
        category=entry.category,
        tier=entry.tier,
        severity=(Severity(entry.severity[0]), Severity(entry.severity[1]), Severity(entry.severity[2])),
        sensitivity=float(entry.sensitivity),
        bare=float(confidence.bare),
        keyword=float(confidence.keyword or confidence.bare),
        source=entry.source,
        remediation=entry.remediation,
        keywords=None
        if entry.keywords is None
        else Keywords(tuple(entry.keywords.words), entry.keywords.before, entry.keywords.after),
        near=None if entry.near is None else Near(entry.near.detector, entry.near.within),
        composite=None
        if entry.composite is None
        else Composite(tuple(entry.composite.of), entry.composite.within),
        cells=bool(entry.cells),
        normalize=entry.normalize,
        keep=(entry.keep[0], entry.keep[1]),
        live_credential=entry.live_credential,
        recommended=entry.recommended,
        positive=(*entry.examples.positive, *entry.examples.independent),
        independent=tuple(entry.examples.independent),
        independent_by=entry.examples.by,
        countries=tuple(entry.countries),
        macie=entry.macie,
        pass_rate=entry.pass_rate,
        negative=tuple(entry.examples.negative),
        pack=draft.pack,
        file=draft.path,
        line=line_of(draft.node, ()),
        needs=needs,
    )
    if entry.listed is not None:
        detector = _with_list(entry, entry.listed, detector)
    elif entry.composite is None and not entry.cells:
        detector = _with_pattern(draft, detector)
    if (left := reach_back(detector)) > LEFT_MARGIN:
        key = "near" if entry.composite is None else "composite"
        raise draft.error((key,), f"looks back {left} bytes in all; a chunk of text shows {LEFT_MARGIN}")
    return detector


def _confidence(entry: DetectorEntry, *, helped: bool) -> ConfidenceEntry:
    """Return what the pack says, or what follows from how rarely a random value passes."""
    if entry.confidence is not None or entry.pass_rate is None:
        return entry.confidence or ConfidenceEntry.model_validate({})
    bare = 0.0 if entry.needs_keyword and helped else believed(entry.pass_rate, keyword=False)
    return ConfidenceEntry(bare=bare, keyword=believed(entry.pass_rate, keyword=True) if helped else None)


def _with_list(entry: DetectorEntry, listed: ListedEntry, detector: Detector) -> Detector:
    source = listed.words or listed.hashes
    return replace(
        detector,
        listed=Listed("words" if listed.words else "hashes", source, listed.case),
        exact=_ANYTHING,
        max_length=LONGEST_ENTRY,
        longest=LONGEST_ENTRY,
        lead=LONGEST_ENTRY,
        validator_name=entry.validator or None,
        validator=VALIDATORS.get(entry.validator),
        entropy=float(entry.entropy),
        deny=tuple(entry.deny),
        documentation=frozenset(value.encode() for value in entry.documentation),
        samples=tuple(entry.samples),
    )


def _with_pattern(draft: _Draft, detector: Detector) -> Detector:
    entry = draft.entry
    flags = re.IGNORECASE if entry.flags == "i" else 0
    expressions, form = _expressions(draft)
    if form == ("exact",):  # what the others are made of is compiled by itself, and the rest is ours
        _compile(draft, form, expressions.exact, flags)
    try:
        shape = shape_in_parts(expressions.parts or (expressions.exact,), flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise draft.error(form, f"not an expression of Python's re: {error}") from None
    most = entry.max_length
    if form != ("exact",) and "max_length" not in entry.model_fields_set:
        most = LONGEST
    if shape.shortest == 0:
        raise draft.error(form, "can match the empty string")
    if shape.longest is None or shape.longest > most:
        long = "any length" if shape.longest is None else f"{shape.longest} bytes"
        raise draft.error(
            form,
            f"can match {long}, more than max_length {most}: bound its repeats, or raise "
            f"max_length (at most {LONGEST})",
        )
    if shape.look_ahead is None or shape.look_ahead > LOOK_AHEAD:
        raise draft.error(form, f"looks ahead farther than {LOOK_AHEAD} bytes")
    lead = shape_in_parts(expressions.head, flags).longest
    return replace(
        detector,
        coarse=expressions.coarse,
        words=tuple(entry.label.words) if entry.label and expressions.coarse == LABELLED else (),
        exact=expressions.exact,
        begins=tuple(entry.begins) or expressions.begins or _begun_with(expressions.exact, flags),
        rest=expressions.rest,
        back=expressions.back,
        caseless=bool(flags),
        max_length=most if form == ("exact",) else shape.longest,
        longest=shape.longest,
        lead=min(entry.lead or lead or shape.longest, shape.longest),
        look_ahead=shape.look_ahead,
        validator_name=entry.validator or None,
        validator=VALIDATORS.get(entry.validator),
        judge_name=entry.judge or None,
        judge=JUDGES.get(entry.judge),
        entropy=float(entry.entropy),
        deny=tuple(entry.deny),
        not_after=entry.not_after,
        documentation=frozenset(value.encode() for value in entry.documentation),
        samples=tuple(entry.samples),
        keyword_for=entry.keyword_for,
    )


def _begun_with(exact: str, flags: int) -> tuple[str, ...]:
    """Return what tells where matches of an expression begin, if that is more than a character."""
    begun = begun_with(exact, flags)
    return (begun,) if len(begun) >= _TELLING else ()


def _expressions(draft: _Draft) -> tuple[Derived, tuple[str, ...]]:
    """Return the expressions of a pattern, and the keys below which the pack has what they come from."""
    entry = draft.entry
    form: tuple[str, ...] = ("exact",)
    flags = re.IGNORECASE if entry.flags == "i" else 0
    try:
        if entry.number:
            form = ("number",)
            _compile(draft, form, entry.number, flags)
            return of_number(entry.number), form
        if entry.token:
            form = ("token",)
            _compile(draft, form, entry.token, 0)
            return of_token(entry.token, entry.coarse), form
        if entry.assignment:
            form = ("assignment",)
            _compile(draft, form, entry.assignment, 0)
            return of_assignment(entry.assignment), form
        if entry.label is not None:
            form = ("label", "value")
            _compile(draft, form, entry.label.value, 0)
            label = entry.label
            return of_label(label.words, label.roles, label.value, label.gap), form
    except ValueError as error:
        raise draft.error(form, str(error)) from None
    if form == ("exact",) and entry.coarse:
        _compile(draft, form, entry.exact, flags)
        _compile(draft, ("coarse",), entry.coarse, flags)
        if begins_as(entry.exact, entry.coarse, flags):
            return Derived(entry.coarse, entry.exact, (entry.coarse,)), form
    return Derived(entry.coarse, entry.exact, (entry.exact,)), form


def _compile(draft: _Draft, keys: Sequence[str | int], expression: str, flags: int) -> re.Pattern[bytes]:
    try:
        return re.compile(expression.encode(), flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise draft.error(keys, f"not an expression of Python's re: {error}") from None
