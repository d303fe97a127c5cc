"""What reaches a web server, a mail server and a file: everything once, again after failures, harmless."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import classifier
from classifier.notify import NotifySettings, Run, Sent, deliver, previews
from classifier.notify.aws import subject
from classifier.notify.channel import fitted
from classifier.notify.messages import messages
from classifier.notify.settings import EmfSettings
from classifier.report import PastRun
from classifier.visible import hidden
from tests.notify.servers import Mailbox, Web, mail_server, web_server

ALL = ["finished", "failed", "alert", "finding"]


@pytest.fixture(scope="module")
def _web() -> Iterator[Web]:
    with web_server() as found:
        yield found


@pytest.fixture
def web(_web: Web) -> Web:
    _web.posts.clear()
    _web.answers.clear()
    return _web


@pytest.fixture(scope="module")
def _box() -> Iterator[Mailbox]:
    with mail_server() as found:
        yield found


@pytest.fixture
def box(_box: Mailbox) -> Mailbox:
    _box.mails.clear()
    _box.logins.clear()
    return _box


def channels(*channels: dict[str, Any], attempts: int = 4) -> NotifySettings:
    return NotifySettings.model_validate({"channels": channels, "attempts": attempts})


def hook(web: Web, **more: Any) -> dict[str, Any]:
    return {"type": "webhook", "url": f"{web.url}/hush", "on": ALL, "severity": "informational", **more}


def expected(past: PastRun) -> set[str]:
    return {line["finding_id"] for line in past.findings()} | {line["alert_id"] for line in past.alerts()}


def test_everything_comes_once(run: Run, past: PastRun, web: Web, sent: Sent) -> None:
    (first,) = deliver(run, channels(hook(web)), sent)
    records = [post["record"] for _, _, post in web.posts]
    assert {r.get("finding_id") or r.get("alert_id") for r in records} == expected(past) | {None}
    assert (first.sent, first.known, first.failed, first.error) == (len(records), 0, 0, "")
    assert records[0]["totals"] == past.summary["totals"]
    assert {post["fingerprint"] for _, _, post in web.posts} == {
        message.fingerprint for message in messages(run, channels(hook(web)).channels[0])
    }
    (again,) = deliver(run, channels(hook(web)), sent)
    assert (again.sent, again.known) == (0, first.sent)
    (asked,) = deliver(run, channels(hook(web)), sent, again=True)
    assert asked.sent == first.sent


def test_a_threshold(run: Run, past: PastRun, web: Web, sent: Sent) -> None:
    deliver(run, channels(hook(web, severity="critical", on=["alert"])), sent)
    assert [post["record"]["alert_id"] for _, _, post in web.posts] == [
        line["alert_id"] for line in past.alerts() if line["band"] == "Critical"
    ]


def test_what_changes_is_told_again(run: Run, past: PastRun) -> None:
    settings = channels({"type": "webhook", "url": "http://h", "on": ["alert"]}).channels[0]
    alert = next(past.alerts())
    told = {message.fingerprint for message in messages(run, settings)}

    class Later:
        def __init__(self, change: dict[str, Any]) -> None:
            self.change = change
            self.summary, self.catalog, self.places = past.summary, past.catalog, past.places

        def alerts(self) -> Iterator[dict[str, Any]]:
            yield {**alert, "band": "Critical", **self.change}

    def now(**change: Any) -> str:
        later: Any = Later(change)
        return next(messages(Run("later", {}, later), settings)).fingerprint

    assert now(last_seen="2030-01-01T00:00:00Z") == now()
    assert now(count=alert["count"] + 1) not in told
    assert now(severity=9.9) != now()


def test_failures_are_tried_again_with_growing_pauses(run: Run, web: Web, sent: Sent) -> None:
    pauses: list[float] = []
    web.answers[:] = [500, 429]
    (outcome,) = deliver(run, channels(hook(web, on=["finished"])), sent, sleep=pauses.append)
    assert (outcome.sent, outcome.failed, len(web.posts), len(pauses)) == (1, 0, 1, 2)
    assert 0 <= pauses[0] <= 1 <= 2
    assert pauses[1] <= 2


@pytest.mark.parametrize("status, tries", [(503, 3), (404, 1), (302, 1)])
def test_a_channel_that_fails_is_said_and_stops_no_other(
    run: Run, web: Web, sent: Sent, tmp_path: Path, status: int, tries: int
) -> None:
    web.answers[:] = [status] * 50
    pauses: list[float] = []
    outcomes = deliver(
        run,
        channels(hook(web), {"type": "emf", "path": str(tmp_path / "m.jsonl")}, attempts=3),
        sent,
        sleep=pauses.append,
    )
    assert str(outcomes[0]) == f"webhook 127.0.0.1: 0 sent, 1 not sent: 127.0.0.1 answered {status}"
    assert len(pauses) == tries - 1
    assert (outcomes[1].sent, outcomes[1].error) == (1, "")
    assert web.posts == []
    web.answers.clear()
    assert deliver(run, channels(hook(web, on=["finished"])), sent)[0].sent == 1  # nothing of it was noted


def test_nobody_answers(run: Run, sent: Sent) -> None:
    settings = channels(
        {"type": "webhook", "url": "http://127.0.0.1:9/hush"},
        {
            "type": "email",
            "host": "127.0.0.1",
            "port": 9,
            "security": "none",
            "from": "a@b.c",
            "to": ["d@e.f"],
        },
        {"type": "emf", "path": "/proc/none/x"},
        attempts=1,
    )
    told = [str(outcome) for outcome in deliver(run, settings, sent)]
    assert all("not sent" in line for line in told)
    assert "hush" not in "".join(told)


def test_a_digest_is_one_message(run: Run, past: PastRun, web: Web, sent: Sent) -> None:
    deliver(run, channels(hook(web, digest=True)), sent)
    ((_, _, post),) = web.posts
    alerts = sum(1 for _ in past.alerts())
    assert sum(n for name, n in post["record"]["counts"].items() if name.startswith("alert")) == alerts
    assert len(post["record"]["top"]) == 10
    assert post["text"].count("\n- ") == 10
    deliver(run, channels(hook(web, digest=True)), sent)
    assert len(web.posts) == 1


def test_slack_shows_names_and_follows_nothing(run: Run, web: Web, sent: Sent) -> None:
    deliver(run, channels(hook(web, style="slack")), sent)
    assert web.posts
    for _, headers, post in web.posts:
        text = json.dumps(post, ensure_ascii=False)
        assert headers["Content-Type"] == "application/json"
        assert not any(map(hidden, text.replace("\\n", "")))
        header, section, _ = post["blocks"]
        assert len(header["text"]["text"]) <= 150
        assert len(section["text"]["text"]) <= 3000
        assert "<!channel>" not in section["text"]["text"] + post["text"]
        assert {block["text"]["type"] for block in (header, section)} == {"plain_text"}


def mailing(box: Mailbox, **more: Any) -> dict[str, Any]:
    given = {"host": "127.0.0.1", "port": box.port, "security": "none", "from": "scan@example.com"}
    return {"type": "email", **given, "to": ["team@example.com"], **more}


def test_mail(run: Run, past: PastRun, box: Mailbox, sent: Sent) -> None:
    deliver(run, channels(mailing(box, digest=False, on=["alert", "finding"], severity="low")), sent)
    wanted = sum(line["band"] != "Informational" for line in past.alerts())
    wanted += sum(line["severity"] != "Informational" for line in past.findings())
    assert len(box.mails) == wanted
    for mail in box.mails:
        assert (mail["From"], mail["To"]) == ("scan@example.com", "team@example.com")
        assert mail["Injected"] is None
        assert not any(map(hidden, str(mail["Subject"])))
        assert mail.get_content().strip()


def test_mail_with_a_password(run: Run, box: Mailbox, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "wrong-hush")
    settings = channels(mailing(box, user="scan", password_env="MAIL_PASSWORD"))
    (outcome,) = deliver(run, settings, sent)
    assert outcome.error.endswith("refused the user or password")
    assert "hush" not in str(outcome)
    monkeypatch.setenv("MAIL_PASSWORD", "right")
    (outcome,) = deliver(run, settings, sent)
    assert (outcome.sent, outcome.error, len(box.mails)) == (1, "", 1)


def test_a_refused_recipient(run: Run, box: Mailbox, sent: Sent) -> None:
    settings = channels(mailing(box, to=["nobody@example.com"]), attempts=2)
    (outcome,) = deliver(run, settings, sent, sleep=lambda _: None)
    assert (outcome.sent, outcome.failed) == (0, 1)
    assert "refused it" in outcome.error


def test_metrics(run: Run, past: PastRun, sent: Sent, tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    deliver(run, channels({"type": "emf", "path": str(path)}), sent)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        (directive,) = row["_aws"]["CloudWatchMetrics"]
        assert row["_aws"]["Timestamp"] == 1767323100000
        assert directive["Namespace"] == "S3Classifier"
        for metric in directive["Metrics"]:
            assert isinstance(row[metric["Name"]], int | float)
            assert metric["Unit"] in ("Count", "None")
        for name in directive["Dimensions"][0]:
            assert isinstance(row[name], str)
    assert rows[0]["Findings"] == past.summary["totals"]["findings"]
    assert {row["Bucket"] for row in rows if "Bucket" in row} == {
        line["bucket"] for line in past.buckets() if line["bucket"]
    }
    assert EmfSettings(type="emf").on == ("finished",)


def test_a_dry_run_sends_and_notes_nothing(run: Run, web: Web, sent: Sent) -> None:
    rows = list(previews(run, channels(hook(web)), sent))
    assert web.posts == []
    assert deliver(run, channels(hook(web)), sent)[0].sent == len(rows)
    assert [row["payload"] for row in rows] == [post for _, _, post in web.posts]


def test_began_and_failed(web: Web, sent: Sent) -> None:
    both = channels(hook(web, on=["started", "failed"]))
    deliver(Run("r1", {"targets": ["s3://b/"]}), both, sent)
    deliver(Run("r1", {}, failed="no credentials"), both, sent)
    assert [post["kind"] for _, _, post in web.posts] == ["started", "failed"]
    assert "no credentials" in web.posts[1][2]["text"]


def test_no_message_holds_a_value(run: Run, web: Web, box: Mailbox, sent: Sent) -> None:
    deliver(run, channels(hook(web), hook(web, style="slack"), mailing(box, severity="low", on=ALL)), sent)
    told = [json.dumps(post) for _, _, post in web.posts] + [mail.get_content() for mail in box.mails]
    assert len(told) > 100
    found = {match.detector for match in classifier.classify("\n".join(told).encode())}
    assert found <= {"AWS_ACCOUNT_ID"}


@pytest.mark.parametrize("limit", [100_000, 4_000, 1_500])
def test_a_message_fits(run: Run, limit: int) -> None:
    settings = channels({"type": "emf", "on": ALL, "severity": "informational"}).channels[0]
    for message in messages(run, settings):
        text = fitted(message, limit)
        assert json.loads(text)["fingerprint"] == message.fingerprint
        assert len(text.encode()) <= max(limit, 4_000)


def test_a_subject_for_sns() -> None:
    assert subject("\n\u202eA" + "b" * 200).startswith("??Ab")
    assert len(subject("x" * 300)) == 100
    assert subject(" ") == "s3-classifier"
    assert subject("é").isascii()


def test_the_list_of_what_was_sent_is_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "sent.sqlite3"
    with Sent(path) as sent:
        sent.add("c", ["f"])
        assert sent.has("c", "f")
        assert not sent.has("d", "f")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
