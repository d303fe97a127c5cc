"""The main job: targets → posture and objects → findings → risk → alerts → report."""

from __future__ import annotations

import os
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

from classifier import alerts, crawl, detect, report, risk
from classifier.config import Settings, fingerprint_key
from classifier.errors import UsageError
from classifier.model import (
    JSON,
    Alert,
    BucketResult,
    Finding,
    ObjectResult,
    Problem,
    Reason,
    Severity,
    Target,
)
from classifier.run.budget import Budget
from classifier.run.catalog import catalog
from classifier.run.detectors import chosen
from classifier.run.interrupt import Interrupts
from classifier.run.listing import Lister, Scope
from classifier.run.lists import passed, prepare
from classifier.run.output import remove_older
from classifier.run.pool import results
from classifier.run.prices import load_prices
from classifier.run.progress import meter
from classifier.run.reports import render_formats
from classifier.run.totals import Totals, whole
from classifier.run.usage import said, usage
from classifier.run.verification import KeyVerification, outcome, verification, warning
from classifier.run.worker import WorkerSpec
from classifier.visible import visible

CLEAN, FOUND, PARTIAL, FAILED = 0, 1, 3, 4
TOP_ALERTS = 50
Prompt = Callable[[str], str]
INTERRUPTED = "Interrupted: the report holds what was scanned until then."
GONE = (
    "The credentials were refused ({}): get new ones and run again; the report holds what was scanned so far."
)
STREAMED = "jsonl"  # the format of standard output
_SECRETS = {"fingerprint_key", "mfa_token"}


def scan(
    targets: Sequence[str],
    settings: Settings,
    *,
    all_buckets: bool = False,
    console: Console | None = None,
    quiet: bool = False,
    prompt: Prompt | None = None,
    verify_endpoint_url: str | None = None,
) -> report.Summary:
    """Scan and write the report; return its summary, whose `exit_code` is that of the contract.

    Without `targets` and `all_buckets` those of the settings are scanned, which a template may name.
    `console` (standard error) shows progress unless `quiet`, and what is wrong with a target; `prompt` asks
    the user for a role's MFA code, given the question. With `settings.verify_keys` the AWS key pairs that
    are found are put to AWS STS, or to the server at `verify_endpoint_url`. Raises UsageError before
    anything is read, AccessFailure when no target can be reached at all, OutputError when the report cannot
    be written.
    """
    run = Run(targets, settings, all_buckets, prompt, verify_endpoint_url)
    console = console or Console(stderr=True)
    summary = run.execute(console, quiet)
    render_formats(summary.folder, run.formats)
    for message in run.messages:
        console.print(Text(f"s3-classifier: {visible(message)}", "red"), soft_wrap=True)
    return summary


def show(summary: report.Summary, console: Console) -> None:
    """Print the summary for a person."""
    report.render_summary(summary, console)


