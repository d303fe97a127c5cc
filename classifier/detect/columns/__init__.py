"""Tables judged by their columns: what each one holds, by its name, its values and its neighbours."""

from __future__ import annotations

from classifier.detect.columns.tables import Tables
from classifier.detect.columns.verdict import Judge, Judged

__all__ = ["Judge", "Judged", "Tables"]
