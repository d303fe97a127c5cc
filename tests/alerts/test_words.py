"""Words for grants."""

from __future__ import annotations

import pytest

from classifier.alerts import words
from classifier.model import Grant


@pytest.mark.parametrize(
    ("principal", "kind", "says"),
    [
        (
            "anonymous",
            "observed",
            "anyone on the internet can read objects (only a.txt) through a request without credentials that "
            "was answered",
        ),
        (
            "federated:accounts.google.com",
            "access_point",
            "whoever logs in at accounts.google.com and assumes a role can read objects (only a.txt) through "
            "an access point",
        ),
    ],
    ids=["observed", "federated"],
)
def test_a_grant_in_words(principal: str, kind: str, says: str) -> None:
    grant = Grant(principal, ("read",), "a.txt", "allowed", {"kind": kind}, {}, True)
    assert words.grant(grant) == says
