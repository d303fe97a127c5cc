"""`eventbridge`: the events by which Amazon Macie publishes its findings, JSON Lines.

https://docs.aws.amazon.com/macie/latest/user/findings-publish-event-schemas.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from classifier.model import JSON
from classifier.report.formats.macie import findings_of
from classifier.report.formats.words import stable_uuid
from classifier.report.lines import encode
from classifier.report.past import PastRun
from classifier.report.selection import Selection

DETAIL_TYPE, SOURCE = "Macie Finding", "aws.macie"


def render(run: PastRun, selection: Selection, out: BinaryIO) -> None:
    """Write an event for each of Macie's findings."""
    for finding in findings_of(run, selection):
        out.write(encode(event(finding, run.run_id)) + b"\n")


def event(finding: Mapping[str, JSON], run_id: str) -> dict[str, JSON]:
    """Return the event around a finding."""
    return {
        "version": "0",
        "id": stable_uuid(run_id, str(finding["id"])),
        "detail-type": DETAIL_TYPE,
        "source": SOURCE,
        "account": finding["accountId"],
        "time": finding["updatedAt"],
        "region": finding["region"],
        "resources": [],
        "detail": dict(finding),
    }
