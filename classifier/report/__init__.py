"""One writer a format: what a run found, as files of a run folder or a stream."""

from classifier.report.access import told, unread_lines
from classifier.report.catalog import Catalog
from classifier.report.check import CheckReport, Content, Exposed, Reach, check_lines, worst_first
from classifier.report.folder import RunFolder, names_in
from classifier.report.formats import FORMATS, Format, chosen_formats
from classifier.report.lines import encode, finding_id, finding_id_of
from classifier.report.past import PastRun
from classifier.report.records import AccountRow, BucketRecord, BucketRow, FindingRecord, Summary, timestamp
from classifier.report.selection import EVERYTHING, STATUSES, Selection
from classifier.report.sink import appended, create, private_folder, writing
from classifier.report.stream import FindingStream
from classifier.report.summary_json import SummaryJson
from classifier.report.terminal import render_summary
from classifier.report.writer import Writer

__all__ = [
    "EVERYTHING",
    "FORMATS",
    "STATUSES",
    "AccountRow",
    "BucketRecord",
    "BucketRow",
    "Catalog",
    "CheckReport",
    "Content",
    "Exposed",
    "FindingRecord",
    "FindingStream",
    "Format",
    "PastRun",
    "Reach",
    "RunFolder",
    "Selection",
    "Summary",
    "SummaryJson",
    "Writer",
    "appended",
    "check_lines",
    "chosen_formats",
    "create",
    "encode",
    "finding_id",
    "finding_id_of",
    "names_in",
    "private_folder",
    "render_summary",
    "timestamp",
    "told",
    "unread_lines",
    "worst_first",
    "writing",
]
