"""Checks of what people leave behind: where they were, and the cookies of their browsers; postal codes."""

from __future__ import annotations

import re

from classifier.detect.digits import digits, repeats_one

_PLACEHOLDER = re.compile(rb"[<>{}$%\[\]]\s*[A-Za-z_]|\.\.\.|\bxxx|\*\*\*|\byour|=value[0-9;]", re.IGNORECASE)
_ATTRIBUTES = (b"expires", b"max-age", b"domain", b"path", b"samesite", b"priority", b"version")


def http_cookie(value: bytes) -> bool:
    """Cookies as a browser sends them or a server sets them (RFC 6265): one could tell a client from others.

    Its value has five or more characters and a digit. Templates and samples of documentation are none.
    """
    if _PLACEHOLDER.search(value) is not None:
        return False
    for pair in value.split(b";"):
        name, equals, content = pair.strip().partition(b"=")
        if not equals or name.lower() in _ATTRIBUTES:
            continue
        if len(content) >= 5 and re.search(rb"[0-9]", content) and len(set(content)) > 3:
            return True
    return False


_DEGREES = re.compile(rb"-?[0-9]+\.[0-9]+")


def latitude_longitude(value: bytes) -> bool:
    """A pair of decimal degrees: up to 90 and up to 180 (ISO 6709), neither of them zero."""
    parts = [float(part) for part in _DEGREES.findall(value)]
    if len(parts) != 2:
        return False
    latitude, longitude = map(abs, parts)
    return 0 < latitude <= 90 and 0 < longitude <= 180


def br_cep(value: bytes) -> bool:
    """Brazilian postal code: 8 digits from 01000-000 on (Correios, Estrutura do CEP)."""
    number = digits(value)
    return len(number) == 8 and number >= "01000000" and not repeats_one(number)


TRACE_VALIDATORS = (br_cep, http_cookie, latitude_longitude)
"""The checks of this module, by their names in packs."""
