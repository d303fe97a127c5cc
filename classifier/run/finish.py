"""The end of a run: the buckets' risk, the alerts, what the store keeps, the summary and the exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain

from classifier import alerts, crawl, report, risk
from classifier.config import Settings
from classifier.model import JSON, Alert, BucketResult, S3Object, Severity, Target
from classifier.run.basis import Basis
from classifier.run.catalog import catalog
from classifier.run.history import Ending, History
from classifier.run.lists import passed
from classifier.run.totals import Totals, whole
from classifier.run.usage import said, usage
from classifier.store import ScoreRecord

CLEAN, FOUND, PARTIAL, FAILED = 0, 1, 3, 4
TOP_ALERTS = 50
INTERRUPTED = "Interrupted: the report holds what was scanned until then."
GONE = (
    "The credentials were refused ({}): get new ones and run again; the report holds what was scanned so far."
)
SCHEDULER = "{}: the report holds what was scanned so far."
RESUME = "`s3-classifier scan --resume {}` goes on with it."
CARRIED = "{:,} of {:,} objects are as they were when an earlier run read them, and were not read again."
NOT_KEPT = "The store failed while the run went on, so that it does not hold all of it: {}"
_SECRETS = {"fingerprint_key", "mfa_token", "store"}


@dataclass(slots=True)
class Course:
    """How a run went. Of `accounts` all buckets were to be scanned; of others `unreached` tells why not."""

    severities: Counter[Severity] = field(default_factory=Counter)
    interrupted: bool = False
    gone: str = ""  # the code by which the server refused the credentials
    scheduler: str = ""  # what is wrong with the cluster that was to read
    notes: list[str] = field(default_factory=list)
    accounts: set[str] = field(default_factory=set)
    unreached: list[str] = field(default_factory=list)

    @property
    def early(self) -> bool:
        """Whether the run ended before its work was done."""
        return self.interrupted or bool(self.gone or self.scheduler)


class Finish:
    """What is left to do once all objects were taken."""

    def __init__(
        self, basis: Basis, targets: Sequence[Target], course: Course, history: History, writer: report.Writer
    ) -> None:
        self._basis = basis
        self._settings = basis.settings
        self._targets = targets
        self._course = course
        self._history = history
        self._writer = writer
        self._quiet = 0  # alerts that are suppressed

    def finish(self, totals: list[Totals]) -> report.Summary:
        """Write the rest of the report; return its summary."""
        basis = self._basis
        buckets = [total.result() for total in totals]
        regions = self._history.regions()
        facts = [
            alerts.examined(self._facts(total, bucket, regions), basis.rules.checks)
            for total, bucket in zip(totals, buckets, strict=True)
        ]
        buckets = [
            replace(bucket, checks=fact.checks or ()) for bucket, fact in zip(buckets, facts, strict=True)
        ]
        of_target = [
            [
                *alerts.evaluate([fact], basis.rules, basis.weights, moment=basis.time),
                *total.objects.alerts(),
            ]
            for fact, total in zip(facts, totals, strict=True)
        ]
        buckets = [
            self._rated(bucket, total, self._heard(found))
            for bucket, total, found in zip(buckets, totals, of_target, strict=True)
        ]
        of_target = self._settled(totals, buckets, of_target)
        told = [self._heard(found) for found in of_target]
        self._quiet = sum(map(len, of_target)) - sum(map(len, told))
        risks = {
            alert.alert_id: bucket.risk.score
            for bucket, found in zip(buckets, told, strict=True)
            for alert in found
        }
        raised = alerts.in_order(chain.from_iterable(told), risks)
        for alert in raised:
            self._writer.alert(alert)
        for bucket, found in zip(buckets, told, strict=True):
            self._writer.bucket(report.BucketRecord(basis.id, bucket, len(found)))
        summary = self._summary(totals, buckets, raised)
        self._writer.summary(summary)
        self._history.end(
            summary.finished,
            "ended" if self._course.early else "complete",
            summary.exit_code,
            summary.to_json(),
        )
        return summary

    def _facts(
        self, total: Totals, bucket: BucketResult, regions: dict[str, frozenset[str]]
    ) -> alerts.BucketFacts:
        facts = total.facts(bucket)
        return replace(
            facts, before=self._history.before(bucket.target), regions_before=regions.get(facts.account)
        )

    def _settled(
        self, totals: list[Totals], buckets: list[BucketResult], found: list[list[Alert]]
    ) -> list[list[Alert]]:
        """Have the store keep what was found; return the alerts, each first seen when the store says."""
        rules = crawl.Filter(self._settings.include, self._settings.exclude)

        def covers(obj: S3Object) -> bool:
            return rules.listed(obj) and (self._settings.noncurrent_versions or obj.version_id is None)

        endings = [
            Ending(bucket, total.scope.whole and not self._course.early, raised, covers)
            for total, bucket, raised in zip(totals, buckets, found, strict=True)
        ]
        accounts = set() if self._course.early else self._course.accounts
        versions = self._history.settle(endings, self._scores(buckets), accounts)
        return [
            [
                replace(alert, first_seen=versions[alert.alert_id].first_seen)
                if alert.alert_id in versions
                else alert
                for alert in raised
            ]
            for raised in found
        ]

    def _scores(self, buckets: list[BucketResult]) -> Iterator[ScoreRecord]:
        together = risk.combine([bucket.risk for bucket in buckets], self._basis.weights)
        yield ScoreRecord("run", "", together.score, together.to_json())
        for bucket in buckets:
            yield ScoreRecord("bucket", str(bucket.target), bucket.risk.score, bucket.risk.to_json())
            for prefix, found in bucket.prefixes.items():
                name = f"{bucket.target.bucket or bucket.target.path}/{prefix}"
                yield ScoreRecord("prefix", name, found.score, found.to_json())
        for row in self._accounts(buckets):
            yield ScoreRecord("account", row.account, row.risk.score, row.risk.to_json())

    def _accounts(self, buckets: list[BucketResult]) -> list[report.AccountRow]:
        """Return the accounts whose buckets were looked at, riskiest first."""
        accounts: dict[str, list[BucketResult]] = {}
        for bucket in buckets:
            if bucket.posture is not None and bucket.posture.account:
                accounts.setdefault(bucket.posture.account, []).append(bucket)
        rows = [
            report.AccountRow(
                account,
                len(found),
                sum(bucket.sensitive_objects for bucket in found),
                risk.combine([bucket.risk for bucket in found], self._basis.weights),
            )
            for account, found in accounts.items()
        ]
        return sorted(rows, key=lambda row: (-row.risk.score, row.account))

    def _rated(self, bucket: BucketResult, totals: Totals, found: list[Alert]) -> BucketResult:
        """Return the bucket with the risk that what somebody did there makes, or that somebody set."""
        acts = self._basis.rules.behaviour(found)
        score = totals.result(acts).risk if acts else bucket.risk
        override = self._basis.overrides.of(bucket.target.bucket, self._basis.started.date())
        told = None if override is None else override.to_json()
        return replace(bucket, risk=risk.overridden(score, override, self._basis.weights), override=told)

    def _heard(self, found: list[Alert]) -> list[Alert]:
        """Return the alerts without those that a pack of the user's suppresses; the summary says how many."""
        today = self._basis.started.date()
        return [alert for alert in found if not self._basis.rules.suppressed(alert, today)]

    def _summary(
        self,
        totals: list[Totals],
        buckets: list[BucketResult],
        raised: list[Alert],
    ) -> report.Summary:
        writer, _course = self._writer, self._course
        categories: Counter[str] = Counter()
        for bucket in buckets:
            categories.update(bucket.categories)
        allowed: Counter[str] = Counter()
        for total in totals:
            allowed.update(total.allowed)
        ranked = sorted(buckets, key=lambda bucket: (-bucket.risk.score, str(bucket.target)))
        return report.Summary(
            run_id=self._basis.id,
            version=version("s3-classifier"),
            started=self._basis.time,
            finished=report.timestamp(datetime.now(UTC)),
            settings=shown(self._settings),
            targets=[str(target) for target in self._targets],
            risk=risk.combine([bucket.risk for bucket in buckets], self._basis.weights),
            coverage=whole(buckets),
            findings=self._course.severities.total(),
            occurrences=categories.total(),
            sensitive_objects=sum(bucket.sensitive_objects for bucket in buckets),
            findings_by_severity=self._course.severities,
            occurrences_by_category=categories,
            alerts_total=len(raised),
            alerts_by_category=Counter(alert.category for alert in raised),
            alerts=raised[:TOP_ALERTS],
            accounts=self._accounts(buckets),
            buckets=[report.BucketRow.of(bucket) for bucket in ranked],
            exit_code=self._exit_code(totals, raised),
            files=writer.files if isinstance(writer, report.RunFolder) else (),
            folder=str(writer.folder) if isinstance(writer, report.RunFolder) else "",
            allow_listed=allowed,
            catalog=catalog(
                self._basis.infos,
                chain.from_iterable(bucket.detectors for bucket in buckets),
                self._basis.rules.checks,
                self._basis.weights,
            ).to_json(),
            usage=usage(totals, self._basis.budget, self._basis.prices, self._settings),
            notes=[*self._notes(totals), *passed(allowed)],
        )

    def _notes(self, totals: list[Totals]) -> Iterator[str]:
        course = self._course
        if course.interrupted:
            yield INTERRUPTED
        if course.gone:
            yield GONE.format(course.gone)
        if course.scheduler:
            yield SCHEDULER.format(course.scheduler)
        if course.early and self._history.is_kept:
            yield RESUME.format(self._basis.id)
        yield from course.unreached
        yield from course.notes
        if self._history.failed:
            yield NOT_KEPT.format(self._history.failed)
        carried = sum(total.carried for total in totals)
        if carried:
            yield CARRIED.format(carried, sum(total.coverage.objects for total in totals))
        if self._quiet:
            yield f"{self._quiet:,} alerts are suppressed by your rules."
        yield from said(totals)

    def _exit_code(self, totals: list[Totals], raised: list[Alert]) -> int:
        early = self._course.early
        if totals and not early and all(total.unread for total in totals):
            return FAILED
        level = self._settings.fail_on
        if level is not None:
            found = [*self._course.severities, *(alert.band for alert in raised)]
            if any(severity.rank >= level.rank for severity in found):
                return FOUND
        if early or any(total.gaps or total.scope.error or _denied(total) for total in totals):
            return PARTIAL
        if self._history.failed or self._course.unreached:
            return PARTIAL
        return CLEAN


def _denied(totals: Totals) -> bool:
    """Whether a permission kept a part of the posture unread (a server without the operation does not)."""
    posture = totals.scope.posture
    return posture is not None and any(crawl.is_denied(code) for code in posture.unreadable.values())


def shown(settings: Settings) -> dict[str, JSON]:
    """The settings as the report shows them: what was set, without secrets."""
    return settings.model_dump(mode="json", exclude=_SECRETS, exclude_defaults=True)
