"""`asff`: AWS Security Finding Format, JSON Lines: what Security Hub's BatchImportFindings takes.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html; limits of
length as in "Required top-level ASFF attributes" and the API reference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import BinaryIO

from classifier.model import JSON
from classifier.report.formats.places import occurrences_of
from classifier.report.formats.words import (
    PRODUCT,
    arn,
    clipped,
    known,
    partition,
    place,
    title_of,
    told,
)
from classifier.report.lines import encode
from classifier.report.past import PastRun
from classifier.report.selection import Selection

NO_ACCOUNT, NO_REGION = "000000000000", "us-east-1"  # of a local file: the format has no finding without
_TITLE, _DESCRIPTION, _ID, _TEXT, _VALUE = 256, 1024, 512, 512, 2048  # characters at most
_REQUIREMENTS = 32
NORMALIZED = {"Informational": 0, "Low": 1, "Medium": 40, "High": 70, "Critical": 90}
_TYPES = {
    "CREDENTIALS": "Sensitive Data Identifications/Passwords/SensitiveData:S3Object-Credentials",
    "FINANCIAL_INFORMATION": "Sensitive Data Identifications/Financial/SensitiveData:S3Object-Financial",
    "PERSONAL_INFORMATION": "Sensitive Data Identifications/PII/SensitiveData:S3Object-Personal",
    "PERSONAL_HEALTH_INFORMATION": "Sensitive Data Identifications/PII/SensitiveData:S3Object-Personal",
    "CUSTOM_IDENTIFIER": "Sensitive Data Identifications/PII/SensitiveData:S3Object-CustomIdentifier",
}
_ALERT_TYPES = {
    "Config compliance": "Software and Configuration Checks/AWS Security Best Practices",
    "Open permissions": "Software and Configuration Checks/AWS Security Best Practices",
    "Data compliance": "Sensitive Data Identifications/PII",
    "Credential loss": "Sensitive Data Identifications/Passwords",
    "File hosting": "TTPs/Command and Control",
    "Identity enumeration": "TTPs/Discovery",
    "Information loss": "Effects/Data Exfiltration",
    "Privilege escalation": "TTPs/Privilege Escalation",
    "Ransomware": "Effects/Data Destruction",
    "Service disruption": "Effects/Denial of Service",
}
_UNUSUAL = "Unusual Behaviors/Data"  # of the categories about who acts, and from where


def render(run: PastRun, selection: Selection, out: BinaryIO) -> None:
    """Write a line for each finding, then one for each alert."""
    for line, obj in run.joined(selection.findings(run)):
        out.write(encode(of_finding(line, obj, run)) + b"\n")
    for alert in selection.alerts(run):
        out.write(encode(of_alert(alert, run)) + b"\n")


def of_finding(line: Mapping[str, JSON], obj: Mapping[str, JSON] | None, run: PastRun) -> dict[str, JSON]:
    """Return the ASFF finding of an object × detector."""
    detector = line["detector"]
    status = line["status"]
    _, region = run.places.get(line["bucket"], (None, None))
    resource: dict[str, JSON] = {
        "Type": "AwsS3Object" if line["bucket"] else "Other",
        "Id": _limited_id(
            arn(line["bucket"], line["key"], region) if line["bucket"] else f"file:{line['key']}"
        ),
        "Partition": partition(region),
        "Region": region or NO_REGION,
        "DataClassification": {"Result": _classification(line, obj)},
    }
    if line["bucket"]:
        details = {
            "ETag": line["etag"],
            "VersionId": line["version_id"],
            "LastModified": (obj or {}).get("last_modified"),
        }
        resource["Details"] = {"AwsS3Object": filled(details)}
    return known(
        {
            **_head(
                line["finding_id"], detector, line, run, title_of(line, run.catalog), told(line, run.catalog)
            ),
            "Types": [_TYPES[line["category"]]],
            "Severity": _severity(line["severity"], NORMALIZED[line["severity"]], line["severity"]),
            "Confidence": round(100 * line["confidence"]),
            "Criticality": round(line["risk"]),
            "Remediation": _remediation(run.catalog.remediation(detector)),
            "ProductFields": _fields(
                {
                    "bucket": line["bucket"],
                    "key": line["key"],
                    "detector": detector,
                    "category": line["category"],
                    "count": str(line["count"]),
                    "tier": line["tier"],
                    "exposure": line["exposure"]["level"],
                    "risk": str(line["risk"]),
                    "status": status,
                    "run": run.run_id,
                    "sample": line["occurrences"][0]["masked"] if line["occurrences"] else "",
                }
            ),
            "Resources": [resource, *_bucket(line["bucket"], region)],
            "RecordState": "ARCHIVED" if status == "fixed" else "ACTIVE",
            "Workflow": {
                "Status": {"fixed": "RESOLVED", "suppressed": "SUPPRESSED"}.get(status, "NEW"),
            },
        }
    )


def of_alert(alert: Mapping[str, JSON], run: PastRun) -> dict[str, JSON]:
    """Return the ASFF finding of an alert."""
    _, region = run.places.get(alert["bucket"], (None, None))
    resources = _bucket(alert["bucket"], region) or [{"Type": "Other", "Id": "file:."}]
    kind = _ALERT_TYPES.get(alert["category"], _UNUSUAL)
    check = run.catalog.check_of(alert["rule"])
    requirements = [
        clipped(f"{run.catalog.frameworks.get(name, {}).get('title', name)} {clause}", 64)
        for name, clauses in (run.catalog.checks[check]["maps"].items() if check else ())
        for clause in clauses
    ][:_REQUIREMENTS]
    title = f"{alert['category']}: {alert['rule']} in {place(alert['bucket'], None)}"
    floor = NORMALIZED[alert["band"]]
    return known(
        {
            **_head(alert["alert_id"], alert["rule"], alert, run, title, alert["narrative"]),
            "Types": [f"{kind}/{alert['rule']}"],
            "Severity": _severity(
                alert["band"], max(floor, round(10 * alert["severity"])), str(alert["severity"])
            ),
            "Remediation": _remediation(alert["remediation"]),
            "Compliance": {"Status": "FAILED", "RelatedRequirements": requirements} if requirements else None,
            "ProductFields": _fields(
                {
                    "bucket": alert["bucket"],
                    "key": alert["key"] or "",
                    "category": alert["category"],
                    "rule": alert["rule"],
                    "kind": alert["kind"],
                    "count": str(alert["count"]),
                    "actor": alert["actor"] or "",
                    "attack": " ".join(alert["attack"]),
                    "run": run.run_id,
                }
            ),
            "Resources": resources,
            "RecordState": "ACTIVE",
            "Workflow": {"Status": "NEW"},
        }
    )


def _head(
    uid: str, generator: str, record: Mapping[str, JSON], run: PastRun, title: str, text: str
) -> dict[str, JSON]:
    account, region = run.places.get(record["bucket"], (None, None))
    owner, home = account or NO_ACCOUNT, region or NO_REGION
    seen = record.get("last_seen") or run.summary.get("started") or record["first_seen"]
    return {
        "SchemaVersion": "2018-10-08",
        "Id": f"{home}/{owner}/{uid}",
        "ProductArn": product_arn(owner, home),
        "ProductName": PRODUCT,
        "GeneratorId": clipped(f"{PRODUCT}/{generator}", _ID),
        "AwsAccountId": owner,
        "Region": home,
        "FirstObservedAt": record["first_seen"],
        "LastObservedAt": seen,
        "CreatedAt": record["first_seen"],
        "UpdatedAt": seen,
        "Title": clipped(title, _TITLE),
        "Description": clipped(text, _DESCRIPTION),
    }


def product_arn(account: str, region: str) -> str:
    """Return the ARN of an account's own products in Security Hub."""
    return f"arn:{partition(region)}:securityhub:{region}:{account}:product/{account}/default"


