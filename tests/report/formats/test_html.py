"""The page as a reader has it: in a browser, without scripts, in print, with hostile names in it."""

from __future__ import annotations

import base64
import csv
import json
import os
import re
import zlib
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.base import AXE_FILE_PATH
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from classifier.report import PastRun, Selection
from tests.report.conftest import ODD_KEYS
from tests.report.formats import browser
from tests.report.formats.conftest import rendered

HOSTILE = [
    "<script>alert(1)</script>.csv",
    "</script><img src=http://evil.example/x onerror=alert(1)>",
    '=HYPERLINK("http://evil.example","x").csv',
    "\u202egnp.exe",
    "\x1b[31mred\x1b[0m",
    "\u202e" * 5 + "a" * 1000,
    "javascript:alert(1)//'\"><b>",
    "{{ 7 * 7 }}{% raw %}",
]
# Every row on the page has a text in it.
ALL = "[...document.querySelectorAll('#rows tbody tr')].every(row => row.textContent.includes('{}'))"


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory, make: Callable[[list[str]], PastRun]) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_bytes(rendered("html", make([*ODD_KEYS, *HOSTILE])))
    return path


@pytest.fixture(scope="session")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def started(downloads: Path) -> Iterator[Chrome]:
    if browser.CHROMIUM is None or browser.DRIVER is None:
        reason = "Chromium or its driver is not installed; run tests/servers/install.sh"
        if os.environ.get("REQUIRE_S3_SERVERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with browser.chromium(downloads) as driver:
        yield driver


@pytest.fixture
def opened(started: Chrome, page: Path) -> Chrome:
    started.get(page.as_uri())
    WebDriverWait(started, 20).until(lambda driver: driver.find_element(By.ID, "explorer").is_displayed())
    return started


def shown_rows(driver: Chrome) -> list[list[str]]:
    return driver.execute_script(
        "return [...document.querySelectorAll('#rows tbody tr:not(.more)')]"
        ".map(row => [...row.cells].map(cell => cell.textContent))"
    )


def press(driver: Chrome, selector: str) -> None:
    """Press a button wherever it is, on the screen or not."""
    driver.execute_script("arguments[0].click()", driver.find_element(By.CSS_SELECTOR, selector))


def choose(driver: Chrome, name: str, label: str) -> None:
    """Choose an entry of a list, as the browser tells the page of it."""
    driver.execute_script(
        "const list = document.getElementsByName(arguments[0])[0];"
        "list.value = [...list.options].find((one) => one.text === arguments[1]).value;"
        "list.dispatchEvent(new Event('input', { bubbles: true }))",
        name,
        label,
    )


def settled(driver: Chrome, script: str) -> None:
    WebDriverWait(driver, 20).until(lambda one: one.execute_script(f"return {script}"))


def test_it_asks_nobody_for_anything_and_says_nothing(opened: Chrome) -> None:
    for block in opened.find_elements(By.CSS_SELECTOR, "details"):
        opened.execute_script("arguments[0].open = true", block)
    assert browser.requests(opened) == []
    assert browser.complaints(opened) == []
    assert opened.find_elements(By.CSS_SELECTOR, "img, b, iframe, object") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(opened: Chrome, scheme: str) -> None:
    opened.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    opened.execute_script("for (const one of document.querySelectorAll('details')) one.open = true")
    opened.execute_cdp_cmd("Runtime.evaluate", {"expression": Path(AXE_FILE_PATH).read_text("utf-8")})
    found = opened.execute_async_script("axe.run(document).then(arguments[0])")
    serious = [
        (rule["id"], [node["html"][:120] for node in rule["nodes"][:3]])
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_filters_sort_and_pages(opened: Chrome) -> None:
    everything = opened.find_element(By.ID, "count").text
    total = int(everything.split(" of ")[1].split()[0].replace(",", ""))
    risks = [float(row[0]) for row in shown_rows(opened)]
    assert risks == sorted(risks, reverse=True)
    assert len(risks) == min(100, total)
    press(opened, "[data-sort=risk]")
    risks = [float(row[0]) for row in shown_rows(opened)]
    assert risks == sorted(risks)
    assert opened.find_element(By.CSS_SELECTOR, "#rows th").get_attribute("aria-sort") == "ascending"
    choose(opened, "severity", "High")
    settled(opened, f"document.getElementById('count').textContent !== '{everything}'")
    assert {row[1] for row in shown_rows(opened)} == {"High"}
    opened.find_element(By.NAME, "text").send_keys("alert(1)")
    settled(opened, ALL.format("alert(1)"))
    press(opened, "#filters [type=reset]")
    settled(opened, f"document.getElementById('count').textContent === '{everything}'")


def test_a_bucket_leads_to_its_findings_and_they_to_their_places(opened: Chrome) -> None:
    name = "button.only[data-bucket]:not([data-prefix]):not([hidden])"
    bucket = opened.find_element(By.CSS_SELECTOR, name).get_attribute("data-bucket")
    press(opened, name)
    rows = shown_rows(opened)
    assert rows
    assert {row[4] for row in rows} == {bucket}
    press(opened, "#rows tbody button")
    assert "confidence" in opened.find_element(By.CSS_SELECTOR, "#rows tr.more").text
    assert opened.switch_to.active_element.get_attribute("aria-expanded") == "true"


def test_what_is_saved_is_harmless_in_a_spreadsheet(opened: Chrome, downloads: Path) -> None:
    opened.find_element(By.NAME, "text").send_keys("HYPERLINK")
    settled(opened, ALL.format("HYPERLINK"))
    press(opened, "#export")
    WebDriverWait(opened, 20).until(lambda _: (downloads / "findings.csv").exists())
    rows = list(csv.DictReader(StringIO((downloads / "findings.csv").read_text("utf-8"))))
    assert rows
    for row in rows:
        assert row["key"].startswith("'=HYPERLINK")
        assert not any(value.startswith(("=", "+", "@", "\t")) for value in row.values())


def test_it_prints_everything(opened: Chrome) -> None:
    printed = base64.b64decode(opened.execute_cdp_cmd("Page.printToPDF", {})["data"])
    assert printed.startswith(b"%PDF")
    import pypdfium2

    document = pypdfium2.PdfDocument(printed)
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    for said in ("Fix first", "Terraform", "Terms of the score", "What to do"):
        assert said in text
    assert "Clear" not in text


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(page: Path) -> _Text:
    parser = _Text()
    parser.feed(page.read_text("utf-8"))
    return parser


def test_without_scripts_it_is_all_there_and_names_are_text(page: Path) -> None:
    found = parsed(page)
    text = "".join(found.text)
    assert "<script>alert(1)</script>.csv" in text
    assert "{{ 7 * 7 }}" in text
    assert found.tags & {"img", "iframe", "object", "link", "base", "b"} == set()
    assert not any(name.startswith("on") or name in ("style", "src") for name, _ in found.attributes)
    hidden = {char for char in text if not char.isprintable()} - {"\n"}
    assert hidden == set()
    links = [value or "" for name, value in found.attributes if name == "href"]
    assert all(link.startswith("#") for link in links)
    ids = [value for name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links} <= set(ids)


def unpacked(page: Path) -> list[Any]:
    data = re.search(r'id="data">([^<]*)<', page.read_text("utf-8"))
    assert data is not None
    return [json.loads(line) for line in zlib.decompress(base64.b64decode(data[1])).decode().splitlines()]


def test_every_finding_is_in_the_page(page: Path, varied: PastRun, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(rendered("html", varied))
    names, *rows = unpacked(path)
    wanted = [(line["finding_id"], line["count"], line["risk"]) for line in varied.findings()]
    assert [(row[12], row[6], row[8]) for row in rows] == wanted
    assert [names["buckets"][row[0]] for row in rows] == [line["bucket"] for line in varied.findings()]


def test_a_part_of_a_run_says_so(varied: PastRun, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(rendered("html", varied, Selection.of(severities=["high"])))
    names, *rows = unpacked(path)
    assert names["severities"] == ["High"]
    assert rows
    assert "A part of the run only" in path.read_text("utf-8")


def test_a_run_that_was_killed_is_shown(varied: PastRun, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    lines = (varied.folder / "findings.jsonl").read_bytes()
    (folder / "findings.jsonl").write_bytes(lines[: len(lines) // 2])
    text = rendered("html", PastRun.open(folder)).decode()
    assert "did not come to its end" in text
