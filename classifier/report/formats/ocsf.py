"""`ocsf`: OCSF 1.5 events (https://schema.ocsf.io/1.5.0/), JSON Lines.

A finding is a Data Security Finding (class 2006), an alert a Detection Finding (2004). Times are in
milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from classifier.model import JSON
from classifier.report.formats.words import (
    PRODUCT,
    arn,
    extension,
    known,
    milliseconds,
    partition,
    place,
    title_of,
    told,
    uri,
)
from classifier.report.lines import encode
from classifier.report.past import PastRun
from classifier.report.selection import OPEN, Selection

VERSION = "1.5.0"
DATA_SECURITY, DETECTION = 2006, 2004
SEVERITY = {"Informational": 1, "Low": 2, "Medium": 3, "High": 4, "Critical": 5}
_RISK = {"Informational": 0, "Low": 1, "Medium": 2, "High": 3, "Critical": 4}
_ACTIVITY = {"Create": 1, "Update": 2, "Close": 3}
_STATUS = {
    "new": (1, "New"),
    OPEN: (1, "New"),
    "reopened": (1, "New"),
    "suppressed": (3, "Suppressed"),
    "fixed": (4, "Resolved"),
}
_DATA = {
    "CREDENTIALS": (6, "Security"),
    "FINANCIAL_INFORMATION": (3, "Financial"),
    "PERSONAL_INFORMATION": (1, "Personal"),
    "PERSONAL_HEALTH_INFORMATION": (1, "Personal"),
    "CUSTOM_IDENTIFIER": (99, "Custom identifier"),
}
_BASIS = {  # of a detector's tier: analytic.type_id
    "verified": (9, "Exact Data Match"),
    "pattern": (8, "Regular Expressions"),
    "context": (7, "Keyword Match"),
    "generic": (7, "Keyword Match"),
    "model": (4, "Learning (ML/DL)"),
}


def render(run: PastRun, selection: Selection, out: BinaryIO) -> None:
    """Write an event for each finding, then one for each alert."""
    for line, obj in run.joined(selection.findings(run)):
        out.write(encode(data_security_finding(line, obj, run)) + b"\n")
    for alert in selection.alerts(run):
        out.write(encode(detection_finding(alert, run)) + b"\n")


def data_security_finding(
    line: Mapping[str, JSON], obj: Mapping[str, JSON] | None, run: PastRun
) -> dict[str, JSON]:
    """Return the event of a finding."""
    account, region = run.places.get(line["bucket"], (None, None))
    category, caption = _DATA[line["category"]]
    basis, basis_caption = _BASIS[line["tier"]]
    title = run.catalog.title(line["detector"])
    band = run.catalog.band(line["risk"])
    public = line["exposure"]["public"]
    return known(
        {
            **_base(DATA_SECURITY, "Data Security Finding", line, run, line["severity"]),
            **_cloud(line["bucket"], account, region),
            "message": told(line, run.catalog),
            "count": line["count"],
            "confidence_score": round(100 * line["confidence"]),
            "risk_score": round(line["risk"]),
            **({"risk_level_id": _RISK[band], "risk_level": band} if band else {}),
            "finding_info": known(
                {
                    "uid": line["finding_id"],
                    "title": title_of(line, run.catalog),
                    "desc": told(line, run.catalog),
                    "types": [line["category"]],
                    "first_seen_time": milliseconds(line["first_seen"]),
                    "last_seen_time": milliseconds(_seen(line, run)),
                    "created_time": milliseconds(line["first_seen"]),
                    "analytic": {
                        "uid": line["detector"],
                        "name": title,
                        "type_id": basis,
                        "type": basis_caption,
                    },
                    "product_uid": PRODUCT,
                }
            ),
            "data_security": {
                "category_id": category,
                "category": caption,
                "classifier_details": {"type": line["category"], "name": title, "uid": line["detector"]},
                "data_lifecycle_state_id": 1,
                "data_lifecycle_state": "Data at-Rest",
                "detection_system_id": 4,
                "detection_system": "Data Discovery & Classification",
                "detection_pattern": line["detector"],
                "discovery_details": [
                    known(
                        {
                            "type": line["detector"],
                            "count": line["count"],
                            "occurrences": [
                                where for one in line["occurrences"] if (where := _where(one["location"]))
                            ],
                        }
                    )
                ],
                "total": line["count"],
                "size": line["size"],
            },
            "databucket": known(
                {
                    "type_id": 1,
                    "type": "S3",
                    "name": line["bucket"],
                    "uid": arn(line["bucket"], None, region),
                    "region": region,
                }
            )
            if line["bucket"]
            else None,
            "file": known(
                {
                    "name": line["key"].rpartition("/")[2] or line["key"] or ".",
                    "type_id": 1,
                    "type": "Regular File",
                    "path": line["key"],
                    "uri": uri(line["bucket"], line["key"]),
                    "uid": arn(line["bucket"], line["key"], region) if line["bucket"] else None,
                    "ext": extension(line["key"]),
                    "size": line["size"],
                    "version": line["version_id"],
                    # of the cloud profile, which a local file has not
                    "is_public": public if line["bucket"] else None,
                    "storage_class": (obj or {}).get("storage_class") if line["bucket"] else None,
                    "modified_time": milliseconds(obj["last_modified"])
                    if obj and obj.get("last_modified")
                    else None,
                }
            ),
            "resources": [_resource(line["bucket"], line["key"], account, region)],
            "unmapped": {
                "exposure": line["exposure"],
                "tier": line["tier"],
                "status": line["status"],
                "samples": [one["masked"] for one in line["occurrences"]],
                "remediation": run.catalog.remediation(line["detector"]),
            },
        }
    )


def detection_finding(alert: Mapping[str, JSON], run: PastRun) -> dict[str, JSON]:
    """Return the event of an alert."""
    account, region = run.places.get(alert["bucket"], (None, None))
    behavioral = alert["kind"] == "predictive"
    return known(
        {
            **_base(DETECTION, "Detection Finding", alert, run, alert["band"]),
            **_cloud(alert["bucket"], account, region),
            "message": alert["narrative"],
            "count": alert["count"],
            "is_alert": True,
            "risk_score": round(10 * alert["severity"]),
            "finding_info": known(
                {
                    "uid": alert["alert_id"],
                    "title": f"{alert['category']}: {alert['rule']} in {place(alert['bucket'], None)}",
                    "desc": alert["narrative"],
                    "types": [alert["category"]],
                    "first_seen_time": milliseconds(alert["first_seen"]),
                    "last_seen_time": milliseconds(alert["last_seen"]),
                    "created_time": milliseconds(alert["first_seen"]),
                    "analytic": {
                        "uid": alert["rule"],
                        "name": alert["rule"],
                        "category": alert["category"],
                        "type_id": 2 if behavioral else 1,
                        "type": "Behavioral" if behavioral else "Rule",
                    },
                    "attacks": [{"technique": {"uid": name}, "version": "17"} for name in alert["attack"]],
                    "related_events": [{"uid": name} for name in alert["evidence"]],
                    "product_uid": PRODUCT,
                }
            ),
            "evidences": [{"data": known({"key": alert["key"], "actor": alert["actor"]})}]
            if alert["key"] or alert["actor"]
            else None,
            "remediation": {"desc": alert["remediation"]},
            "resources": [_resource(alert["bucket"], None, account, region)],
        }
    )


def _base(uid: int, name: str, record: Mapping[str, JSON], run: PastRun, severity: str) -> dict[str, JSON]:
    status = record.get("status", OPEN)
    again = record["first_seen"] < (run.summary.get("started") or "")
    activity = "Close" if status == "fixed" else "Update" if again else "Create"
    status_id, caption = _STATUS.get(status, (0, "Unknown"))
    return {
        "activity_id": _ACTIVITY[activity],
        "activity_name": activity,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": uid,
        "class_name": name,
        "type_uid": 100 * uid + _ACTIVITY[activity],
        "type_name": f"{name}: {activity}",
        "time": milliseconds(_seen(record, run)),
        "severity_id": SEVERITY[severity],
        "severity": severity,
        "status_id": status_id,
        "status": caption,
        "metadata": {
            "version": VERSION,
            "product": {
                "name": PRODUCT,
                "vendor_name": PRODUCT,
                "version": run.summary.get("version") or "unknown",
            },
            "correlation_uid": run.run_id,
            **({"profiles": ["cloud"]} if record["bucket"] else {}),
        },
    }


def _seen(record: Mapping[str, JSON], run: PastRun) -> str:
    return str(record.get("last_seen") or run.summary.get("started") or record["first_seen"])


def _cloud(bucket: str, account: str | None, region: str | None) -> dict[str, JSON]:
    """Return the attribute of the cloud profile; nothing of a local file."""
    if not bucket:
        return {}
    owner = {"uid": account, "type_id": 10, "type": "AWS Account"} if account else None
    cloud = {"provider": "AWS", "region": region, "cloud_partition": partition(region), "account": owner}
    return {"cloud": known(cloud)}


def _resource(bucket: str, key: str | None, account: str | None, region: str | None) -> dict[str, JSON]:
    if not bucket:
        return {"type": "File", "name": key or "."}
    return known(
        {
            "type": "AwsS3Bucket" if key is None else "AwsS3Object",
            "uid": arn(bucket, key, region),
            "name": bucket,
            "region": region,
            "cloud_partition": partition(region),
            "owner": {"account": {"uid": account, "type_id": 10}, "uid": account} if account else None,
        }
    )


def _where(location: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return what OCSF has a place for of a location."""
    return known(
        {
            "start_line": location.get("line"),
            "end_line": location.get("line"),
            "cell_name": location.get("cell"),
            "column_name": location.get("column_name"),
            "column_number": location.get("column") if "row" in location else None,
            "row_number": location.get("row"),
            "page_number": location.get("page"),
            "record_index_in_array": location.get("record"),
            "json_path": location.get("json_path"),
        }
    )
