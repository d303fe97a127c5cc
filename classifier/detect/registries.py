"""What public registries assign, made into expressions once: telephone numbers and IBANs.

The registries are those that phonenumbers (libphonenumber's metadata) and python-stdnum (SWIFT's IBAN
registry) carry. Their own functions walk them anew for every number, at ten times the cost.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

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
_WORLD = "001"  # what libphonenumber calls the region of a code that is no country's
_LONGEST_CODE = 3


class Numbers(NamedTuple):
    """Numbers of a kind: what they match whole, and how many digits they have (none told: any)."""

    pattern: str
    lengths: tuple[int, ...]


class Region(NamedTuple):
    """A region of a numbering plan: what begins its numbers, where that decides; all of them; their kinds."""

    claim: str | None
    general: Numbers | None
    kinds: tuple[Numbers, ...]


@lru_cache(maxsize=1024)
def plan_regions(code: str) -> tuple[Region, ...]:
    """Return the regions of the numbering plan of a calling code; the first one that claims a number decides.

    There are none where no country has the code.
    """
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata  # 15 ms that few scans need

    regions = []
    names = COUNTRY_CODE_TO_REGION_CODE.get(int(code), ()) if code[:1].strip("0") else ()
    for name in names:
        if name == _WORLD:
            metadata = PhoneMetadata.metadata_for_nongeo_region(int(code))
        else:
            metadata = PhoneMetadata.metadata_for_region(name)
        if metadata is not None:
            kinds = dict.fromkeys(filter(None, (_numbers(getattr(metadata, kind)) for kind in _KINDS)))
            regions.append(Region(metadata.leading_digits, _numbers(metadata.general_desc), tuple(kinds)))
    return tuple(regions)


@lru_cache(maxsize=1024)
def national_number(code: str) -> re.Pattern[str] | None:
    """Return what is a valid number after the calling code (ITU-T E.164), None where no plan has the code.

    It matches whole where `phonenumbers.is_valid_number` holds: of the plan's regions, in their order, the
    first one decides that claims the number, by its leading digits where it has some, else by its kinds.
    """
    regions = plan_regions(code)
    if not regions:
        return None
    valid = _NOTHING
    for claim, general, kinds in reversed(regions):
        own = f"(?={_whole(general)})(?:{'|'.join(map(_whole, kinds)) or _NOTHING})"
        valid = f"{own}|{valid}" if claim is None else f"(?={claim})(?:{own})|(?!{claim})(?:{valid})"
    return re.compile(valid)


def international_number(number: str) -> bool:
    """Return whether digits are a valid number that begins with its calling code.

    After the code may stand the zero of calls within the country, which most plans leave out.
    """
    for length in range(1, _LONGEST_CODE + 1):
        if (plan := national_number(number[:length])) is not None:
            rest = number[length:]
            return plan.fullmatch(rest) is not None or plan.fullmatch(rest.removeprefix("0")) is not None
    return False


def _numbers(description: object) -> Numbers | None:
    """Return a kind's numbers; None where it has none."""
    pattern = getattr(description, "national_number_pattern", None)
    return Numbers(pattern, tuple(getattr(description, "possible_length", ()))) if pattern else None


def _whole(numbers: Numbers | None) -> str:
    """Return the expression of such numbers, nothing before or after them."""
    if numbers is None:
        return _NOTHING
    lengths = "|".join(f"[0-9]{{{length}}}" for length in numbers.lengths)
    return (f"(?=(?:{lengths})\\Z)" if lengths else "") + f"(?:{numbers.pattern})\\Z"


_SENEGAL = re.compile("[0-9A-Z]{28}")  # in the registry, not in python-stdnum's copy of it
_CHARACTERS = {"n": "[0-9]", "a": "[A-Z]", "c": "[0-9A-Z]"}  # as the IBAN registry abbreviates them


@lru_cache(maxsize=2048)
def iban_structure(country: str) -> re.Pattern[str] | None:
    """Return what an IBAN of `country` (two capital letters) matches whole; None where it has no IBANs."""
    if country == "SN":
        return _SENEGAL
    ((_, properties), *_) = numdb.get("iban").info(country)
    structure = properties.get("bban")
    if structure is None:
        return None
    parts = re.findall(r"([0-9]+)!([nac])", structure)
    return re.compile("[0-9A-Z]{4}" + "".join(f"{_CHARACTERS[kind]}{{{length}}}" for length, kind in parts))
