"""alerts.jsonl: a line per alert."""

from __future__ import annotations

from classifier.model import Alert
from classifier.report.lines import LineWriter


class AlertsJsonl(LineWriter):
    """Writes each alert (reports/schema/alerts.json)."""

    name = "alerts.jsonl"

    def alert(self, alert: Alert) -> None:
        self.write(alert.to_json())
