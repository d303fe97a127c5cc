"""The judges that packs name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from classifier.detect import plausible, vendors
from classifier.detect.detector import Judge

JUDGES: Mapping[str, Judge] = MappingProxyType(
    {
        judge.__name__: judge
        for judge in (
            plausible.argument,
            plausible.header,
            plausible.password,
            plausible.secret,
            vendors.vendor,
            plausible.weak_argument,
            plausible.weak_header,
            plausible.weak_password,
            plausible.weak_secret,
            vendors.weak_vendor,
        )
    }
)
"""Name in a pack → judge."""
