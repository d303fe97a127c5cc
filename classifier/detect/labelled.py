"""Whose number it is: the label that stands nearest before a value, among those that forms and records use.

A keyword within some bytes is not enough for a number without a check: `MRN: 4471903 Phone: 5550142233` has
one before both. Each judge takes the label's side where there is one on the value's line; without any the
keyword was found elsewhere (a column's name, a JSON path), and it agrees.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from classifier.detect.detector import Claim, Judge

_NEAR = 60  # bytes before a value in which its label is looked for
_NUMBER = r"(?:[ _.\-]?(?:id(?:entifi(?:er|cation))?|nos?|num(?:ber)?s?|nbr|nr|code)\b|[ ]?[#№])"
# Kind → expressions of labels, of which the longer ones stand first. "other" are what no number here is.
_LABELS: dict[str, tuple[str, ...]] = {
    "security": (
        r"\bcv[vcdn]2?\b",
        r"\b(?:cid|csc|cav2?)\b",
        r"(?:security|verification|validation)[ _.\-]?(?:code|value|number|data)",
    ),
    "expiry": (
        r"\bexp(?:ir(?:y|ation|es|ed))?(?:[ ]?(?:date|dt|day|month|year|mm|yy|d|m|y))?\b",
        r"\bvalid[ _.\-]?(?:thru|through|until)\b",
    ),
    "routing": (
        r"routing(?:[ _.\-]?(?:transit|and transit))?(?:[ _.\-]?n(?:o|um(?:ber)?))?",
        r"\baba\b",
        r"\brtn\b",
        r"sort[ _.\-]?code",
        r"\bbsb\b",
        r"transit[ _.\-]?n(?:o|um(?:ber)?)",
        r"\bbic\b",
        r"\bswift\b",
        r"\bifsc\b",
        "bankleitzahl",
        r"\bblz\b",
    ),
    "bank": (
        r"bank[ _.\-]?(?:account|acct|a/c)",
        r"(?:checking|chequing|cheque|savings?|deposit|current)[ _.\-]?ac(?:count|ct)",
        r"direct[ _.\-]?deposit",
        r"\biban\b",
    ),
    "procedure": (
        r"\b(?:hcpcs|cpt-?4?)\b(?:" + _NUMBER + ")?",
        r"procedure(?:s|" + _NUMBER + ")?",
        r"procedur(?:al terminology|e coding system)",
    ),
    "record": (
        r"\bmrns?\b",
        r"\bmr(?:[ ]?[#№]|[ _.\-]?(?:no|num(?:ber)?)\b)",
        r"med(?:ical)?[ _.\-]?rec(?:ord)?s?",
        r"(?:patient|pat|pt|chart|hospital|unit)" + _NUMBER,
        r"\b(?:nhc|cipa|nuhsa)\b",
        r"historias?[ _.\-]?cl[ií]nicas?",
        r"dossier[ _.\-]?(?:patient|m[ée]dical)",
        r"\bipp\b",
        r"patient(?:en)?[ _.\-]?(?:nummer|nr|kennung)",
        "krankenakte",
        r"cartella[ _.\-]?clinica",
        r"prontu[áa]rio",
        "患者番号",
        "患者id",
        "病案号",
        "住院号",
        "病历号",
        "診察券番号",
    ),
    "member": (
        r"(?:member(?:ship)?|subscriber|insured(?:'s)?|beneficiary|enrollee|medicaid|recipient"
        r"|policy[ _.\-]?holder|health[ _.\-]?(?:plan|insurance)|insurance)" + _NUMBER,
        r"\bnass\b",
        r"versicherten[ _.\-]?(?:nummer|nr)",
        r"\bmbi\b",
        r"\bhicn\b",
        "medicare",
    ),
    "policy": (r"polic(?:y|ies)" + _NUMBER, r"p[óo]liza", r"polizza", r"versicherungsschein"),
    "group": (r"(?:group|grp|plan|employer)" + _NUMBER, r"\brx[ _.\-]?grp\b"),
    "prescription": (r"(?:\brx|prescription|script|ordonnance|receta|rezept|refill)" + _NUMBER,),
    "claim": (
        r"claim[ _.\-]?control" + _NUMBER,
        r"claims?" + _NUMBER,
        r"\b(?:icn|dcn|tcn|pcn)\b",
        r"prior[ _.\-]?auth(?:orization)?" + _NUMBER,
        r"(?:pre)?authorization" + _NUMBER,
        r"referral" + _NUMBER,
    ),
    "accession": (
        r"accession(?:" + _NUMBER + ")?",
        r"(?:specimen|sample|lab(?:oratory)?|slide|case)" + _NUMBER,
    ),
    "order": (
        r"(?:lab|placer|filler|test|imaging|radiology)?[ _.\-]?order" + _NUMBER,
        r"requisition(?:" + _NUMBER + ")?",
    ),
    "account": (
        r"(?:patient|hospital|guarantor|billing)?[ _.\-]?ac(?:count|ct)" + _NUMBER,
        r"(?:encounter|visit|admission)" + _NUMBER,
        r"\b(?:csn|har|fin)\b",
        r"\ba(?:/c|cc|cct|ccount)\b",
    ),
    "other": (
        r"\bd\.?o\.?b\b",
        "birth",
        r"\bborn\b",
        r"\bphones?\b",
        r"\btel(?:ephone)?\b",
        r"\bfax\b",
        r"\bmobile\b",
        r"\bcell\b",
        r"\bssn\b",
        r"social[ _.\-]?security",
        r"\bzip\b",
        r"postal",
        r"postcode",
        r"\bage\b",
        r"\broom\b",
        r"\bbed\b",
        r"\bward\b",
        r"\bpages?\b",
        r"\bext(?:ension)?\b",
        r"\bnpi\b",
        r"\bdea\b",
        r"tax[ _.\-]?id",
        r"\be?in\b(?=[ ]?[:#])",
        r"\bicd\b",
        r"\bdrg\b",
        r"\bndc\b",
        r"licen[sc]e",
        r"\bamount\b",
        r"\btotal\b",
        r"\bcharges?\b",
        r"\bbalance\b",
        r"\bpaid\b",
        r"\bdates?\b",
        r"\btime(?:stamp)?\b",
        r"\bweight\b",
        r"\bheight\b",
        r"\bp(?:ass)?port\b",
        r"\bversion\b",
        r"\binvoice\b",
        r"\bcheck[ _.\-]?n",
        r"[$€£]",
        r"\btelefono\b",
        r"\btel[ée]fono\b",
        r"\bnacimiento\b",
        r"\bcol(?:egiad[oa])?\b",
        r"\bcp\b",
        r"\bedad\b",
        r"\bfecha\b",
    ),
}
_CELL = re.compile(r"[,;|\t][\"']?\Z")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@cache
def _any_label() -> re.Pattern[str]:
    kinds = (f"(?P<{kind}>{'|'.join(labels)})" for kind, labels in _LABELS.items())
    return re.compile("|".join(kinds), re.IGNORECASE)


def label_before(claim: Claim) -> tuple[str, str]:
    """Return which kind of label stands nearest before the value on its line, and what is between them.

    The kind is "" where there is none. In a row of cells only the cell right before the value may have it.
    """
    return _label_in(claim.before[-_NEAR:])


@lru_cache(maxsize=1024)  # the judges of all kinds of numbers ask about the same ones
def _label_in(before: bytes) -> tuple[str, str]:
    text = before.decode("utf-8", "replace")
    if _CELL.search(text) is not None:
        text = re.split(r"[,;|\t]", text)[-2]
    text = _HUMP.sub("_", text).replace("_", " ")
    found = None
    for found in _any_label().finditer(text):  # noqa: B007 - the last one is wanted
        pass
    return ("", text) if found is None else (found.lastgroup or "", text[found.end() :])


def _agrees(claim: Claim, kinds: frozenset[str]) -> bool:
    kind, between = label_before(claim)
    if not kind:
        return True
    if kind not in kinds:
        return False
    # A second number after the label is another one's, unless they are a list.
    return re.search(r"[0-9]{4}", between) is None or re.search(r"[A-Za-z]{2}", between) is None


def _judge(name: str, *kinds: str) -> Judge:
    wanted = frozenset(kinds)

    def judge(claim: Claim) -> bool:
        return _agrees(claim, wanted)

    judge.__name__ = judge.__qualname__ = name
    judge.__doc__ = f"The nearest label before the value is one of: {', '.join(kinds)}."
    return judge


LABEL_JUDGES = (
    _judge("bank_label", "bank", "account"),
    _judge("security_label", "security"),
    _judge("expiry_label", "expiry"),
    _judge("routing_label", "routing", "bank"),
    _judge("procedure_label", "procedure"),
    _judge("record_label", "record"),
    _judge("member_label", "member"),
    _judge("policy_label", "policy"),
    _judge("group_label", "group"),
    _judge("prescription_label", "prescription"),
    _judge("claim_label", "claim"),
    _judge("accession_label", "accession"),
    _judge("order_label", "order"),
    _judge("account_label", "account"),
    _judge("domestic_label", "bank", "account", "routing"),
)
"""Judges that packs may name."""
