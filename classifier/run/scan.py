"""The main job: targets → posture and objects → findings → risk → alerts → report."""

from __future__ import annotations

import os
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

from classifier import alerts, crawl, detect, report
from classifier.config import Settings, fingerprint_key
from classifier.errors import ClassifierError, UsageError
from classifier.model import Finding, ObjectResult, Problem, Reason, Target
from classifier.run import accounts
from classifier.run.basis import basis
from classifier.run.carry import carried
from classifier.run.cluster import Results, SchedulerGone, cluster
from classifier.run.detectors import chosen
from classifier.run.finish import INTERRUPTED, Course, Finish
from classifier.run.history import History, open_history
from classifier.run.interrupt import Interrupts
from classifier.run.listing import Lister, Scope
from classifier.run.lists import prepare
from classifier.run.notify import Notifier
from classifier.run.output import remove_older
from classifier.run.plan import Shard
from classifier.run.pool import results
from classifier.run.progress import meter
from classifier.run.recipe import recipe
from classifier.run.reports import render_formats
from classifier.run.resume import absolute, check_recipe, kept_settings, resumed
from classifier.run.totals import Totals
from classifier.run.verification import KeyVerification, outcome, verification, warning
from classifier.run.worker import WorkerSpec
from classifier.store import Rated, RunRecord
from classifier.visible import visible

__all__ = ["INTERRUPTED", "scan", "show"]

Prompt = Callable[[str], str]
STREAMED = "jsonl"  # the format of standard output


def scan(
    targets: Sequence[str],
    settings: Settings,
    *,
    all_buckets: bool = False,
    resume: str | None = None,
    console: Console | None = None,
    quiet: bool = False,
    prompt: Prompt | None = None,
    verify_endpoint_url: str | None = None,
) -> report.Summary:
    """Scan and write the report; return its summary, whose `exit_code` is that of the contract.

    Without `targets` and `all_buckets` those of the settings are scanned, which a template may name.
    The run is kept in the store that the settings name. `resume` goes on with a run there that was ended,
    given its id, the beginning of it, or `last`; then there are no targets to name. `console` (standard
    error) shows progress unless `quiet`, and what is wrong with a target; `prompt` asks the user for a role's
    MFA code, given the question. With `settings.verify_keys` the AWS key pairs that are found are put to AWS
    STS, or to the server at `verify_endpoint_url`. Raises UsageError before anything is read, AccessFailure
    when no target can be reached at all, OutputError when the report cannot be written, StoreError when the
    store cannot be opened.
    """
    console = console or Console(stderr=True)
    if resume is None:
        run = Run(targets, settings, all_buckets, prompt, verify_endpoint_url)
        with open_history(settings) as history:
            summary = run.told(history, console, quiet)
    else:
        if targets or all_buckets:
            raise UsageError("--resume goes on with the run's own targets: name none")
        with open_history(settings, needed="--resume") as history:
            record = history.find(resume)
            own = resumed(record, settings)
            run = Run(record.targets, own, False, prompt, verify_endpoint_url, record)
            summary = run.told(history, console, quiet)
    for message in run.messages:
        console.print(Text(f"s3-classifier: {visible(message)}", "red"), soft_wrap=True)
    return summary


def show(summary: report.Summary, console: Console) -> None:
    """Print the summary for a person."""
    report.render_summary(summary, console)


