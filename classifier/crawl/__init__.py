"""Crawl: who asks (sessions), what is there (targets, listing, posture) and its bytes (reading, local).

The S3 side only ever sends Get, List and Head requests. It is imported on first use: boto3 and obstore take
longer to start than a scan of local files.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from classifier.crawl.choice import skip_reason
from classifier.crawl.codes import credentials_gone, is_denied
from classifier.crawl.excerpt import PART, stretch
from classifier.crawl.filters import Filter
from classifier.crawl.local import list_local, open_local
from classifier.crawl.needs import Need, need
from classifier.crawl.sampling import DEPTHS, NOT_SAMPLED, Depth, Sampler, Spool, unsampled
from classifier.crawl.sources import ResumedSource
from classifier.crawl.targets import distinct, parse_target
from classifier.crawl.usage import Allowance, Usage

if TYPE_CHECKING:
    from classifier.crawl.accounts import list_accounts, role_of
    from classifier.crawl.ahead import prefetch
    from classifier.crawl.callers import caller_of, main_region
    from classifier.crawl.listing import all_buckets, list_objects
    from classifier.crawl.lists import read_list
    from classifier.crawl.posture import read_posture
    from classifier.crawl.reading import ObjectReader
    from classifier.crawl.sessions import Connection, Handover
    from classifier.crawl.versions import list_versions, unfinished_uploads

_LATER = {
    "Connection": "sessions",
    "Handover": "sessions",
    "ObjectReader": "reading",
    "all_buckets": "listing",
    "caller_of": "callers",
    "list_accounts": "accounts",
    "list_objects": "listing",
    "list_versions": "versions",
    "unfinished_uploads": "versions",
    "read_list": "lists",
    "role_of": "accounts",
    "main_region": "callers",
    "prefetch": "ahead",
    "read_posture": "posture",
}

__all__ = [
    "DEPTHS",
    "NOT_SAMPLED",
    "PART",
    "Allowance",
    "Connection",
    "Depth",
    "Filter",
    "Handover",
    "Need",
    "ObjectReader",
    "ResumedSource",
    "Sampler",
    "Spool",
    "Usage",
    "all_buckets",
    "caller_of",
    "credentials_gone",
    "distinct",
    "is_denied",
    "list_accounts",
    "list_local",
    "list_objects",
    "list_versions",
    "main_region",
    "need",
    "open_local",
    "parse_target",
    "prefetch",
    "read_list",
    "read_posture",
    "role_of",
    "skip_reason",
    "stretch",
    "unfinished_uploads",
    "unsampled",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
