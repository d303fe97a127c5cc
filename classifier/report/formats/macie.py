"""`macie`: findings as Amazon Macie publishes them, JSON Lines, so that what reads Macie's reads these.

The shape is `Finding` of Macie's API (2020-01-01): https://docs.aws.amazon.com/macie/latest/APIReference/.
An object has one finding, with all that was found in it; health information is personal information there.
Of the alerts, those have one that Macie has a type of policy finding for (patterns/compliance.yaml).
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import BinaryIO

from classifier.model import JSON
from classifier.report.formats.asff import NO_ACCOUNT, NO_REGION, custom_arn
from classifier.report.formats.places import MOST, occurrences_of
from classifier.report.formats.words import arn, extension, known, partition, place, stable_uuid
from classifier.report.lines import encode
from classifier.report.past import PastRun
from classifier.report.selection import Selection

_TYPES = {
    "CREDENTIALS": "SensitiveData:S3Object/Credentials",
    "FINANCIAL_INFORMATION": "SensitiveData:S3Object/Financial",
    "PERSONAL_INFORMATION": "SensitiveData:S3Object/Personal",
    "CUSTOM_IDENTIFIER": "SensitiveData:S3Object/CustomIdentifier",
}
_MULTIPLE = "SensitiveData:S3Object/Multiple"
_NAMES = {
    "CREDENTIALS": "credentials",
    "FINANCIAL_INFORMATION": "financial information",
    "PERSONAL_INFORMATION": "personal information",
    "CUSTOM_IDENTIFIER": "matches of custom data identifiers",
}
_SCORES = {"Low": 1, "Medium": 2, "High": 3}
_STORAGE_CLASSES = frozenset(
    (
        "STANDARD",
        "REDUCED_REDUNDANCY",
        "STANDARD_IA",
        "INTELLIGENT_TIERING",
        "DEEP_ARCHIVE",
        "ONEZONE_IA",
        "GLACIER",
        "GLACIER_IR",
        "OUTPOSTS",
    )
)
_ENCRYPTIONS = frozenset(("AES256", "aws:kms", "aws:kms:dsse"))
_PUBLIC = {"public": "PUBLIC", "not_public": "NOT_PUBLIC"}
_ACL_GROUPS = ("/global/AllUsers", "/global/AuthenticatedUsers")


def render(run: PastRun, selection: Selection, out: BinaryIO) -> None:
    """Write a line for each object with findings, then one for each alert that Macie knows the like of."""
    for finding in findings_of(run, selection):
        out.write(encode(finding) + b"\n")


def findings_of(run: PastRun, selection: Selection) -> Iterator[dict[str, JSON]]:
    """Yield Macie's findings."""
    buckets = buckets_of(run)
    pairs = run.joined(selection.findings(run))
    for _, group in groupby(pairs, lambda pair: (pair[0]["bucket"], pair[0]["key"], pair[0]["version_id"])):
        found = list(group)
        yield sensitive(
            [line for line, _ in found], found[0][1], buckets.get(found[0][0]["bucket"]), run, MOST
        )
    for alert in selection.alerts(run):
        if alert["rule"] in run.catalog.macie:
            yield _policy(alert, buckets.get(alert["bucket"]), run)


def buckets_of(run: PastRun) -> dict[str, dict[str, JSON]]:
    """Return each bucket as a finding describes it (`s3Bucket`)."""
    return {line["bucket"]: _bucket(line) for line in run.buckets()}


