"""What was seen to be answered: a request without credentials needs no rule to show that it is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from classifier.access import actions
from classifier.model import JSON, Grant

BECAUSE: Mapping[str, JSON] = {"kind": "observed", "statement": None, "sid": None, "grant": None}


def observed(snapshot: Mapping[str, JSON]) -> Iterator[Grant]:
    """Yield a grant for each request under the snapshot's `Observed`: an object's is for its key alone."""
    listed = snapshot.get("Observed")
    for item in listed if isinstance(listed, list) else ():
        grant = _grant(item) if isinstance(item, Mapping) else None
        if grant is not None:
            yield grant


def seen_to_read(bucket: str, key: str) -> Grant:
    """Return the grant that an object shows which was read without credentials."""
    resource = f"arn:aws:s3:::{bucket}/{key}"
    witness = {"Principal": "anonymous", "Action": "s3:GetObject", "Resource": resource, "Context": {}}
    return Grant("anonymous", ("read",), key, "allowed", BECAUSE, witness, exact_key=True)


def was_answered(snapshot: Mapping[str, JSON], request: JSON) -> bool:
    """Whether the request is one of those observed."""
    if not isinstance(request, Mapping):
        return False
    asked = (request.get("Principal"), request.get("Action"), request.get("Resource"))
    return any(
        asked == (grant.principal, grant.witness["Action"], grant.witness["Resource"])
        for grant in observed(snapshot)
    )


def _grant(item: Mapping[str, JSON]) -> Grant | None:
    action, resource = item.get("Action"), item.get("Resource")
    if item.get("Principal") != "anonymous" or not isinstance(action, str) or not isinstance(resource, str):
        return None
    known = actions.BY_NAME.get(action.lower())
    key = resource.split(":", 5)[-1].partition("/")[2]
    if known is None or (known.level == "object") != bool(key):
        return None
    return Grant("anonymous", (known.capability,), key, "allowed", BECAUSE, dict(item), exact_key=bool(key))
