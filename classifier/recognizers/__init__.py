"""Presidio recognizers of the user's, run inside a scan.

What has patterns is compiled and looked for beside our own detectors (`patterns`); what is code alone reads a
bounded amount of prose of each object (`prose`). Detectors stand for them, one an entity type. Needs
presidio-analyzer, which is imported with what is loaded, not before.
"""

from __future__ import annotations

from classifier.recognizers.library import Recognizers, loaded, sources_hash
from classifier.recognizers.sources import GROUP, INSTALL, missing

__all__ = ["GROUP", "INSTALL", "Recognizers", "loaded", "missing", "sources_hash"]
