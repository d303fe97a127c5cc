"""The pack file's shape: one pydantic model a mapping, and the JSON Schema made from them.

Only what can be said of a file by itself is here; what needs other packs, compilers or the validators is
checked in `pack`. `patterns/pack.schema.json` is `pack_schema()` written out, for editors and other tools.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from classifier.detect.derive import GAP
from classifier.detect.detector import FARTHEST, LONGEST, MAX_LENGTH, Normalize
from classifier.model import Category, Tier

Text = Annotated[str, Field(min_length=1)]
# Macie has CREDIT_CARD_NUMBER_(NO_KEYWORD) beside names in upper snake case.
Id = Annotated[
    str, Field(pattern=r"^[A-Z][A-Z0-9]*(_([A-Z0-9]+|\([A-Z_]+\)))*$", description="Upper snake case.")
]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]
Unit = Annotated[float, Field(ge=0, le=1)]
Level = Literal["Low", "Medium", "High"]
Distance = Annotated[int, Field(ge=0, le=FARTHEST, description="Bytes.")]
Within = Annotated[int, Field(ge=1, le=500, description="Bytes between the two matches.")]

_FORMS = ("exact", "number", "token", "label", "assignment", "listed", "composite", "cells", "prose")
_PATTERN_ONLY = (
    "coarse",
    "flags",
    "max_length",
    "begins",
    "lead",
    "validator",
    "judge",
    "entropy",
    "deny",
    "not_after",
    "documentation",
    "samples",
    "near",
    "keyword_for",
)


class _Mapping(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ConfidenceEntry(_Mapping):
    """How much a match is believed."""

    bare: Unit = Field(0.0, description="Without a keyword; 0 = a keyword is required.")
    keyword: Unit | None = Field(None, description="With a keyword (or a near detector's match).")


class KeywordsEntry(_Mapping):
    """Words that make a value believable."""

    words: list[Text] = Field(
        min_length=1,
        description="Literal, in any case. A space stands for a space, `_`, `-`, `.` or a camelCase hump.",
    )
    before: Distance = Field(50, description="Bytes a word may end before the value.")
    after: Distance = Field(20, description="Bytes a word may begin after the value.")


class NearEntry(_Mapping):
    """A match of another detector that counts as a keyword."""

    detector: Id
    within: Within


class CompositeEntry(_Mapping):
    """A finding made of others; reported where the last one of `of` is."""

    of: list[Id] = Field(min_length=2)
    within: Within


class LabelEntry(_Mapping):
    """A value that only the name it is assigned to tells."""

    words: list[Text] = Field(
        min_length=1,
        description="Literal, in any case; one of them is in the name. A space stands for a space, `_`, `-`, "
        "`.` or nothing.",
    )
    roles: list[Text] = Field(
        default=[], description="Words of which the name must hold one too (`api key`), after or before."
    )
    value: Text = Field(description="Python `re` expression of the value.")
    gap: int = Field(GAP, ge=0, le=100, description="Most bytes of the name after the word.")


class ListedEntry(_Mapping):
    """Values that are on a list: a path from the pack's folder, or s3://BUCKET/KEY."""

    words: Text = Field("", description="A text file with a word or phrase a line.")
    hashes: Text = Field("", description="A list made by `detectors hash-list`.")
    case: bool = Field(False, description="Words are in the case of the list.")

    @model_validator(mode="after")
    def _of_one_kind(self) -> ListedEntry:
        if bool(self.words) is bool(self.hashes):
            raise ValueError("has one of words and hashes")
        return self


class ExamplesEntry(_Mapping):
    """Snippets that the detector must find something in, and must find nothing in."""

    positive: list[Text] = Field(default=[])
    negative: list[Text] = Field(default=[])
    independent: list[Text] = Field(
        default=[], description="Positive ones whose value somebody else made up or published."
    )
    by: Text = Field("", description="Who: a library with its version, or the page that has them.")


