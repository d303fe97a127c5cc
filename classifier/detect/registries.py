"""What public registries assign, made into expressions once: North American telephone numbers and IBANs.

The registries are those that phonenumbers (libphonenumber's metadata) and python-stdnum (SWIFT's IBAN
registry) carry. Their own functions walk them anew for every number, at ten times the cost.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from stdnum import numdb

NORTH_AMERICA = "1"  # country calling code of the North American numbering plan (ITU-T E.164)
_KINDS = (  # of numbers, as libphonenumber's metadata names them
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)
_NOTHING = "(?!)"  # an expression that matches nowhere


@cache
def north_american_number() -> re.Pattern[str]:
    """Return what is a valid number of the North American numbering plan, without its country code.

    It matches whole where `phonenumbers.is_valid_number` holds: of the plan's regions, in their order, the
    first one decides that claims the number, by its leading digits where it has some, else by its kinds.
    """
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata  # 15 ms that few scans need

    valid = _NOTHING
    for region in reversed(COUNTRY_CODE_TO_REGION_CODE[int(NORTH_AMERICA)]):
        metadata = PhoneMetadata.metadata_for_region(region)
        if metadata is None:
            continue
        kinds = dict.fromkeys(_numbers(getattr(metadata, kind)) for kind in _KINDS)
        own = f"(?={_numbers(metadata.general_desc)})(?:{'|'.join(kinds)})"
        claim = metadata.leading_digits
        valid = f"{own}|{valid}" if claim is None else f"(?={claim})(?:{own})|(?!{claim})(?:{valid})"
    return re.compile(valid)


def _numbers(description: object) -> str:
    """Return the expression of a kind's numbers, which have any of its lengths; nothing where it has none."""
    pattern = getattr(description, "national_number_pattern", None)
    if not pattern:
        return _NOTHING
    lengths = "|".join(f"[0-9]{{{length}}}" for length in getattr(description, "possible_length", ()))
    return (f"(?=(?:{lengths})\\Z)" if lengths else "") + f"(?:{pattern})\\Z"


_CHARACTERS = {"n": "[0-9]", "a": "[A-Z]", "c": "[0-9A-Z]"}  # as the IBAN registry abbreviates them


@lru_cache(maxsize=2048)
def iban_structure(country: str) -> re.Pattern[str] | None:
    """Return what an IBAN of `country` (two capital letters) matches whole; None where it has no IBANs."""
    ((_, properties), *_) = numdb.get("iban").info(country)
    structure = properties.get("bban")
    if structure is None:
        return None
    parts = re.findall(r"([0-9]+)!([nac])", structure)
    return re.compile("[0-9A-Z]{4}" + "".join(f"{_CHARACTERS[kind]}{{{length}}}" for length, kind in parts))