def _classification(line: Mapping[str, JSON], obj: Mapping[str, JSON] | None) -> dict[str, JSON]:
    """Return the DataClassification result that Security Hub has of Macie's findings."""
    where = occurrences_of(line["occurrences"], asff=True)
    detection = {"Count": line["count"], "Occurrences": where}
    result: dict[str, JSON] = {
        "SizeClassified": (obj or {}).get("bytes_scanned"),
        "AdditionalOccurrences": line["occurrences_truncated"],
        "Status": filled(
            {"Code": (obj or {}).get("status") or "COMPLETE", "Reason": (obj or {}).get("reason")}
        ),
    }
    if line["category"] == "CUSTOM_IDENTIFIER":
        named = {"Name": line["detector"], "Arn": custom_arn(line["detector"])}
        result["CustomDataIdentifiers"] = {
            "Detections": [known({**named, **detection})],
            "TotalCount": line["count"],
        }
    else:
        category = line["category"].replace("_HEALTH", "")
        found = known({"Type": line["detector"], **detection})
        result["SensitiveData"] = [{"Category": category, "Detections": [found], "TotalCount": line["count"]}]
    return known(result)


def custom_arn(detector: str) -> str:
    """Return what stands where Macie has the ARN of a custom data identifier."""
    return f"urn:{PRODUCT}:detector:{detector}"


def _bucket(bucket: str, region: str | None) -> list[dict[str, JSON]]:
    if not bucket:
        return []
    return [
        {
            "Type": "AwsS3Bucket",
            "Id": arn(bucket, None, region),
            "Partition": partition(region),
            "Region": region or NO_REGION,
        }
    ]


def _severity(label: str, normalized: int, original: str) -> dict[str, JSON]:
    return {"Label": label.upper(), "Normalized": min(normalized, 100), "Original": original}


def _remediation(text: str) -> dict[str, JSON] | None:
    return {"Recommendation": {"Text": clipped(text, _TEXT)}} if text.strip() else None


def _fields(values: Mapping[str, str]) -> dict[str, str]:
    """Return ProductFields under our own prefix."""
    return {f"{PRODUCT}/{name}": clipped(value, _VALUE) for name, value in filled(values).items()}


def filled(values: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return the members whose text is more than blanks, which the API asks for."""
    return {name: value for name, value in values.items() if value is not None and str(value).strip()}


def _limited_id(text: str) -> str:
    """Return an id of at most 512 characters; a longer one ends in a digest of the whole."""
    if len(text) <= _ID:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{text[: _ID - len(digest) - 1]}~{digest}"
