"""Write the pages that are made from the program: commands, detectors, identifiers, formats."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from classifier import alerts, detect
from classifier.alerts.language import CLOUDTRAIL
from classifier.detect import Detector, shipped_packs
from classifier.detect.validators import VALIDATORS
from classifier.extract.base import GROUPS, Format
from classifier.extract.registry import FORMATS
from classifier.model import AlertCategory, Category, Tier
from classifier.run import rule_text

COMMANDS = (
    (),
    ("scan",),
    ("plan",),
    ("access",),
    ("check",),
    ("report",),
    ("notify",),
    ("findings",),
    ("findings", "list"),
    ("findings", "show"),
    ("findings", "reveal"),
    ("trail",),
    ("extract",),
    ("detectors",),
    ("detectors", "list"),
    ("detectors", "show"),
    ("detectors", "test"),
    ("detectors", "lint"),
    ("detectors", "hash-list"),
    ("runs",),
    ("runs", "show"),
    ("diff",),
    ("timeline",),
    ("alerts",),
    ("alerts", "list"),
    ("alerts", "rules"),
    ("alerts", "rules", "list"),
    ("alerts", "rules", "show"),
    ("alerts", "rules", "test"),
    ("demo",),
)


def help_of(command: tuple[str, ...]) -> str:
    """Return what the program prints for `COMMAND --help` on a terminal 100 columns wide."""
    program = "import sys; sys.argv[0] = 's3-classifier'; from classifier.cli import main; main()"
    environment = {**os.environ, "COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
    done = subprocess.run(  # noqa: S603 - this interpreter, on our own program
        [sys.executable, "-c", program, *command, "--help"],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def cli_page() -> str:
    """Return docs/cli.md: the help of every command."""
    lines = ["# Commands", "", "Made from the program by `make docs`; a test compares the two.", ""]
    for command in COMMANDS:
        lines += [f"## {' '.join(('s3-classifier', *command))}", "", "```text", help_of(command), "```", ""]
    return "\n".join(lines)


HEALTH_PAGE = Path(__file__).with_name("health.md")
_BEGIN, _END = "<!-- safe harbor -->\n", "<!-- end -->"


def health_page(detectors: Sequence[Detector]) -> str:
    """Return docs/health.md with its table of the 18 identifiers."""
    before, _, rest = HEALTH_PAGE.read_text("utf-8").partition(_BEGIN)
    lines = ["| | identifier | detectors | of them here | exceptions, notes |", "|---|---|---|---|---|"]
    for one in detect.rules().safe_harbor:
        found = sum(one.has(detector.id) for detector in detectors)
        names = ", ".join(f"`{name}`" for name in one.detectors) or "–"
        lines.append(f"| {one.letter} | {one.title} | {names} | {found} | {one.exception or one.note} |")
    table = "\n".join(lines)
    return f"{before}{_BEGIN}\n{table}\n\n{_END}{rest.partition(_END)[2]}"


def detectors_page(detectors: Sequence[Detector]) -> str:
    """Return docs/detectors.md: every shipped detector, by category and pack."""
    lines = [
        "# Detectors",
        "",
        f"The {len(detectors):,} shipped detectors. Made from the packs in `patterns/` by `make docs`; a",
        "test compares the two. `s3-classifier detectors show ID` shows one whole, and",
        "[writing-detectors.md](writing-detectors.md) adds your own. Severity is that of 1, 2–99 and 100 or",
        "more occurrences in an object. What is not recommended runs with `--detectors all` or by its id.",
        "",
        "| category | pack | detectors |",
        "|---|---|---|",
    ]
    ordered = sorted(detectors, key=lambda d: (list(Category).index(d.category), d.file.name, d.id))
    groups = [(key, list(group)) for key, group in groupby(ordered, lambda d: (d.category, d.file.name))]
    for (category, file), group in groups:
        lines.append(f"| {category} | [{file}](../patterns/{file}) | {len(group)} |")
    for (category, file), group in groups:
        lines += [
            "",
            f"## {category}: {file}",
            "",
            "| id | title | tier | severity | source |",
            "|---|---|---|---|---|",
        ]
        lines += map(_row, group)
    return "\n".join([*lines, ""])


def _row(detector: Detector) -> str:
    severity = list(dict.fromkeys(detector.severity))
    shown = severity[0] if len(severity) == 1 else ", ".join(detector.severity)
    name = f"`{detector.id}`" + ("" if detector.recommended else " (not recommended)")
    source = detector.source.partition("://")[2].partition("/")[0]
    title = detector.title.replace("|", "\\|")
    return f"| {name} | {title} | {detector.tier} | {shown} | [{source}]({detector.source}) |"


ALERTS_PAGE = Path(__file__).with_name("alerts.md")


def alerts_page() -> str:
    """Return docs/alerts.md with its tables of categories, rules and checks."""
    rules = alerts.load_rules()
    rows: list[tuple[str, str, str, str, str]] = []
    for rule in rules.rules:
        source = "content" if rule.condition.when == "holds" else "configuration"
        rows.append((rule.category, rule.id, source, _span(rule.severity.values()), rule.title))
    for check in rules.checks.checks:
        told = check.shape.alert
        if told is not None:
            levels = (check.shape.severity.bare, check.shape.severity.sensitive)
            rows.append((told.category, told.rule, "configuration", _span(levels), told.title))
    review, unknown = rules.checks.review, rules.checks.unknown
    lesser = [check.shape.severity for check in rules.checks.checks if check.shape.alert is None]
    levels = [one.bare for one in lesser] + [one.sensitive for one in lesser]
    rows.append(("Config compliance", review.rule, "configuration", _span(levels), review.title))
    rows.append(
        ("Config compliance", unknown.rule, "configuration", _span([unknown.severity]), unknown.title)
    )
    for one in rules.language:
        shape = one.shape
        levels = [shape.severity, *(case.severity for case in shape.severities)]
        text = str(shape.detection)
        source = {"cloudtrail": "logs", "findings": "content"}.get(shape.index) or (
            "drift" if "Change." in text else "configuration"
        )
        rows.append((shape.category, shape.id, source, _span(levels), shape.title))
    macie = {rule: kind for kind, names in rules.checks.compliance.macie.items() for rule in names}
    sources = ("content", "configuration", "drift", "logs")
    counts = Counter((row[0], row[2]) for row in rows)
    table = [f"| category | {' | '.join(sources)} |", "|---" * (len(sources) + 1) + "|"]
    for category in AlertCategory:
        numbers = (str(counts[category, source] or "–") for source in sources)
        table.append(f"| {category} | {' | '.join(numbers)} |")
    listed = ["| category | rule | from | severity | says | Macie's type |", "|---|---|---|---|---|---|"]
    for category, name, source, severity, title in sorted(rows):
        says = title.replace("|", "\\|")
        listed.append(f"| {category} | `{name}` | {source} | {severity} | {says} | {macie.get(name, '')} |")
    checked = ["| check | passes when | severity | alert | clauses |", "|---|---|---|---|---|"]
    for check in rules.checks.checks:
        shape = check.shape
        clauses = "; ".join(f"{name} {', '.join(found)}" for name, found in shape.maps.items())
        level = _span((shape.severity.bare, shape.severity.sensitive))
        alert = f"`{shape.alert.rule}`" if shape.alert else "together"
        checked.append(f"| `{shape.id}` | {shape.title} | {level} | {alert} | {clauses} |")
    page = ALERTS_PAGE.read_text("utf-8")
    for name, lines in (("categories", table), ("rules", listed), ("checks", checked)):
        begin = f"<!-- {name} -->\n"
        before, _, rest = page.partition(begin)
        page = before + begin + "\n" + "\n".join(lines) + "\n\n" + _END + rest.partition(_END)[2]
    return page


def behaviour_page() -> str:
    """Return docs/behaviour.md with every rule that looks at logs, as its pack has it."""
    page = Path(__file__).with_name("behaviour.md")
    told = page.read_text("utf-8").partition("<!-- rules -->")[0]
    lines = [told + "<!-- rules -->"]
    rules = [rule for rule in alerts.load_rules().language if rule.index is CLOUDTRAIL]
    for category in AlertCategory:
        own = sorted((rule for rule in rules if rule.category == category), key=lambda rule: rule.id)
        if own:
            lines += ["", f"### {category}"]
        for rule in own:
            shape = rule.shape
            attack = ", ".join(f"[{name}]({_technique(name)})" for name in shape.attack) or "none"
            body = rule_text(rule.id, ()).split("\n")[1:]
            at = next(number for number, line in enumerate(body) if line.strip() == "detection:")
            logic = textwrap.dedent("\n".join(body[at:]))
            lines += [
                "",
                f"#### {rule.id}",
                "",
                f"{shape.title} Severity {shape.severity:g}, {shape.kind}; ATT&CK {attack}.",
                "",
                "```yaml",
                logic,
                "```",
                "",
                f"What to do: {shape.remediation}",
            ]
    return "\n".join(lines) + "\n"


def _technique(name: str) -> str:
    return f"https://attack.mitre.org/techniques/{name.replace('.', '/')}/"


def _span(levels: Iterable[float]) -> str:
    least, most = min(found := list(levels)), max(found)
    return f"{least:g}" if least == most else f"{least:g}–{most:g}"


SHOWN_WORDS = 5  # of a detector's keywords


def identifiers_page(detectors: Sequence[Detector]) -> str:
    """Return docs/identifiers.md: every shipped identifier of persons, money and health, with its rules."""
    shown = [detector for detector in detectors if detector.category is not Category.CREDENTIALS]
    ours = sum(not detector.macie for detector in shown)
    countries = {country for detector in shown for country in detector.countries}
    lines = [
        "# Identifiers",
        "",
        f"The {len(shown):,} shipped identifiers of persons, of money and of health, of {len(countries)}",
        f"countries; {ours:,} of them are none of Amazon Macie's. Made from the packs in `patterns/` by",
        "`make docs`; a test compares the two. Secrets are in [detectors.md](detectors.md), and so are the",
        "severities of these.",
        "",
        "- **Keyword**: *needed* where a value counts only with one of the words near it, in its column's",
        "  name or its JSON path; *helps* where one makes it surer. In brackets the bytes before and after.",
        "- **Validation**: what a value must obey beyond its shape.",
        "- **Random**: the share of random values of the same shape that pass, as `detectors lint` has it;",
        "  a value's confidence follows from it by Bayes' rule. A dash where only the shape decides.",
        "- **In Macie**: whether Amazon Macie has a managed data identifier of this name.",
    ]
    ordered = sorted(shown, key=lambda d: (list(Category).index(d.category), d.file.name, d.id))
    for (category, file), group in groupby(ordered, lambda d: (d.category, d.file.name)):
        lines += [
            "",
            f"## {category}: [{file}](../patterns/{file})",
            "",
            "| identifier | countries | keyword | validation | random | in Macie |",
            "|---|---|---|---|---|---|",
        ]
        lines += map(_identifier, group)
    return "\n".join([*lines, ""])


def _identifier(detector: Detector) -> str:
    name = f"`{detector.id}`" + ("" if detector.recommended else " (not recommended)")
    cells = (
        f"{name}<br>{detector.title}",
        ", ".join(detector.countries) or "any",
        _keyword_rule(detector),
        _validation(detector),
        "–" if detector.pass_rate is None else f"{detector.pass_rate:.2g}",
        "yes" if detector.macie else "no",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _keyword_rule(detector: Detector) -> str:
    kind = "needed" if detector.keyed else "helps"
    rules = []
    if (keywords := detector.keywords) is not None:
        words = ", ".join(keywords.words[:SHOWN_WORDS])
        more = len(keywords.words) - SHOWN_WORDS
        words += f" and {more} more" if more > 0 else ""
        rules.append(f"{kind} ({keywords.before}, {keywords.after}): {words}")
    if detector.near is not None:
        rules.append(f"{kind} ({detector.near.within}): a match of `{detector.near.detector}`")
    return "; ".join(rules) or ("a label, in the expression" if detector.tier is Tier.CONTEXT else "none")


def _validation(detector: Detector) -> str:
    if detector.composite is not None:
        return "near each other: " + ", ".join(f"`{name}`" for name in detector.composite.of)
    if detector.validator_name is None:
        return "shape" + (", no filler" if detector.deny else "")
    told = (VALIDATORS[detector.validator_name].__doc__ or "").strip().partition("\n")[0]
    return told.rstrip(".")


# https://docs.aws.amazon.com/macie/latest/user/discovery-supported-storage.html: what Macie's page lists.
MACIE_FORMATS = (
    ("Big data", "Apache Avro object containers (`.avro`), Apache Parquet (`.parquet`)"),
    ("Compression or archive", "GZIP (`.gz`, `.gzip`), TAR (`.tar`), ZIP (`.zip`)"),
    ("Document", "PDF, Excel (`.xls`, `.xlsx`), Word (`.doc`, `.docx`)"),
    ("Email message", "EML"),
    ("Text", "non-binary text: CSV, TSV, HTML, JSON, JSON Lines, XML, `.txt` and others"),
)


def formats_page(formats: Sequence[Format]) -> str:
    """Return docs/formats.md: every format, what reads it, and what is not read, beside Macie's list."""
    lines = [
        "# Formats",
        "",
        f"The {len(formats)} readers of `classifier/extract/registry.py`; made from it by `make docs`, and a",
        "test compares the two. A file is what its bytes say: its name is a hint only, and a name that",
        "promises another format is recorded (`mismatches` in objects.jsonl.gz). What stands in a container",
        "is read by its own format, to any depth within the limits. *Apart*: parsed in an extraction worker,",
        "a process of its own with bounds of memory and time; what happens to it costs that part a reason",
        "code.",
        "",
        "Amazon Macie [reads](https://docs.aws.amazon.com/macie/latest/user/discovery-supported-storage.html):",
        "",
        *(f"- {kind}: {names}" for kind, names in MACIE_FORMATS),
        "",
        "Limits of every object (settings of these names, [contracts](contracts.md)): `max_archive_depth`",
        "10, `max_archive_members` 1,000,000 and `max_expanded_bytes` 10 GiB, as Macie has them;",
        "`max_expansion_ratio` 100 past 64 MiB, `max_json_depth` 256; of extraction workers",
        "`extraction_memory` 1 GiB, `max_stall_seconds` 15 and `max_object_seconds` 300 (15, and one more a",
        "stored MiB). Past one of them what was read until then has been searched, and the object is PARTIAL",
        "with the reason.",
    ]
    for group in GROUPS:
        lines += [
            "",
            f"## {group}",
            "",
            "| format | recognised by | library | location | limits | not read | apart | Macie |",
            "|---|---|---|---|---|---|---|---|",
        ]
        lines += [_format(known) for known in formats if known.facts.group == group]
    return "\n".join([*lines, ""])


def _format(known: Format) -> str:
    facts = known.facts
    names = ", ".join(f"`.{extension}`" for extension in facts.extensions)
    cells = (
        f"{facts.title}<br>{names}" if names else facts.title,
        facts.recognised,
        facts.library + (f" (extra `{facts.extra}`)" if facts.extra else ""),
        facts.location,
        facts.limits or "–",
        facts.unread or "–",
        "yes" if known.isolated else "no",
        "yes" if facts.macie else "no",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


PAGES = {
    "behaviour.md": behaviour_page,
    "alerts.md": alerts_page,
    "cli.md": cli_page,
    "detectors.md": lambda: detectors_page(shipped_packs()),
    "formats.md": lambda: formats_page(FORMATS),
    "health.md": lambda: health_page(shipped_packs()),
    "identifiers.md": lambda: identifiers_page(shipped_packs()),
}


if __name__ == "__main__":
    for name, page in PAGES.items():
        Path(__file__).with_name(name).write_text(page(), "utf-8")
        print(f"wrote {name}")
