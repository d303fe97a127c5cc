"""Records as other stores export them: column names in lower case, texts that hold JSON, times with a space.

Athena and CloudTrail Lake give CloudTrail's fields as columns
(https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html); data lakes write them small.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from classifier.model import JSON

_NAMES = (
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "eventID",
    "readOnly",
    "resources",
    "eventType",
    "apiVersion",
    "managementEvent",
    "recipientAccountId",
    "serviceEventDetails",
    "sharedEventID",
    "vpcEndpointId",
    "eventCategory",
    "tlsDetails",
    "sessionCredentialFromConsole",
    "type",
    "principalId",
    "arn",
    "accountId",
    "invokedBy",
    "accessKeyId",
    "userName",
    "sessionContext",
    "sessionIssuer",
    "attributes",
    "creationDate",
    "mfaAuthenticated",
    "webIdFederationData",
    "identityProvider",
    "onBehalfOf",
    "userId",
)
_SPELLED = {name.lower(): name for name in _NAMES} | {
    name: spelled for spelled in _NAMES for name in (re.sub(r"(?<=[a-z])(?=[A-Z])", "_", spelled).lower(),)
}
_NESTED = ("userIdentity", "requestParameters", "responseElements", "additionalEventData", "resources")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?(?: ?(?:Z|UTC|\+00:?00))?")


def spelled(record: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """Return the record with CloudTrail's own names; one that has them is returned as it is."""
    if "eventName" in record and "eventTime" in record and not isinstance(record.get("userIdentity"), str):
        return record
    found = {_SPELLED.get(name, name): value for name, value in record.items()}
    if "eventName" not in found:
        return record
    for name in _NESTED:
        found[name] = _parsed(found.get(name))
    identity = found.get("userIdentity")
    if isinstance(identity, Mapping):
        found["userIdentity"] = _identity(identity)
    for name in ("readOnly", "managementEvent"):
        if isinstance(found.get(name), str):
            found[name] = {"true": True, "false": False}.get(str(found[name]).lower())
    for name in ("errorCode", "errorMessage"):
        if found.get(name) in ("", None):
            found.pop(name, None)
    time = found.get("eventTime")
    if isinstance(time, str) and (match := _TIME.fullmatch(time)):
        found["eventTime"] = f"{match[1]}T{match[2]}Z"
    return found


def _parsed(value: JSON) -> JSON:
    if isinstance(value, str) and value[:1] in "{[" and value:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _identity(identity: Mapping[str, JSON]) -> dict[str, JSON]:
    return {
        _SPELLED.get(name, name): _identity(value) if isinstance(value, Mapping) else value
        for name, value in identity.items()
    }