def sensitive(
    lines: Sequence[Mapping[str, JSON]],
    obj: Mapping[str, JSON] | None,
    bucket: Mapping[str, JSON] | None,
    run: PastRun,
    most: int,
) -> dict[str, JSON]:
    """Return the finding of an object, given the lines of its findings; up to `most` places a detector."""
    first = lines[0]
    account, region = run.places.get(first["bucket"], (None, None))
    categories = sorted({macie_category(line) for line in lines})
    kind = _TYPES[categories[0]] if len(categories) == 1 else _MULTIPLE
    worst = max((_level(line["severity"]) for line in lines), key=_SCORES.__getitem__)
    what = " and ".join(_NAMES[category] for category in categories)
    where = place(first["bucket"], first["key"])
    return known(
        {
            **_head(
                first, account, region, stable_uuid(first["bucket"], first["key"], first["version_id"] or "")
            ),
            "type": kind,
            "category": "CLASSIFICATION",
            "title": f"The object contains {what}",
            "description": f"{where} contains {what}.",
            "severity": {"description": worst, "score": _SCORES[worst]},
            "archived": all(line["status"] in ("suppressed", "fixed") for line in lines),
            "updatedAt": first.get("last_seen") or run.summary.get("started") or first["first_seen"],
            "classificationDetails": classification(lines, obj, run, most),
            "resourcesAffected": {
                "s3Bucket": bucket,
                "s3Object": object_of(first, obj, region, first["exposure"]["public"]),
            },
        }
    )


def classification(
    lines: Sequence[Mapping[str, JSON]], obj: Mapping[str, JSON] | None, run: PastRun, most: int
) -> dict[str, JSON]:
    """Return `classificationDetails`: what was found, by category, and what was read of the object."""
    told = obj or {}
    own = [line for line in lines if line["category"] != "CUSTOM_IDENTIFIER"]
    data = []
    for category in sorted({macie_category(line) for line in own}):
        detections = [
            known({"type": line["detector"], "count": line["count"], "occurrences": _where(line, most)})
            for line in own
            if macie_category(line) == category
        ]
        total = sum(one["count"] for one in detections)
        data.append({"category": category, "totalCount": total, "detections": detections})
    custom = [
        known(
            {
                "arn": custom_arn(line["detector"]),
                "name": run.catalog.title(line["detector"]),
                "count": line["count"],
                "occurrences": _where(line, most),
            }
        )
        for line in lines
        if line["category"] == "CUSTOM_IDENTIFIER"
    ]
    key = str(told.get("key") or (lines[0]["key"] if lines else ""))
    return {
        "jobId": run.run_id,
        "originType": "SENSITIVE_DATA_DISCOVERY_JOB",
        "result": {
            "additionalOccurrences": any(
                line["occurrences_truncated"] or len(line["occurrences"]) > most for line in lines
            ),
            "customDataIdentifiers": {
                "totalCount": sum(one["count"] for one in custom),
                "detections": custom,
            },
            "mimeType": mimetypes.guess_type(key, strict=False)[0] or "application/octet-stream",
            "sensitiveData": data,
            "sizeClassified": int(told.get("bytes_scanned") or 0),
            "status": known({"code": told.get("status") or "COMPLETE", "reason": told.get("reason")}),
        },
    }


def macie_category(line: Mapping[str, JSON]) -> str:
    """Return Macie's category of a finding: health information is personal information there."""
    return str(line["category"]).replace("_HEALTH", "")


def object_of(
    line: Mapping[str, JSON], obj: Mapping[str, JSON] | None, region: str | None, public: bool | None
) -> dict[str, JSON]:
    """Return `s3Object`; of a local file without ARN, as it has none."""
    told = obj or {}
    storage_class = told.get("storage_class")
    bucket = line["bucket"]
    return {
        **known(
            {
                "bucketArn": arn(bucket, None, region) if bucket else None,
                "eTag": line["etag"],
                "extension": extension(line["key"]),
                "lastModified": told.get("last_modified"),
                "publicAccess": public,
                "storageClass": storage_class if storage_class in _STORAGE_CLASSES else None,
                "versionId": line["version_id"],
            }
        ),
        "key": line["key"],
        "path": f"{bucket}/{line['key']}" if bucket else line["key"],
        "serverSideEncryption": {"encryptionType": "UNKNOWN"},
        "size": line["size"],
        "tags": [],
    }


def _head(record: Mapping[str, JSON], account: str | None, region: str | None, uid: str) -> dict[str, JSON]:
    return {
        "schemaVersion": "1.0",
        "id": uid,
        "accountId": account or NO_ACCOUNT,
        "partition": partition(region),
        "region": region or NO_REGION,
        "count": 1,
        "sample": False,
        "createdAt": record["first_seen"],
    }


