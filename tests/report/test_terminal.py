"""The summary at a terminal."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from classifier.model import Coverage, Problem, Reason, Target
from classifier.report import BucketRow, Summary, render_summary
from classifier.report.terminal import WHAT_TO_DO, first_sentence


def printed(summary: Summary, width: int = 120, color: bool = False) -> str:
    out = io.StringIO()
    render_summary(summary, Console(file=out, width=width, force_terminal=color, legacy_windows=False))
    return out.getvalue()


def test_what_stands_there(sample: Any) -> None:
    text = printed(sample.summary("k", ("findings.jsonl", "summary.json"), "reports/r1"))
    for part in (
        "90 Critical",
        "9.8 Critical",
        "Credential loss",
        "Credentials lie in bucket.",
        "90 (90–95.5)",
        "public",
        "EMAIL_ADDRESS 7, AWS_SECRET_ACCESS_KEY 2",
        "not scanned: NO_SUCH_BUCKET_AVAILABLE: NoSuchBucket",
        "PERMISSION_DENIED",
        "allow s3:GetObject",
        "Interrupted at k",
        "reports/r1",
        "findings.jsonl, summary.json",
    ):
        assert part in text, part
    assert text.index("Credential loss") < text.index("Buckets by risk") < text.index("Not covered")


def test_a_clean_run_is_short(sample: Any) -> None:
    clean = replace(
        sample.summary("k"), alerts=[], alerts_total=0, buckets=[], coverage=Coverage(1, 1), notes=()
    )
    text = printed(clean)
    assert "No alerts." in text
    assert "Not covered" not in text


def test_only_the_title_where_only_targets_failed(sample: Any) -> None:
    summary = sample.summary("k")
    text = printed(replace(summary, buckets=[BucketRow.of(sample.failed())], coverage=Coverage()), 40)
    assert "Not covered: 0 objects skipped, 0 read in part, 1 target not scanned\n" in text
    assert "What to do" not in text


def test_what_was_read_of_a_failed_target_counts(sample: Any) -> None:
    error = Problem(None, Reason.TIME_CUT_OFF_REACHED, "interrupted")
    row = BucketRow.of(replace(sample.bucket("k"), error=error))
    text = printed(replace(sample.summary("k"), buckets=[row, BucketRow.of(sample.failed())]), 160)
    assert "partly scanned: TIME_CUT_OFF_REACHED: interrupted; EMAIL_ADDRESS 7" in text
    assert "1 target not scanned, 1 target partly scanned" in text
    assert text.count("not scanned: ") == 1


def test_an_alert_about_a_path_shows_its_end(sample: Any) -> None:
    path = "/srv/" + "deep/" * 20 + "customers"
    row = BucketRow.of(replace(sample.bucket("k"), target=Target("", path=path)))
    summary = replace(sample.summary("k"), alerts=[replace(sample.alert("k"), bucket="")], buckets=[row])
    assert f"  …{path[-39:]}  " in printed(summary, 160)
    assert "(local)" in printed(replace(summary, buckets=[row, row]), 160)


def test_the_first_alerts_say_how_to_begin(sample: Any) -> None:
    alert = replace(sample.alert("k"), remediation="Rotate it. Today.\nThen delete it.")
    text = printed(replace(sample.summary("k"), alerts=[alert] * 5, alerts_total=5))
    assert text.count("Rotate it.") == 3
    assert "Today." not in text
    assert "Then delete it." not in text


def test_long_lists_say_how_many_more(sample: Any) -> None:
    summary = sample.summary("k")
    many = replace(
        summary,
        alerts=[sample.alert("k")] * 50,
        alerts_total=70,
        buckets=[BucketRow.of(sample.bucket("k"))] * 25,
    )
    text = printed(many)
    assert "and 60 more in alerts.jsonl" in text
    assert "and 5 more in buckets.jsonl" in text


@pytest.mark.parametrize(
    "public, shared, word",
    [
        ("public", "external", "public"),
        ("unknown", "not_shared", "unknown"),
        ("not_public", "external", "external"),
        ("not_public", "unknown", "unknown"),
        ("not_public", "internal", "internal"),
        ("not_public", "not_shared", "private"),
    ],
)
def test_access_in_a_word(sample: Any, public: str, shared: str, word: str) -> None:
    row = replace(BucketRow.of(sample.bucket("k")), public=public, shared=shared, types=())
    text = printed(replace(sample.summary("k"), buckets=[row], alerts=[]))
    assert f" {word} " in text


def test_a_bucket_that_was_never_reached_is_not_local(sample: Any) -> None:
    text = printed(replace(sample.summary("k"), buckets=[BucketRow.of(sample.failed())], alerts=[]))
    assert " unknown " in text
    assert " local " not in text


@given(st.text(st.characters(codec=None), max_size=60), st.sampled_from([20, 60, 120]))
def test_hostile_names_are_harmless(sample: Any, name: str, width: int) -> None:
    summary = sample.summary(name)
    alert = replace(sample.alert(name), bucket=name)
    row = replace(BucketRow.of(sample.bucket(name)), bucket=name)
    text = printed(replace(summary, alerts=[alert], buckets=[row], folder=name), width)
    assert not set(text) & {chr(c) for c in [*range(10), *range(11, 32), *range(0x7F, 0xA0)]}
    assert not set(text) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
    text.encode("utf-8")


def test_markup_is_text(sample: Any) -> None:
    key = "[bold red]x[/] :warning: [link=http://a]y[/link]"
    row = replace(BucketRow.of(sample.bucket(key)), bucket=key)
    text = printed(replace(sample.summary(key), buckets=[row]), 200)
    assert key in text
    assert "\x1b]8" not in printed(replace(sample.summary(key), buckets=[row]), 200, color=True)


def test_first_sentence() -> None:
    assert first_sentence("One. Two.") == "One."
    assert first_sentence("s3.example.com is open. Two.") == "s3.example.com is open."
    assert first_sentence("no stop") == "no stop"


def test_every_reason_says_what_to_do() -> None:
    assert set(WHAT_TO_DO) == set(Reason)
