"""Activity logs to alerts: CloudTrail files are read, put in order, and looked at by the rules."""

from classifier.trail.events import Counts, in_order
from classifier.trail.facts import Facts
from classifier.trail.reader import read_events
from classifier.trail.settings import TrailSettings, load_settings

__all__ = ["Counts", "Facts", "TrailSettings", "in_order", "load_settings", "read_events"]
