"""CloudWatch metrics in the embedded metric format: JSON Lines that CloudWatch Logs makes metrics of.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from classifier.errors import OutputError
from classifier.model import JSON, Severity
from classifier.notify.channel import Channel, ChannelError
from classifier.notify.messages import Message
from classifier.notify.settings import EmfSettings
from classifier.report.formats.words import milliseconds
from classifier.report.lines import encode
from classifier.report.sink import appended

_TOTAL = ("Findings", "SensitiveObjects", "Objects", "UnreadObjects", "Alerts", "RiskScore")


class Emf(Channel):
    """Appends the metrics of a run: of all, by severity, and by bucket."""

    settings: EmfSettings

    def __init__(self, settings: EmfSettings) -> None:
        super().__init__(settings)
        self.settings = settings

    @property
    def destination(self) -> str:
        return "standard output" if self.settings.path == "-" else self.settings.path

    def payload(self, message: Message) -> JSON:
        facts = message.record
        past = message.run.past
        if past is None or "totals" not in facts:
            return []
        time = milliseconds(facts["finished"])
        totals, coverage = facts["totals"], facts["coverage"]
        values = (
            totals["findings"],
            totals["sensitive_objects"],
            totals["objects"],
            coverage["partial"] + coverage["skipped"],
            totals["alerts"],
            facts["risk"]["score"],
        )
        rows = [self._row(time, {}, dict(zip(_TOTAL, values, strict=True)))]
        for severity in reversed(Severity):
            count = totals["findings_by_severity"][severity]
            rows.append(self._row(time, {"Severity": str(severity)}, {"Findings": count}))
        for bucket in past.buckets():
            unread = bucket["coverage"]["partial"] + bucket["coverage"]["skipped"]
            measured = {
                "SensitiveObjects": bucket["sensitive_objects"],
                "UnreadObjects": unread,
                "Alerts": bucket["alerts"],
                "RiskScore": bucket["risk"]["score"],
            }
            if bucket["bucket"]:
                rows.append(self._row(time, {"Bucket": bucket["bucket"]}, measured))
        return rows

    def _row(self, time: int, dimensions: dict[str, str], metrics: dict[str, JSON]) -> dict[str, JSON]:
        units = {name: "None" if name == "RiskScore" else "Count" for name in metrics}
        directive = {
            "Namespace": self.settings.namespace,
            "Dimensions": [list(dimensions)],
            "Metrics": [{"Name": name, "Unit": unit} for name, unit in units.items()],
        }
        return {"_aws": {"Timestamp": time, "CloudWatchMetrics": [directive]}, **dimensions, **metrics}

    def send(self, batch: Sequence[tuple[Message, JSON]]) -> list[tuple[Message, str]]:
        data = b"".join(encode(row) + b"\n" for _, rows in batch for row in rows)
        try:
            if self.settings.path == "-":
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
            else:
                with appended(Path(self.settings.path)) as out:
                    out.write(data)
        except (OSError, OutputError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise ChannelError(f"{self.destination} cannot be written ({reason})", passing=False) from None
        return []
