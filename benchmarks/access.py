"""Is it public? Ours beside policyuniverse, Prowler, Cloud Custodian and checkov, on the same labelled cases.

    python -m benchmarks access [--cases FILE.jsonl] [--allow-missing]

The other tools are installed at run time, each in a virtual environment kept in the user's cache folder; none
of them is part of the project. FILE has lines {"id", "snapshot", "expect"} in the shape of docs/contracts.md;
without it the cases are those of tests/access/cases. A tool that cannot be installed is a line that says so.
Times are CPU milliseconds of one process, so that what else the machine does counts little.

Exit code 1: a tool is missing (without --allow-missing), or ours takes more than LIMIT_MS at the 95th
percentile for a bucket with a policy of 20 statements.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers import Peer, last_words
from classifier.access import evaluate
from tests.access.labelled import BUCKET, cases

LIMIT_MS = 20.0
POLICIES, STATEMENTS, SEED = 200, 20, 20_061
TIMES = 3  # evaluations of each of them by ours

ASK_S3 = "policy: does S3 call it public?"
ASK_REACH = "policy: can anybody, or any AWS account, do anything?"
ASK_BUCKET = "whole bucket: can anybody, or any AWS account, do anything?"


class Tool(Peer):
    """Another tool, and how it is asked."""

    def answers(self, questions: Sequence[dict[str, Any]]) -> list[Answer]:
        """Return the tool's answers. Raises CalledProcessError when it cannot be installed or started."""
        done = subprocess.run(
            [self.python(), "-P", Path(__file__).with_name("access_peers.py"), self.name],
            input="".join(json.dumps(question, default=str) + "\n" for question in questions),
            check=True,
            capture_output=True,
            text=True,
        )
        return [Answer(**json.loads(line)) for line in done.stdout.splitlines()]


