"""The one place that wires the rooms together."""

from classifier.run.access import access_live, access_offline, show_verdict, undecided, verdict_line
from classifier.run.check import MOST, SAMPLE, Request, check, check_json, check_text
from classifier.run.detectors import (
    classify,
    detector_rows,
    detector_text,
    lint_detectors,
    test_detectors,
)
from classifier.run.diff import diff_text, drift, state_of
from classifier.run.extraction import extract_lines
from classifier.run.forecast import Forecast, plan, plan_json, show_plan
from classifier.run.hashing import hash_list
from classifier.run.lists import content_hash
from classifier.run.notify import notify_past, preview_past, print_previews
from classifier.run.output import text_output
from classifier.run.remembered import (
    alert_lives,
    chosen_lives,
    opened,
    run_details,
    run_json,
    run_list,
    timeline,
    timeline_text,
)
from classifier.run.reports import format_rows, past_run, render_past
from classifier.run.reveal import finding, reveal, settings_of, shown
from classifier.run.rules import rule_rows, rule_text, rules_of, try_rules
from classifier.run.scan import INTERRUPTED, scan, show
from classifier.run.trail import TrailResult, alert_line, trail_alerts

__all__ = [
    "INTERRUPTED",
    "MOST",
    "SAMPLE",
    "Forecast",
    "Request",
    "TrailResult",
    "access_live",
    "access_offline",
    "alert_line",
    "alert_lives",
    "check",
    "check_json",
    "check_text",
    "chosen_lives",
    "classify",
    "content_hash",
    "detector_rows",
    "detector_text",
    "diff_text",
    "drift",
    "extract_lines",
    "finding",
    "format_rows",
    "hash_list",
    "lint_detectors",
    "notify_past",
    "opened",
    "past_run",
    "plan",
    "plan_json",
    "preview_past",
    "print_previews",
    "render_past",
    "reveal",
    "rule_rows",
    "rule_text",
    "rules_of",
    "run_details",
    "run_json",
    "run_list",
    "scan",
    "settings_of",
    "show",
    "show_plan",
    "show_verdict",
    "shown",
    "state_of",
    "test_detectors",
    "text_output",
    "timeline",
    "timeline_text",
    "trail_alerts",
    "try_rules",
    "undecided",
    "verdict_line",
]
