"""Crawl: who asks (sessions), what is there (targets, listing, posture) and its bytes (reading, local).

The S3 side only ever sends Get, List and Head requests.
"""

from classifier.crawl.ahead import prefetch
from classifier.crawl.choice import skip_reason
from classifier.crawl.failures import credentials_gone, is_denied
from classifier.crawl.listing import list_objects
from classifier.crawl.local import list_local, open_local
from classifier.crawl.posture import read_posture
from classifier.crawl.reading import ObjectReader
from classifier.crawl.sessions import Connection, Handover
from classifier.crawl.targets import all_buckets, distinct, parse_target

__all__ = [
    "Connection",
    "Handover",
    "ObjectReader",
    "all_buckets",
    "credentials_gone",
    "distinct",
    "is_denied",
    "list_local",
    "list_objects",
    "open_local",
    "parse_target",
    "prefetch",
    "read_posture",
    "skip_reason",
]
