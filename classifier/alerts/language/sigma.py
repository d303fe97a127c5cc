"""Rules in Sigma's own form: one in a document, https://github.com/SigmaHQ/sigma-specification.

Sigma has no alert categories: a rule's `category` is taken where it is given beside Sigma's fields, else it
follows from its ATT&CK tactics.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from classifier.alerts.language.detection import WrongRule
from classifier.model import JSON

_LEVELS = {"informational": 1.0, "low": 3.0, "medium": 5.0, "high": 7.5, "critical": 9.5}
_TACTICS = {
    "discovery": "Identity enumeration",
    "reconnaissance": "Identity enumeration",
    "credential_access": "Credential loss",
    "exfiltration": "Information loss",
    "collection": "Information loss",
    "privilege_escalation": "Privilege escalation",
    "persistence": "Privilege escalation",
    "impact": "Service disruption",
    "defense_evasion": "Config compliance",
    "resource_development": "File hosting",
    "command_and_control": "File hosting",
}
_OTHERWISE = "Suspicious access"
_TECHNIQUE = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.IGNORECASE)
_REMEDY = (
    "Find out whether this was meant to be done (see the evidence). If not, disable the credentials that did "
    "it and undo the change."
)


def is_sigma(document: JSON) -> bool:
    """Whether a document is a rule of Sigma's."""
    return isinstance(document, Mapping) and "detection" in document and "logsource" in document


def shape_of(document: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return the rule in the form of this project's packs.

    Raises WrongRule for a rule about other logs than CloudTrail's, and one without a title.
    """
    source = document["logsource"]
    service = source.get("service") if isinstance(source, Mapping) else None
    if service != "cloudtrail":
        raise WrongRule(["logsource"], "only rules about service: cloudtrail are understood")
    title = document.get("title")
    if not isinstance(title, str) or not title.strip():
        raise WrongRule([], "a rule has a title")
    tags = [str(tag).lower().replace("-", "_") for tag in document.get("tags") or ()]
    tactics = [tag.removeprefix("attack.") for tag in tags]
    category = document.get("category") or next(
        (_TACTICS[tactic] for tactic in tactics if tactic in _TACTICS), _OTHERWISE
    )
    level = str(document.get("level", "medium")).lower()
    if level not in _LEVELS:
        raise WrongRule(["level"], f"level is one of {', '.join(_LEVELS)}")
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return {
        "id": f"sigma-{words}"[:100].strip("-"),
        "index": "cloudtrail",
        "category": category,
        "kind": "custom",
        "severity": _LEVELS[level],
        "title": _plain(title.strip()) + ".",
        "narrative": _plain(str(document.get("description") or "").strip()),
        "remediation": _REMEDY,
        "attack": sorted({found[1].upper() for tag in tags if (found := _TECHNIQUE.fullmatch(tag))}),
        "references": [str(item) for item in document.get("references") or ()],
        "detection": document["detection"],
    }


def _plain(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