def _policy(alert: Mapping[str, JSON], bucket: Mapping[str, JSON] | None, run: PastRun) -> dict[str, JSON]:
    account, region = run.places.get(alert["bucket"], (None, None))
    level = _level(alert["band"])
    return known(
        {
            **_head(alert, account, region, stable_uuid(alert["alert_id"])),
            "type": run.catalog.macie[alert["rule"]],
            "category": "POLICY",
            "title": f"{alert['category']}: {alert['rule']}",
            "description": alert["narrative"],
            "severity": {"description": level, "score": _SCORES[level]},
            "archived": False,
            "updatedAt": alert["last_seen"],
            "resourcesAffected": {"s3Bucket": bucket},
        }
    )


def _level(severity: str) -> str:
    """Return the nearest of Macie's three levels."""
    return {"Critical": "High", "Informational": "Low"}.get(severity, severity)


def _where(line: Mapping[str, JSON], most: int) -> dict[str, JSON]:
    return occurrences_of(line["occurrences"], most=most)


def _bucket(line: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return `s3Bucket` of a line of buckets.jsonl; what could not be read is UNKNOWN or left out."""
    name, region = line["bucket"], line.get("region")
    posture = line.get("posture") or {}
    unread = set(posture.get("Unreadable") or ())
    if not name:
        return {}
    tags = [{"key": tag["Key"], "value": tag["Value"]} for tag in posture.get("Tags") or ()]
    owner = (posture.get("Acl") or {}).get("Owner") or {}
    return known(
        {
            "arn": arn(name, None, region),
            "name": name,
            "defaultServerSideEncryption": _encryption(posture, unread),
            "owner": known({"displayName": owner.get("DisplayName"), "id": owner.get("ID")}),
            "publicAccess": _public_access(line, posture),
            "tags": tags,
        }
    )


def _encryption(posture: Mapping[str, JSON], unread: set[str]) -> dict[str, JSON]:
    rules = (posture.get("Encryption") or {}).get("Rules") or [{}]
    default = rules[0].get("ApplyServerSideEncryptionByDefault") or {}
    algorithm = default.get("SSEAlgorithm")
    if "GetBucketEncryption" in unread or not posture:
        return {"encryptionType": "UNKNOWN"}
    if algorithm is None:
        return {"encryptionType": "NONE"}
    kind = algorithm if algorithm in _ENCRYPTIONS else "UNKNOWN"
    return known({"encryptionType": kind, "kmsMasterKeyId": default.get("KMSMasterKeyID")})


def _public_access(line: Mapping[str, JSON], posture: Mapping[str, JSON]) -> dict[str, JSON]:
    access = line.get("access") or {}
    blocks = posture.get("PublicAccessBlock") or {}
    granted = [
        grant["Permission"]
        for grant in (posture.get("Acl") or {}).get("Grants") or ()
        if str((grant.get("Grantee") or {}).get("URI", "")).endswith(_ACL_GROUPS)
    ]
    by_policy = {
        action
        for grant in access.get("Grants") or ()
        if grant["principal"] in ("anonymous", "any_aws") and grant["because"].get("kind") == "policy"
        for action in grant["actions"]
    }
    return {
        "effectivePermission": _PUBLIC.get(str(access.get("Public")), "UNKNOWN"),
        "permissionConfiguration": {
            "accountLevelPermissions": {"blockPublicAccess": _block(blocks.get("Account"))},
            "bucketLevelPermissions": {
                "accessControlList": {
                    "allowsPublicReadAccess": any(one in ("READ", "FULL_CONTROL") for one in granted),
                    "allowsPublicWriteAccess": any(one in ("WRITE", "FULL_CONTROL") for one in granted),
                },
                "blockPublicAccess": _block(blocks.get("Bucket")),
                "bucketPolicy": {
                    "allowsPublicReadAccess": bool(by_policy & {"read", "list"}),
                    "allowsPublicWriteAccess": bool(by_policy & {"write", "delete"}),
                },
            },
        },
    }


def _block(settings: Mapping[str, JSON] | None) -> dict[str, JSON]:
    given = settings or {}
    names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    return {name[0].lower() + name[1:]: bool(given.get(name)) for name in names}