def _excluded(form: str) -> list[str]:
    """Return the keys that cannot stand beside a form's own."""
    others = [other for other in _FORMS if other != form]
    listed = ["coarse", "flags", "max_length", "begins", "lead", "judge", "not_after"]
    own = {
        "listed": listed,
        "number": ["coarse"],
        "label": ["coarse"],
        "assignment": ["coarse"],
        "composite": _PATTERN_ONLY,
        "cells": [*_PATTERN_ONLY, "keywords"],
        "prose": [*_PATTERN_ONLY, "keywords"],
    }
    return [*others, *own.get(form, [])]


class DetectorEntry(_Mapping):
    """One detector."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {
                    "required": [form, "coarse"] if form == "exact" else [form],
                    "not": {"anyOf": [{"required": [name]} for name in _excluded(form)]},
                }
                for form in _FORMS
            ]
        }
    )

    id: Id
    title: Text
    category: Category = Field(strict=False)
    tier: Tier = Field(strict=False, description="How sure a confirmed match is.")
    severity: list[Level] = Field(
        min_length=3, max_length=3, description="At 1, 2-99 and 100 or more occurrences."
    )
    sensitivity: Unit = Field(description="Weight of one match in the risk score.")
    live_credential: bool = Field(False, description="A match gives access to something as it stands.")
    recommended: bool = Field(True, description="Precise enough to alert on.")
    coarse: Text = Field(
        "",
        description="Hyperscan expression over bytes that ends in each exact match or up to 2 bytes later; "
        "no look-around, ASCII classes.",
    )
    exact: Text = Field(
        "",
        description="Python `re` expression over bytes; the sensitive value is the group `value`, "
        "else the whole match.",
    )
    number: Text = Field(
        "",
        description="In place of `coarse` and `exact`: Python `re` expression of a number or code that "
        "stands between anything but letters, digits and what joins them.",
    )
    token: Text = Field(
        "",
        description="In place of `exact`: Python `re` expression of a value that its beginning tells; what "
        "may stand around it, and `coarse`, follow from it.",
    )
    label: LabelEntry | None = Field(None, description="In place of `coarse` and `exact`.")
    assignment: Text = Field(
        "",
        description="In place of `coarse` and `exact`: Python `re` expression of a value of 12 bytes "
        "or more, given to a name with `key`, `token`, `secret` or the like in it; a `judge` decides.",
    )
    listed: ListedEntry | None = Field(None, description="In place of `coarse` and `exact`.")
    flags: Literal["", "i"] = Field("", description="`i`: coarse and exact ignore case.")
    max_length: int = Field(
        MAX_LENGTH,
        ge=1,
        le=LONGEST,
        description="Most bytes of a whole exact match; with the short forms what follows from them.",
    )
    confidence: ConfidenceEntry | None = Field(
        None, description="Left out, it follows from `pass_rate` and from whether a keyword is there."
    )
    pass_rate: float | None = Field(
        None, gt=0, le=1, description="Share of random values of the same shape that pass for one."
    )
    needs_keyword: bool = Field(
        True, description="Where there is no `confidence`: whether a match counts only with a keyword."
    )
    countries: list[Country] = Field(default=[], description="Whose it is; empty: of no country.")
    macie: bool = Field(False, description="Amazon Macie has a managed data identifier of this name.")
    keywords: KeywordsEntry | None = None
    validator: Text = Field("", description="Name of a check in classifier/detect/validators.py.")
    judge: Text = Field(
        "", description="Name of a check in classifier/detect/plausible.py, of value and place."
    )
    begins: list[Text] = Field(
        default=[], description="Literals, in any case, with one of which every exact match begins."
    )
    lead: int = Field(
        0, ge=0, le=LONGEST, description="Most bytes from a match's beginning to its coarse hit."
    )
    entropy: float = Field(0.0, ge=0, le=8, description="Least Shannon entropy of the value, bits a byte.")
    deny: list[Text] = Field(
        default=[], description="Expressions searched in the value: a placeholder, dropped."
    )
    not_after: Text = Field(
        "", description="Expression of what no match stands right after (160 bytes are looked at)."
    )
    documentation: list[Text] = Field(
        default=[], description="Values that public documentation uses, dropped."
    )
    samples: list[Text] = Field(
        default=[],
        description="Expressions searched in the value: a sample of documentation, reported as Low.",
    )
    near: NearEntry | None = None
    keyword_for: Text = Field(
        "",
        description="Expression searched in the value: where it is found, the value counts only with a "
        "keyword, though others count without.",
    )
    composite: CompositeEntry | None = None
    cells: Literal[True] | None = Field(
        None,
        description="In place of `coarse` and `exact`: its matches are the whole cells of columns that are "
        "judged to be of it, by their names (lexicons/headers.txt), values and neighbours.",
    )
    prose: Literal[True] | None = Field(
        None,
        description="In place of `coarse` and `exact`: its matches are what is read out of prose by the "
        "model, lists of names and labels.",
    )
    normalize: Normalize = Field("none", description="What the fingerprint is made of.")
    keep: list[Annotated[int, Field(ge=0, le=16)]] = Field(
        default=[0, 4],
        min_length=2,
        max_length=2,
        description="First and last characters a masked sample may show; never over a third of the value.",
    )
    examples: ExamplesEntry = Field(default_factory=lambda: ExamplesEntry.model_validate({}))
    source: Text = Field(description="Public definition of the format.")
    remediation: Text = Field(description="What to do about a match.")

    @model_validator(mode="after")
    def _of_one_form(self) -> DetectorEntry:
        given = self.model_fields_set
        forms = [form for form in _FORMS if form in given]
        if len(forms) != 1:
            names = " and ".join(forms) or ("only coarse" if "coarse" in given else "none of them")
            raise ValueError(
                "has one of exact (with coarse), number, token, label, assignment, listed, composite and "
                "cells; "
                f"here is {names}"
            )
        if excess := [name for name in _excluded(forms[0]) if name in given]:
            raise ValueError(f"with {forms[0]} there is no {', '.join(excess)}")
        if self.confidence is None and self.pass_rate is None:
            raise ValueError("needs `confidence`, or `pass_rate`, which it follows from")
        if forms == ["exact"] and "coarse" not in given:
            raise ValueError("exact needs coarse beside it")
        return self


class DefaultsEntry(_Mapping):
    """What holds for each detector of a pack that does not say otherwise."""

    category: Category | None = Field(None, strict=False)
    tier: Tier | None = Field(None, strict=False)
    severity: list[Level] | None = Field(None, min_length=3, max_length=3)
    sensitivity: Unit | None = None
    live_credential: bool | None = None
    recommended: bool | None = None
    confidence: ConfidenceEntry | None = None
    countries: list[Country] | None = None
    macie: bool | None = None
    needs_keyword: bool | None = None
    validator: Text | None = None
    entropy: float | None = Field(None, ge=0, le=8)
    deny: list[Text] | None = None
    samples: list[Text] | None = None
    keep: list[Annotated[int, Field(ge=0, le=16)]] | None = Field(None, min_length=2, max_length=2)
    source: Text | None = None
    remediation: Text | None = None


class PackEntry(_Mapping):
    """A pack of detectors (`patterns/*.yaml`)."""

    pack: Text = Field(description="Name of the pack.")
    defaults: DefaultsEntry | None = None
    detectors: list[DetectorEntry] = Field(min_length=1)


def pack_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a pack file."""
    schema = _tidy(PackEntry.model_json_schema())
    detector = schema["$defs"]["DetectorEntry"]
    needed, detector["required"] = detector["required"], ["id", "title"]
    schema["if"] = {"not": {"required": ["defaults"]}}
    believed = [{"required": ["confidence"]}, {"required": ["pass_rate"]}]
    items = {"required": needed, "anyOf": believed}
    schema["then"] = {"properties": {"detectors": {"items": items}}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "s3-classifier detector pack",
        **schema,
    }


def _tidy(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop the titles that only repeat names, the defaults of what has none, and null, which no pack has."""
    kinds = schema.get("anyOf", [])
    if {"type": "null"} in kinds:
        (kind,) = [kind for kind in kinds if kind != {"type": "null"}]
        schema = {key: value for key, value in schema.items() if key != "anyOf"} | kind
    tidy: dict[str, Any] = {}
    for key, value in schema.items():
        if (key == "title" and isinstance(value, str)) or (key == "default" and value in (None, "")):
            continue
        tidy[key] = _tidy(value) if isinstance(value, dict) else value
    return tidy
