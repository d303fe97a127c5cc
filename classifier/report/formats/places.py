"""Where matches stand, in the shape that Amazon Macie and Security Hub share (`Occurrences`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from classifier.model import JSON
from classifier.report.formats.words import clipped, known

MOST = 15  # that a finding of Macie's locates
_PATH = 250  # characters of a JSON path


def occurrences_of(
    occurrences: Iterable[Mapping[str, JSON]], *, asff: bool = False, most: int = MOST
) -> dict[str, JSON]:
    """Return `cells`, `lineRanges`, `pages` and `records`; Security Hub's names begin with a capital.

    `offsetRanges` is reserved in Macie and left out. A place that is none of these is not located.
    """
    cells: list[JSON] = []
    lines: list[JSON] = []
    pages: list[JSON] = []
    records: list[JSON] = []
    for number, one in enumerate(occurrences):
        if number >= most:
            break
        where = one["location"]
        if "row" in where or "cell" in where:
            cells.append(
                known(
                    {
                        "cellReference": where.get("cell"),
                        "column": where.get("column"),
                        "columnName": _text(where.get("column_name")),
                        "row": where.get("row"),
                    }
                )
            )
        elif "json_path" in where or "record" in where:
            records.append(
                known(
                    {
                        "jsonPath": clipped(where["json_path"], _PATH) if where.get("json_path") else None,
                        "recordIndex": where.get("record", 0),
                    }
                )
            )
        elif "page" in where:
            pages.append({"pageNumber": where["page"]})
        elif "line" in where:
            line = where["line"]
            lines.append(known({"start": line, "end": line, "startColumn": where.get("column")}))
    found = known({"cells": cells, "lineRanges": lines, "pages": pages, "records": records})
    return _capitals(found) if asff else found


def _text(value: str | None) -> str | None:
    return value if value and value.strip() else None


def _capitals(value: JSON) -> JSON:
    if isinstance(value, list):
        return [_capitals(item) for item in value]
    if isinstance(value, dict):
        return {name[0].upper() + name[1:]: _capitals(item) for name, item in value.items()}
    return value