class Run:
    """One scan, from its targets to its exit code. `record` is that of a run to go on with."""

    def __init__(
        self,
        targets: Sequence[str],
        settings: Settings,
        all_buckets: bool,
        prompt: Prompt | None,
        verify_endpoint_url: str | None = None,
        record: RunRecord | None = None,
    ) -> None:
        accounts.check(settings)
        if settings.accounts is not None and record is None and (targets or all_buckets):
            raise UsageError("--accounts scans every bucket of each account: name no target")
        if not targets and not all_buckets and settings.accounts is None:
            targets, all_buckets = settings.targets, settings.all_buckets
        if not targets and not all_buckets and settings.accounts is None:
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
        self._record = record
        started = datetime.now(UTC) if record is None else datetime.fromisoformat(record.started)
        run_id = f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}" if record is None else record.run_id
        self._basis = basis(run_id, started, settings, detect.Infos(chosen(settings)))
        self._verify_endpoint_url = verify_endpoint_url
        self._check_verification()
        crawl.Filter(
            settings.include, settings.exclude
        )  # what is wrong with them is told before anything else
        self._key = fingerprint_key(settings)
        self._course = Course()
        self._members = accounts.Accounts()
        self.messages: list[str] = []

    def told(self, history: History, console: Console, quiet: bool) -> report.Summary:
        """Do it, render the formats, and tell the channels of the settings how it goes."""
        notifier = Notifier(self._settings, self._basis.id)
        notifier.started([str(target) for target in self._targets])
        try:
            summary = self.execute(history, console, quiet)
            render_formats(summary.folder, self.formats)
        except ClassifierError as error:
            notifier.failed(str(error))
            raise
        return notifier.finished(summary)

    def execute(self, history: History, console: Console, quiet: bool) -> report.Summary:
        """Do it."""
        with ExitStack() as stack:
            connection = self._connect(stack)
            if connection is not None:
                stack.enter_context(connection)

            def connected() -> crawl.Connection:
                """Return the connection; of a scan of local files a new one, for a list in a bucket."""
                nonlocal connection
                if connection is None:
                    connection = stack.enter_context(self._new_connection())
                return connection

            # Another machine has another working directory, and no use for the store.
            handed = absolute(self._settings) if self._settings.engine == "dask" else self._settings
            handed = handed.model_copy(update={"store": None})
            lists, unread = prepare(handed, connected)
            self._course.notes += [*history.notes, *unread]
            decides = recipe(absolute(self._settings), lists, self._key)
            if self._record is not None:
                check_recipe(self._record, decides)
            handover = None if connection is None else connection.handover()
            verified = self._verification(stack, connection)
            if verified is not None:
                console.print(Text(visible(warning(verified)), "bold yellow"), soft_wrap=True)
            spec = WorkerSpec(self._basis.id, handed, handover, self._key, verified, lists)
            engine = self._engine(stack)
            writer = self._writer()
            own = _files(writer)
            remove_older(own)
            stack.enter_context(writer)
            self._begin(history, writer, decides)
            progress = stack.enter_context(meter(console, quiet))
            lister = stack.enter_context(
                Lister(
                    self._targets,
                    connection,
                    self._settings,
                    progress.found,
                    progress.listed,
                    [*own, *history.files],
                    self._basis.budget,
                    history.recognised if history.carries else None,
                    self._members.connections,
                )
            )

            def read(shards: Iterable[Shard]) -> Iterator[tuple[Shard, Iterable[ObjectResult]]]:
                return engine(spec, shards, progress.done)

            totals: list[Totals] = []
            taken: Counter[int] = Counter()  # shards, by target
            interrupts = stack.enter_context(Interrupts())
            try:
                for shard, found in carried(lister, read, history, progress.done):
                    self._reach(totals, lister, shard.target_index)
                    history.look_up(shard.target, shard.objects)
                    for result in found:
                        with interrupts.held():
                            self._take(totals[shard.target_index], result, writer, history)
                    with interrupts.held():
                        history.flush()
                    taken[shard.target_index] += 1
                    if self._course.gone:  # the rest would be refused too, object by object
                        _cut_short(lister.scopes, taken, Reason.PERMISSION_DENIED, self._course.gone)
                        break
            except KeyboardInterrupt:
                self._course.interrupted = True
                _cut_short(lister.scopes, taken, Reason.TIME_CUT_OFF_REACHED, "interrupted")
            except SchedulerGone as error:
                self._course.scheduler = str(error)
                _cut_short(lister.scopes, taken, Reason.TIME_CUT_OFF_REACHED, "scheduler gone")
            interrupts.ignore()
            self._reach(totals, lister, len(lister.scopes) - 1)
            self.messages = self._course.unreached + [
                scope.message for scope in lister.scopes if scope.message
            ]
            if verified is not None and (said := outcome(verified)):
                self._course.notes.append(said)
            return Finish(self._basis, self._targets, self._course, history, writer).finish(totals)

    def _engine(self, stack: ExitStack) -> Results:
        """Return what has shards read: the processes of this machine, or those of a cluster."""
        settings = self._settings
        if settings.engine == "local":
            return results
        if settings.verify_keys:
            raise UsageError("--verify-keys works on one machine: leave out --engine dask")
        if not settings.scheduler:
            raise UsageError("--engine dask needs --scheduler ADDRESS, such as tcp://HOST:8786")
        return stack.enter_context(cluster(settings.scheduler)).results

    def _begin(self, history: History, writer: report.Writer, decides: str) -> None:
        """Have the store know of the run."""
        basis, settings = self._basis, self._settings
        folder = str(writer.folder.absolute()) if isinstance(writer, report.RunFolder) else ""
        record = self._record or RunRecord(
            basis.id,
            basis.time,
            version("s3-classifier"),
            decides,
            sorted(basis.infos),
            [str(target) for target in self._targets],
            kept_settings(settings),
            folder,
        )
        # Whether a key pair is live has to be asked again each time.
        anew = [detect.PAIR] if settings.verify_keys else []
        history.begin(record, self._targets, sorted(basis.infos), incremental=settings.incremental, anew=anew)

    def _check_verification(self) -> None:
        where = self._verify_endpoint_url
        if where is not None and not self._settings.verify_keys:
            raise UsageError("--verify-endpoint-url is nothing without --verify-keys")
        if where is not None and (urlsplit(where).scheme not in ("http", "https") or "@" in where):
            raise UsageError("--verify-endpoint-url is like https://HOST:PORT, without user name or password")
        if self._settings.verify_keys and detect.PAIR not in self._basis.infos:
            raise UsageError(f"--verify-keys needs the detector {detect.PAIR}, which --detectors leaves out")

    def _verification(self, stack: ExitStack, connection: crawl.Connection | None) -> KeyVerification | None:
        """Return how key pairs are verified in the partition of the run's region; None where they are not."""
        if not self._settings.verify_keys:
            return None
        named = (os.environ.get(name) for name in ("AWS_REGION", "AWS_DEFAULT_REGION"))
        own = self._settings.region or next(filter(None, named), "")
        region = own if connection is None else connection.region
        return stack.enter_context(verification(region, self._verify_endpoint_url))

    def _connect(self, stack: ExitStack) -> crawl.Connection | None:
        """Return the connection that the targets need; find those of --all-buckets and --accounts."""
        if self._settings.accounts is not None:
            return self._connect_accounts(stack)
        if not self._all_buckets and all(target.is_local for target in self._targets):
            return None
        connection = self._new_connection()
        if self._all_buckets:
            everything = [Target(name) for name in crawl.all_buckets(connection)]
            self._targets = crawl.distinct([*self._targets, *everything])
            self._course.accounts = {connection.account_id()[0] or ""} - {""}
        return connection

    def _connect_accounts(self, stack: ExitStack) -> crawl.Connection:
        """Connect to each account; a run that goes on keeps its targets."""
        connection = self._new_connection()
        charge = self._basis.budget.request
        self._members = accounts.connect(connection, self._settings, charge, stack)
        self._course.unreached = self._members.problems
        if self._record is None:
            self._targets = self._members.targets
            self._course.accounts = self._members.listed
        return connection

    def _new_connection(self) -> crawl.Connection:
        settings = self._settings.model_copy(update={"store": None})
        connection = crawl.Connection(settings, prompt=self._prompt)
        connection.charge = self._basis.budget.request
        connection.check()
        return connection

    def _writer(self) -> report.RunFolder | report.FindingStream:
        if self._settings.output == "-":
            return report.FindingStream(sys.stdout.buffer)
        folder = Path(self._settings.output) if self._settings.output else Path("reports") / self._basis.id
        return report.RunFolder(folder, self.formats)

    def _reach(self, totals: list[Totals], lister: Lister, index: int) -> None:
        """Start the totals of every target up to `index`: its posture is settled by now."""
        basis = self._basis
        for scope in lister.scopes[len(totals) : index + 1]:
            objects = alerts.ObjectAlerts(
                basis.rules.language,
                basis.weights.alert_bands,
                scope.target,
                scope.posture,
                basis.policy,
                basis.started,
                basis.time,
            )
            totals.append(Totals(scope, self._settings, basis.weights, basis.infos, objects))

    def _take(self, totals: Totals, result: ObjectResult, writer: report.Writer, history: History) -> None:
        totals.add(result)
        if result.reason is Reason.PERMISSION_DENIED and crawl.credentials_gone(result.detail):
            self._course.gone = result.detail
        target = totals.scope.target
        if not result.findings and not result.traits:
            writer.object(result)
            history.add(target, result, [])
            return
        exposure = totals.exposure(result.obj.key)
        told = exposure.to_json()
        posture = totals.scope.posture
        rated: list[tuple[str, Finding, float]] = []
        scores, together = totals.rate(result.findings, exposure)
        writer.object(replace(result, risk=together))
        for finding, score in zip(result.findings, scores, strict=True):
            info = self._basis.infos[finding.detector]
            name = report.finding_id(finding, target)
            first_seen, status = history.first(name)
            record = report.FindingRecord(
                run_id=self._basis.id,
                finding_id=name,
                finding=finding,
                risk=score,
                exposure=told,
                first_seen=first_seen,
                last_seen=self._basis.time,
                account=posture.account if posture else None,
                region=posture.region if posture else None,
                title=info.title,
                remediation=info.remediation,
                status=status,
                attributes=dict(self._settings.finding_attributes),
            )
            totals.note(name, finding, score, exposure)
            self._course.severities[finding.severity] += 1
            writer.finding(record)
            rated.append((name, finding, score.score))
        history.add(target, result, [Rated(*item, told) for item in rated])
        totals.objects.take(result, rated, exposure)


def _files(writer: report.Writer) -> list[Path]:
    """The files that a run folder may have, by their whole paths."""
    return [writer.folder / name for name in writer.names] if isinstance(writer, report.RunFolder) else []


def _cut_short(scopes: Sequence[Scope], taken: Counter[int], reason: Reason, detail: str) -> None:
    """Note on the targets that were not scanned to their end why: those with shards that were not taken."""
    for index, scope in enumerate(scopes):
        if scope.error is None and taken[index] != scope.shards:
            scope.error = Problem(None, reason, detail)