# Prowler alone wants some 90 packages; its policy module and S3 check import these. Pins are its own.
TOOLS = (
    Tool("policyuniverse", "policyuniverse 1.5.1", (("policyuniverse==1.5.1.20231109",),)),
    Tool(
        "prowler",
        "Prowler 5.46.0",
        (
            ("--no-deps", "prowler==5.46.0"),
            (
                "boto3==1.40.61",
                "colorama==0.4.6",
                "jsonschema==4.23.0",
                "packaging",
                "py-iam-expand==0.3.0",
                "pydantic==2.12.5",
                "pytz==2025.1",
                "PyYAML",
                "requests",
                "tzlocal==5.3.1",
            ),
        ),
    ),
    Tool("custodian", "Cloud Custodian 0.9.53", (("c7n==0.9.53",),)),
    Tool("checkov", "checkov 3.3.30", (("checkov==3.3.30",),)),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """`public` None: no answer, for the reason in `error`, or because it is not known."""

    public: bool | None
    error: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of each tool, and the label. `title` is the table that it counts in."""

    title: str
    ask: str
    snapshot: dict[str, Any]
    public: bool

    def asked(self) -> dict[str, Any]:
        return {"ask": self.ask, "snapshot": self.snapshot}


def questions(labelled: Iterable[tuple[dict[str, Any], dict[str, Any]]]) -> list[Question]:
    """Return the questions that the cases (snapshot and label each) answer without doubt."""
    found: list[Question] = []
    for snapshot, expect in labelled:
        if "Request" in snapshot:
            continue
        said = {key: value for key, value in snapshot.items() if _says_something(value)}
        alone = {key: said[key] for key in (*BUCKET, "Organization", "Policy") if key in said}
        status, public = expect.get("policy_status"), expect.get("public")
        if "Policy" in said and isinstance(status, bool):
            found.append(Question(ASK_S3, "policy", alone, status))
        if public not in ("public", "not_public"):
            continue
        if said.keys() == alone.keys() and "Policy" in said:
            found.append(Question(ASK_REACH, "policy", alone, public == "public"))
        if not said.get("Unreadable"):
            found.append(Question(ASK_BUCKET, "bucket", said, public == "public"))
    return found


def _says_something(value: Any) -> bool:
    """Whether a part of a snapshot is more than the absence of it: {"Account": null} is not."""
    return any(map(_says_something, value.values())) if isinstance(value, dict) else value not in (None, [])


def ours(question: Question) -> Answer:
    start = time.process_time()
    verdict = evaluate(question.snapshot)
    seconds = time.process_time() - start
    reached = {"public": True, "not_public": False, "unknown": None}[verdict.public]
    return Answer(verdict.is_public_policy if question.title == ASK_S3 else reached, None, seconds)


def typical(question: Question) -> Answer:
    """Return the answer with the median time of several."""
    return sorted((ours(question) for _ in range(TIMES)), key=lambda answer: answer.seconds)[TIMES // 2]


@dataclass(slots=True)
class Tally:
    """One tool's answers to one question."""

    right: int = 0
    found: int = 0
    false_alarms: int = 0
    positives: int = 0
    crashes: int = 0
    unknown: int = 0
    milliseconds: list[float] = field(default_factory=list)

    def add(self, label: bool, answer: Answer) -> None:
        self.right += answer.public is label
        self.positives += label
        self.found += label and answer.public is True
        self.false_alarms += not label and answer.public is True
        self.crashes += answer.error is not None
        self.unknown += answer.public is None and answer.error is None
        self.milliseconds.append(1000 * answer.seconds)

    def row(self, title: str) -> str:
        n, said = len(self.milliseconds), self.found + self.false_alarms
        median, high = percentiles(self.milliseconds)
        precision = f"{self.found / said:.3f}" if said else "–"
        return (
            f"| {title} | {self.right / n:.3f} | {self.found / self.positives:.3f} | {precision} "
            f"| {self.crashes} | {self.unknown} | {median:.2f} | {high:.2f} |"
        )


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 95th percentile."""
    ordered = sorted(values)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def random_policies() -> list[Question]:
    """Return POLICIES made-up policies of STATEMENTS statements each, with conditions and Denies."""
    rng = random.Random(SEED)
    return [Question("speed", "policy", BUCKET | {"Policy": _policy(rng)}, True) for _ in range(POLICIES)]


def _policy(rng: random.Random) -> dict[str, Any]:
    """Return a policy of a company with a few partners, two organizations and a few networks."""
    accounts = [f"{rng.randrange(10**11, 10**12)}" for _ in range(4)]
    organizations = [f"o-{rng.randrange(10**9):010}" for _ in range(2)]
    endpoints = [f"vpce-{rng.getrandbits(32):08x}" for _ in range(3)]
    networks = [f"{rng.randrange(11, 172)}.{rng.randrange(256)}.0.0/{size}" for size in (8, 16, 24)]
    statements = []
    for index in range(STATEMENTS):
        account = rng.choice(accounts)
        conditions: tuple[dict[str, Any], ...] = (
            {"StringEquals": {"aws:PrincipalOrgID": rng.choice(organizations)}},
            {"StringNotEquals": {"aws:PrincipalOrgID": rng.choice(organizations)}},
            {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{rng.choice(organizations)}/r-a1/*"}},
            {"IpAddress": {"aws:SourceIp": rng.sample(networks, 2)}},
            {"NotIpAddress": {"aws:SourceIp": rng.sample(networks, 2)}},
            {"StringNotEquals": {"aws:SourceVpce": rng.choice(endpoints)}},
            {"StringEquals": {"aws:SourceVpce": rng.sample(endpoints, 2)}},
            {"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{account}:role/*"}},
            {"StringEqualsIfExists": {"aws:PrincipalTag/team": f"t{rng.randrange(9)}"}},
            {"StringEquals": {"aws:SourceVpc": "vpc-0a1b2c3d"}, "Bool": {"aws:SecureTransport": "true"}},
            {"Bool": {"aws:SecureTransport": "false"}},
            {"StringLike": {"s3:prefix": f"team{rng.randrange(4)}/*"}},
            {"NumericLessThan": {"s3:TlsVersion": 1.2}},
            {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
        )
        named = {"AWS": rng.choice((account, f"arn:aws:iam::{account}:role/reader"))}
        folder = rng.choice(("", "public/", f"team{rng.randrange(4)}/", "logs/2026/"))
        made: dict[str, Any] = {
            "Sid": f"S{index}",
            "Effect": rng.choices(("Allow", "Deny"), (3, 2))[0],
            "Principal": rng.choice(("*", {"AWS": "*"}, named)),
            "Action": rng.choice(
                ("s3:GetObject", "s3:Get*", ["s3:PutObject", "s3:DeleteObject"], "s3:List*", "s3:*")
            ),
            "Resource": rng.choice(
                (
                    f"arn:aws:s3:::shop/{folder}*",
                    "arn:aws:s3:::shop",
                    ["arn:aws:s3:::shop", "arn:aws:s3:::shop/*"],
                )
            ),
        }
        if rng.random() < 0.8:
            made["Condition"] = rng.choice(conditions)
        statements.append(made)
    return {"Version": "2012-10-17", "Statement": statements}


def read(path: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return snapshot and label of each line of a JSONL file."""
    lines = (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())
    return [(line["snapshot"], line["expect"]) for line in lines]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks access")
    parser.add_argument("--cases", type=Path, help="JSON Lines with snapshot and expect")
    parser.add_argument("--allow-missing", action="store_true", help="go on without a tool")
    options = parser.parse_args()

    labelled = read(options.cases) if options.cases else [(dict(c.snapshot), dict(c.expect)) for c in cases()]
    asked, timed = questions(labelled), random_policies()
    gc.freeze()  # as the command does
    results = {"s3-classifier": [ours(question) for question in asked] + [typical(q) for q in timed]}
    missing = False
    for tool in TOOLS:
        try:
            results[tool.title] = tool.answers([question.asked() for question in (*asked, *timed)])
        except (subprocess.CalledProcessError, OSError) as error:
            missing = True
            print(f"{tool.title}: could not be run: {last_words(error)}")

    head = "| | accuracy | recall | precision | crashes | unknown | median ms | p95 ms |"
    for title in (ASK_S3, ASK_REACH, ASK_BUCKET):
        chosen = [index for index, question in enumerate(asked) if question.title == title]
        if not chosen:
            continue
        print(f"\n{title} ({len(chosen)} cases)\n\n{head}\n|---|---|---|---|---|---|---|---|")
        for name, answers in results.items():
            tally = Tally()
            for index in chosen:
                tally.add(asked[index].public, answers[index])
            if any(answers[index].error != "not asked" for index in chosen):
                print(tally.row(name))

    print(f"\n{POLICIES} made-up policies of {STATEMENTS} statements")
    print("\n| | median ms | p95 ms | max ms |\n|---|---|---|---|")
    for name, answers in results.items():
        times = [1000 * answer.seconds for answer in answers[len(asked) :]]
        median, high = percentiles(times)
        print(f"| {name} | {median:.2f} | {high:.2f} | {max(times):.2f} |")
    slow = percentiles([1000 * answer.seconds for answer in results["s3-classifier"][len(asked) :]])[1]
    print(f"\nours at the 95th percentile: {slow:.1f} ms (limit {LIMIT_MS:.0f} ms)")
    return int(slow > LIMIT_MS or (missing and not options.allow_missing))


if __name__ == "__main__":
    sys.exit(main())
