"""What the elements of documents' XML mean for their text.

OOXML: ECMA-376, 5th edition, parts 1 (WordprocessingML, PresentationML, DrawingML) and 4 (VML); Visio:
[MS-VSDX]. ODF: OASIS OpenDocument 1.3, part 3. iWork: what Apple's 2009 applications write.
"""

from __future__ import annotations

from typing import Final

from classifier.extract.xml_text import (
    BREAK,
    CELL,
    CHOICE,
    FALLBACK,
    HYPHEN,
    LINE,
    ROW,
    SKIP,
    SPACES,
    TAB,
    WORD,
    Vocabulary,
)

OOXML: Final = Vocabulary(
    elements={
        **dict.fromkeys(("p", "comment", "cm", "text", "Text", "v", "author", "cmAuthor", "docVar"), LINE),
        **dict.fromkeys(("tab", "ptab"), TAB),
        **dict.fromkeys(("br", "cr"), BREAK),
        **dict.fromkeys(("fldChar", "footnoteRef", "endnoteRef"), WORD),
        # Measures that are written as text: of drawings, and the references of charts.
        **dict.fromkeys(
            (
                "posOffset",
                "align",
                "pctWidth",
                "pctHeight",
                "pctPosHOffset",
                "pctPosVOffset",
                "f",
                "formatCode",
            ),
            SKIP,
        ),
        "tc": CELL,
        "tr": ROW,
        "noBreakHyphen": HYPHEN,
        "Choice": CHOICE,
        "Fallback": FALLBACK,
    },
    attributes={
        "*": frozenset(("author", "descr", "title", "alt", "tooltip")),
        "listItem": frozenset(("displayText", "value")),
        "listEntry": frozenset(("val",)),
        "default": frozenset(("val",)),
        "statusText": frozenset(("val",)),
        "helpText": frozenset(("val",)),
        "alias": frozenset(("val",)),
        "tag": frozenset(("val",)),
        "docVar": frozenset(("name", "val")),
        "connectString": frozenset(("val",)),
        "query": frozenset(("val",)),
        "fldSimple": frozenset(("instr",)),
        "textpath": frozenset(("string",)),
        "cmAuthor": frozenset(("name",)),
        "person": frozenset(("displayName", "author", "userId")),
        "presenceInfo": frozenset(("userId",)),
        "cm": frozenset(("text",)),
        "Cell": frozenset(("V",)),
        "Relationship": frozenset(("Target",)),
        "sect": frozenset(("name",)),
        "section": frozenset(("name",)),
        "custShow": frozenset(("name",)),
    },
    conditions={
        "Cell": (
            "N",
            frozenset(("Value", "Label", "Prompt", "Comment", "Description", "Address", "ExtraInfo")),
        ),
        "Relationship": ("TargetMode", frozenset(("External",))),
    },
)

PROPERTIES: Final = Vocabulary(
    elements={
        "*": LINE,
        # Of docProps/app.xml: numbers of words and the like.
        **dict.fromkeys(
            [
                "TotalTime",
                "Pages",
                "Words",
                "Characters",
                "DocSecurity",
                "Lines",
                "Paragraphs",
                "ScaleCrop",
                "LinksUpToDate",
                "CharactersWithSpaces",
                "SharedDoc",
                "HyperlinksChanged",
                "AppVersion",
                "i4",
                "HeadingPairs",
                "Slides",
                "Notes",
                "HiddenSlides",
                "MMClips",
            ],
            SKIP,
        ),
    },
    attributes={"property": frozenset(("name", "linkTarget")), "user-defined": frozenset(("name",))},
)

# Data of the customer's own, bound into a document: every text and every attribute.
OWN_DATA: Final = Vocabulary(
    elements={"*": LINE},
    attributes={"*": frozenset(("name", "value", "key", "id", "label", "title", "text", "val", "href"))},
)

ODF: Final = Vocabulary(
    elements={
        **dict.fromkeys(("p", "h", "title", "desc", "initial-creator", "config-item"), LINE),
        **dict.fromkeys(("annotation", "note", "note-citation", "creator", "date", "ruby-text"), WORD),
        **dict.fromkeys(("binary-data", "encryption-data", "soft-page-break"), SKIP),
        "table-cell": CELL,
        "table-row": ROW,
        "tab": TAB,
        "line-break": BREAK,
        "s": SPACES,
    },
    attributes={
        "*": frozenset(("string-value", "current-value", "label", "help-message", "description")),
        "a": frozenset(("href", "title")),
        "text": frozenset(("value",)),
        "textarea": frozenset(("value",)),
        "option": frozenset(("value",)),
        "item": frozenset(("value",)),
        "user-field-decl": frozenset(("name",)),
        "page": frozenset(("name",)),
        "connection-resource": frozenset(("href",)),
        "database-source-sql": frozenset(("sql-statement",)),
    },
)

IWORK: Final = Vocabulary(
    elements={
        **dict.fromkeys(("p", "layout", "string", "number", "date", "title"), LINE),
        **dict.fromkeys(("br", "lnbr", "crbr", "pgbr", "sectbr", "contbr"), BREAK),
        "tab": TAB,
        # Placeholders that a template brings along, and the text a user never typed.
        **dict.fromkeys(("stylesheet", "layoutstyle", "prototype-footnotes"), SKIP),
    },
    attributes={
        "ct": frozenset(("s",)),
        "string": frozenset(("string",)),
        "link": frozenset(("href",)),
        "authors": frozenset(("string",)),
        "comment": frozenset(("string",)),
        "annotation": frozenset(("author",)),
    },
)
