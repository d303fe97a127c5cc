"""`html`: one page that needs nothing else: no request to anywhere, readable without JavaScript and in print.

The template, its style and its script are in reports/html/. The page's policy (W3C CSP Level 3) allows that
style and that script by their hashes and nothing else; what was read is text.
"""

from __future__ import annotations

import base64
import hashlib
from typing import BinaryIO

from classifier.report.formats.html import overview, rows
from classifier.report.past import PastRun
from classifier.report.selection import Selection
from classifier.shipped import shipped

__all__ = ["render"]

_DATA = "\x00data\x00"  # where the rows go


def render(run: PastRun, selection: Selection, out: BinaryIO) -> None:
    """Write the page: what is bounded as HTML, worst first, and every finding as packed rows."""
    import jinja2  # what no other format needs

    folder = shipped("reports/html")
    style, script = ((folder / name).read_text("utf-8") for name in ("report.css", "report.js"))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["number"] = "{:,}".format
    template = environment.get_template("report.html.j2")
    page = overview.gathered(run, selection)
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    text = template.render(page=page, policy=policy, style=style, script=script, data=_DATA)
    head, _, tail = text.partition(_DATA)
    out.write(head.encode("utf-8", "backslashreplace"))
    rows.write(run, selection, out)
    out.write(tail.encode("utf-8", "backslashreplace"))


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