class Run:
    """One scan, from its targets to its exit code."""

    def __init__(
        self,
        targets: Sequence[str],
        settings: Settings,
        all_buckets: bool,
        prompt: Prompt | None,
        verify_endpoint_url: str | None = None,
    ) -> None:
        if not targets and not all_buckets:
            targets, all_buckets = settings.targets, settings.all_buckets
        if not targets and not all_buckets:
            raise UsageError("name a target (s3://bucket, a folder, a file) or give --all-buckets")
        if settings.output == "-" and "formats" in settings.model_fields_set:
            others = [name for name in settings.formats if name != STREAMED]
            if others:
                raise UsageError(
                    f"--format {','.join(others)} with --output -: standard output gets {STREAMED} only; "
                    "name a folder for --output"
                )
        self.formats = report.chosen_formats(settings.formats)
        self._settings = settings
        self._prompt = prompt
        self._targets = crawl.distinct([crawl.parse_target(text) for text in targets])
        self._all_buckets = all_buckets
        self._started = datetime.now(UTC)
        self._time = report.timestamp(self._started)
        self._id = f"{self._started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        self._weights = risk.load_weights()
        detectors = chosen(settings)
        self._infos = detect.Infos(detectors)
        self._verify_endpoint_url = verify_endpoint_url
        self._check_verification()
        self._rules = alerts.load_rules(extra=settings.rules)
        self._policy = alerts.load_data_policy(settings.data_policy)
        self._overrides = risk.load_overrides(settings.risk_overrides)
        self._prices = load_prices(settings.prices)
        self._budget = Budget(settings, self._prices)
        crawl.Filter(
            settings.include, settings.exclude
        )  # what is wrong with them is told before anything else
        self._key = fingerprint_key(settings)
        self._severities: Counter[Severity] = Counter()
        self._interrupted = False
        self._gone = ""  # the code by which the server refused the credentials
        self._notes: list[str] = []
        self._quiet = 0  # alerts that are suppressed
        self.messages: list[str] = []

    def execute(self, console: Console, quiet: bool) -> report.Summary:
        """Do it."""
        with ExitStack() as stack:
            connection = self._connect()
            if connection is not None:
                stack.enter_context(connection)

            def connected() -> crawl.Connection:
                """Return the connection; of a scan of local files a new one, for a list in a bucket."""
                nonlocal connection
                if connection is None:
                    connection = stack.enter_context(self._new_connection())
                return connection

            lists, unread = prepare(self._settings, connected)
            self._notes += unread
            handover = None if connection is None else connection.handover()
            verified = self._verification(stack, connection)
            if verified is not None:
                console.print(Text(visible(warning(verified)), "bold yellow"), soft_wrap=True)
            spec = WorkerSpec(self._id, self._settings, handover, self._key, verified, lists)
            writer = self._writer()
            own = _files(writer)
            remove_older(own)
            stack.enter_context(writer)
            progress = stack.enter_context(meter(console, quiet))
            lister = stack.enter_context(
                Lister(
                    self._targets,
                    connection,
                    self._settings,
                    progress.found,
                    progress.listed,
                    own,
                    self._budget,
                )
            )
            totals: list[Totals] = []
            taken: Counter[int] = Counter()  # shards, by target
            interrupts = stack.enter_context(Interrupts())
            try:
                for shard, found in results(spec, lister, progress.done):
                    self._reach(totals, lister, shard.target_index)
                    for result in found:
                        with interrupts.held():
                            self._take(totals[shard.target_index], result, writer)
                    taken[shard.target_index] += 1
                    if self._gone:  # the rest would be refused too, object by object
                        _cut_short(lister.scopes, taken, Reason.PERMISSION_DENIED, self._gone)
                        break
            except KeyboardInterrupt:
                self._interrupted = True
                _cut_short(lister.scopes, taken, Reason.TIME_CUT_OFF_REACHED, "interrupted")
            interrupts.ignore()
            self._reach(totals, lister, len(lister.scopes) - 1)
            self.messages = [scope.message for scope in lister.scopes if scope.message]
            if verified is not None and (said := outcome(verified)):
                self._notes.append(said)
            return self._finish(totals, writer)

    def _check_verification(self) -> None:
        where = self._verify_endpoint_url
        if where is not None and not self._settings.verify_keys:
            raise UsageError("--verify-endpoint-url is nothing without --verify-keys")
        if where is not None and (urlsplit(where).scheme not in ("http", "https") or "@" in where):
            raise UsageError("--verify-endpoint-url is like https://HOST:PORT, without user name or password")
        if self._settings.verify_keys and detect.PAIR not in self._infos:
            raise UsageError(f"--verify-keys needs the detector {detect.PAIR}, which --detectors leaves out")

    def _verification(self, stack: ExitStack, connection: crawl.Connection | None) -> KeyVerification | None:
        """Return how key pairs are verified in the partition of the run's region; None where they are not."""
        if not self._settings.verify_keys:
            return None
        named = (os.environ.get(name) for name in ("AWS_REGION", "AWS_DEFAULT_REGION"))
        own = self._settings.region or next(filter(None, named), "")
        region = own if connection is None else connection.region
        return stack.enter_context(verification(region, self._verify_endpoint_url))

    def _connect(self) -> crawl.Connection | None:
        """Return the connection that the targets need, and find the targets of --all-buckets."""
        if not self._all_buckets and all(target.is_local for target in self._targets):
            return None
        connection = self._new_connection()
        if self._all_buckets:
            everything = [Target(name) for name in crawl.all_buckets(connection)]
            self._targets = crawl.distinct([*self._targets, *everything])
        return connection

    def _new_connection(self) -> crawl.Connection:
        connection = crawl.Connection(self._settings, prompt=self._prompt)
        connection.charge = self._budget.request
        connection.check()
        return connection

    def _writer(self) -> report.RunFolder | report.FindingStream:
        if self._settings.output == "-":
            return report.FindingStream(sys.stdout.buffer)
        folder = Path(self._settings.output) if self._settings.output else Path("reports") / self._id
        return report.RunFolder(folder, self.formats)

    def _reach(self, totals: list[Totals], lister: Lister, index: int) -> None:
        """Start the totals of every target up to `index`: its posture is settled by now."""
        for scope in lister.scopes[len(totals) : index + 1]:
            objects = alerts.ObjectAlerts(
                self._rules.language,
                self._weights.alert_bands,
                scope.target,
                scope.posture,
                self._policy,
                self._started,
                self._time,
            )
            totals.append(Totals(scope, self._settings, self._weights, self._infos, objects))

    def _take(self, totals: Totals, result: ObjectResult, writer: report.Writer) -> None:
        totals.add(result)
        writer.object(result)
        if result.reason is Reason.PERMISSION_DENIED and crawl.credentials_gone(result.detail):
            self._gone = result.detail
        if not result.findings and not result.traits:
            return
        exposure = totals.exposure(result.obj.key)
        posture = totals.scope.posture
        rated: list[tuple[str, Finding, float]] = []
        for finding, score in zip(result.findings, totals.rate(result.findings, exposure), strict=True):
            info = self._infos[finding.detector]
            record = report.FindingRecord(
                run_id=self._id,
                finding_id=report.finding_id(finding, totals.scope.target),
                finding=finding,
                risk=score,
                exposure=exposure.to_json(),
                first_seen=self._time,
                last_seen=self._time,
                account=posture.account if posture else None,
                region=posture.region if posture else None,
                title=info.title,
                remediation=info.remediation,
                attributes=self._settings.finding_attributes,
            )
            totals.note(record.finding_id, finding, score, exposure)
            self._severities[finding.severity] += 1
            writer.finding(record)
            rated.append((record.finding_id, finding, score.score))
        totals.objects.take(result, rated, exposure)

    def _finish(self, totals: list[Totals], writer: report.Writer) -> report.Summary:
        buckets = [total.result() for total in totals]
        facts = [
            alerts.examined(total.facts(bucket), self._rules.checks)
            for total, bucket in zip(totals, buckets, strict=True)
        ]
        buckets = [
            replace(bucket, checks=fact.checks or ()) for bucket, fact in zip(buckets, facts, strict=True)
        ]
        of_target = [
            [
                *alerts.evaluate([fact], self._rules, self._weights, moment=self._time),
                *total.objects.alerts(),
            ]
            for fact, total in zip(facts, totals, strict=True)
        ]
        of_target = [self._told(found) for found in of_target]
        buckets = [
            self._rated(bucket, total, found)
            for bucket, total, found in zip(buckets, totals, of_target, strict=True)
        ]
        risks = {
            alert.alert_id: bucket.risk.score
            for bucket, found in zip(buckets, of_target, strict=True)
            for alert in found
        }
        raised = alerts.in_order(chain.from_iterable(of_target), risks)
        for alert in raised:
            writer.alert(alert)
        for bucket, found in zip(buckets, of_target, strict=True):
            writer.bucket(report.BucketRecord(self._id, bucket, len(found)))
        summary = self._summary(totals, buckets, raised, writer)
        writer.summary(summary)
        return summary

    def _rated(self, bucket: BucketResult, totals: Totals, found: list[Alert]) -> BucketResult:
        """Return the bucket with the risk that what somebody did there makes, or that somebody set."""
        acts = self._rules.behaviour(found)
        score = totals.result(acts).risk if acts else bucket.risk
        override = self._overrides.of(bucket.target.bucket, self._started.date())
        told = None if override is None else override.to_json()
        return replace(bucket, risk=risk.overridden(score, override, self._weights), override=told)

    def _told(self, found: list[Alert]) -> list[Alert]:
        """Return the alerts without those that a pack of the user's suppresses; the summary says how many."""
        today = self._started.date()
        quiet = [alert for alert in found if self._rules.suppressed(alert, today)]
        self._quiet += len(quiet)
        return [alert for alert in found if alert not in quiet]

    def _summary(
        self,
        totals: list[Totals],
        buckets: list[BucketResult],
        raised: list[Alert],
        writer: report.Writer,
    ) -> report.Summary:
        categories: Counter[str] = Counter()
        for bucket in buckets:
            categories.update(bucket.categories)
        allowed: Counter[str] = Counter()
        for total in totals:
            allowed.update(total.allowed)
        ranked = sorted(buckets, key=lambda bucket: (-bucket.risk.score, str(bucket.target)))
        return report.Summary(
            run_id=self._id,
            version=version("s3-classifier"),
            started=self._time,
            finished=report.timestamp(datetime.now(UTC)),
            settings=_shown(self._settings),
            targets=[str(target) for target in self._targets],
            risk=risk.combine([bucket.risk for bucket in buckets], self._weights),
            coverage=whole(buckets),
            findings=self._severities.total(),
            occurrences=categories.total(),
            sensitive_objects=sum(bucket.sensitive_objects for bucket in buckets),
            findings_by_severity=self._severities,
            occurrences_by_category=categories,
            alerts_total=len(raised),
            alerts_by_category=Counter(alert.category for alert in raised),
            alerts=raised[:TOP_ALERTS],
            buckets=[report.BucketRow.of(bucket) for bucket in ranked],
            exit_code=self._exit_code(totals, raised),
            files=writer.files if isinstance(writer, report.RunFolder) else (),
            folder=str(writer.folder) if isinstance(writer, report.RunFolder) else "",
            allow_listed=allowed,
            catalog=catalog(
                self._infos,
                chain.from_iterable(bucket.detectors for bucket in buckets),
                self._rules.checks,
                self._weights,
            ).to_json(),
            usage=usage(totals, self._budget, self._prices, self._settings),
            notes=[INTERRUPTED] * self._interrupted
            + [GONE.format(self._gone)] * bool(self._gone)
            + self._notes
            + ([f"{self._quiet:,} alerts are suppressed by your rules."] if self._quiet else [])
            + said(totals)
            + list(passed(allowed)),
        )

    def _exit_code(self, totals: list[Totals], raised: list[Alert]) -> int:
        ended = self._interrupted or bool(self._gone)
        if totals and not ended and all(total.unread for total in totals):
            return FAILED
        level = self._settings.fail_on
        if level is not None:
            found = [*self._severities, *(alert.band for alert in raised)]
            if any(severity.rank >= level.rank for severity in found):
                return FOUND
        if ended or any(total.gaps or total.scope.error or _denied(total) for total in totals):
            return PARTIAL
        return CLEAN


def _files(writer: report.Writer) -> list[Path]:
    """The files that a run folder may have, by their whole paths."""
    return [writer.folder / name for name in writer.names] if isinstance(writer, report.RunFolder) else []


def _cut_short(scopes: Sequence[Scope], taken: Counter[int], reason: Reason, detail: str) -> None:
    """Note on the targets that were not scanned to their end why: those with shards that were not taken."""
    for index, scope in enumerate(scopes):
        if scope.error is None and taken[index] != scope.shards:
            scope.error = Problem(None, reason, detail)


def _denied(totals: Totals) -> bool:
    """Whether a permission kept a part of the posture unread (a server without the operation does not)."""
    posture = totals.scope.posture
    return posture is not None and any(crawl.is_denied(code) for code in posture.unreadable.values())


def _shown(settings: Settings) -> dict[str, JSON]:
    """The settings as the report shows them: what was set, without secrets."""
    return settings.model_dump(mode="json", exclude=_SECRETS, exclude_defaults=True)
