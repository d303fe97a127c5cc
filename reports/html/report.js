"use strict";
(function () {
  const PAGE = 100;
  const $ = (id) => document.getElementById(id);
  const [BUCKET, KEY, DETECTOR, SEVERITY, TIER, CONFIDENCE, COUNT, EXACT, RISK, EXPOSURE, STATUS, FIRST, ID, PLACES] =
    Array(14).keys();
  const RANK = ["Critical", "High", "Medium", "Low", "Informational"];
  let names, rows, shown = [], at = 0, order = { by: "risk", down: true }, opened = new Set();

  function make(tag, text, name) {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (name) element.className = name;
    return element;
  }

  async function unpacked(text) {
    const raw = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).text();
  }

  // A value by which a row is sorted, for each head.
  const KEYS = {
    risk: (row) => row[RISK],
    severity: (row) => -RANK.indexOf(names.severities[row[SEVERITY]]),
    detector: (row) => names.detectors[row[DETECTOR]][1],
    count: (row) => row[COUNT],
    bucket: (row) => names.buckets[row[BUCKET]],
    key: (row) => row[KEY],
    exposure: (row) => names.exposures[row[EXPOSURE]],
    status: (row) => names.statuses[row[STATUS]],
  };

  function filtered() {
    const form = $("filters");
    const value = (name) => form.elements[name].value;
    const is = (name, column) => {
      const wanted = value(name);
      return wanted === "" ? () => true : (row) => row[column] === Number(wanted);
    };
    const tests = [
      is("bucket", BUCKET), is("detector", DETECTOR), is("severity", SEVERITY), is("exposure", EXPOSURE), is("status", STATUS),
    ];
    const prefix = value("prefix");
    if (prefix) tests.push((row) => row[KEY].startsWith(prefix));
    const text = value("text").trim().toLowerCase();
    if (text) {
      tests.push((row) =>
        row[KEY].toLowerCase().includes(text) ||
        names.buckets[row[BUCKET]].toLowerCase().includes(text) ||
        names.detectors[row[DETECTOR]].some((name) => name.toLowerCase().includes(text)) ||
        row[ID].startsWith(text) ||
        row[PLACES].some((place) => place[0].toLowerCase().includes(text)));
    }
    return rows.filter((row) => tests.every((test) => test(row)));
  }

  function update() {
    shown = filtered();
    const key = KEYS[order.by], sign = order.down ? -1 : 1;
    shown.sort((a, b) => {
      const x = key(a), y = key(b);
      return x < y ? -sign : x > y ? sign : b[RISK] - a[RISK] || (a[KEY] < b[KEY] ? -1 : 1);
    });
    at = 0;
    draw();
  }

  function draw() {
    const body = $("rows").tBodies[0];
    const part = shown.slice(at, at + PAGE);
    const lines = [];
    for (const row of part) {
      lines.push(line(row));
      if (opened.has(row[ID])) lines.push(more(row));
    }
    body.replaceChildren(...lines);
    $("count").textContent = `${shown.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} findings`;
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    $("page").textContent = `Page ${at / PAGE + 1} of ${pages}`;
    $("before").disabled = at === 0;
    $("after").disabled = at + PAGE >= shown.length;
    for (const head of $("rows").tHead.rows[0].cells) {
      const by = head.firstElementChild.dataset.sort;
      if (by === order.by) head.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  function line(row) {
    const severity = names.severities[row[SEVERITY]];
    const element = make("tr");
    const level = make("td");
    level.append(make("span", severity, `badge ${severity.toLowerCase()}`));
    const key = make("td");
    const button = make("button", row[KEY].trim() ? row[KEY] : `"${row[KEY]}"`);
    button.type = "button";
    button.setAttribute("aria-expanded", String(opened.has(row[ID])));
    button.addEventListener("click", () => {
      if (!opened.delete(row[ID])) opened.add(row[ID]);
      const where = [...$("rows").tBodies[0].rows].indexOf(element);
      draw();
      $("rows").tBodies[0].rows[where].querySelector("button").focus();
    });
    key.append(button);
    element.append(
      make("td", row[RISK].toFixed(1)), level, make("td", names.detectors[row[DETECTOR]][1]),
      make("td", row[COUNT].toLocaleString("en") + (row[EXACT] ? "" : " or more")),
      make("td", names.buckets[row[BUCKET]] || "local"), key,
      make("td", names.exposures[row[EXPOSURE]]), make("td", names.statuses[row[STATUS]]),
    );
    return element;
  }

  function more(row) {
    const element = make("tr", undefined, "more");
    const cell = make("td");
    cell.colSpan = 8;
    const list = make("ul");
    for (const [where, masked] of row[PLACES]) {
      const item = make("li", `${where}: `);
      item.append(make("code", masked));
      list.append(item);
    }
    cell.append(
      row[PLACES].length ? list : make("p", "No place of it was kept."),
      make("p", names.remediation[row[DETECTOR]]),
      make("p", `${names.detectors[row[DETECTOR]][0]}, ${names.tiers[row[TIER]]}, confidence ${row[CONFIDENCE]}, ` +
        `first seen ${row[FIRST]}, finding ${row[ID]}`, "facts"),
    );
    element.append(cell);
    return element;
  }

  // RFC 4180; a cell that a spreadsheet would take for a formula gets an apostrophe (OWASP, CSV injection).
  function cell(value) {
    let text = String(value);
    if (/^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  function csv() {
    const head = ["finding_id", "bucket", "key", "detector", "severity", "tier", "confidence", "count", "risk", "exposure",
      "status", "first_seen", "first_place", "first_masked"];
    const lines = shown.map((row) => [
      row[ID], names.buckets[row[BUCKET]], row[KEY], names.detectors[row[DETECTOR]][0], names.severities[row[SEVERITY]],
      names.tiers[row[TIER]], row[CONFIDENCE], row[COUNT], row[RISK], names.exposures[row[EXPOSURE]],
      names.statuses[row[STATUS]], row[FIRST], ...(row[PLACES][0] || ["", ""]),
    ]);
    return [head, ...lines].map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
  }

  function save() {
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
    link.download = "findings.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function options(name, labels) {
    const select = $("filters").elements[name];
    const sorted = labels.map((label, number) => [label, number]).sort((a, b) => (a[0] < b[0] ? -1 : 1));
    for (const [label, number] of sorted) {
      const option = make("option", label || "local");
      option.value = String(number);
      select.append(option);
    }
  }

  function only(button) {
    const form = $("filters");
    form.reset();
    form.elements.bucket.value = String(names.buckets.indexOf(button.dataset.bucket));
    form.elements.prefix.value = button.dataset.prefix || "";
    update();
    $("findings").scrollIntoView();
    form.elements.text.focus({ preventScroll: true });
  }

  function copying() {
    for (const block of document.querySelectorAll("pre.command")) {
      const button = make("button", "Copy", "copy");
      button.type = "button";
      button.setAttribute("aria-label", `Copy: ${block.getAttribute("aria-label")}`);
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(block.textContent);
        } catch {
          getSelection().selectAllChildren(block);
          document.execCommand("copy");
        }
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      block.before(button);
    }
  }

  async function start() {
    copying();
    let wasOpen = [];
    addEventListener("beforeprint", () => {
      wasOpen = [...document.querySelectorAll("details:not([open])")];
      for (const one of wasOpen) one.open = true;
    });
    addEventListener("afterprint", () => { for (const one of wasOpen) one.open = false; });
    const open = () => {
      const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (target && target.tagName === "DETAILS") target.open = true;
    };
    addEventListener("hashchange", open);
    open();
    const text = await unpacked($("data").textContent.trim());
    const lines = text.split("\n");
    names = JSON.parse(lines[0]);
    rows = lines.slice(1).filter(Boolean).map((line) => JSON.parse(line));
    if (!rows.length) return;
    options("bucket", names.buckets);
    options("detector", names.detectors.map((pair) => pair[1]));
    options("severity", names.severities);
    options("exposure", names.exposures);
    options("status", names.statuses);
    let waiting;
    $("filters").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(update, 120); });
    $("filters").addEventListener("reset", () => setTimeout(update));
    $("filters").addEventListener("submit", (event) => event.preventDefault());
    $("export").addEventListener("click", save);
    $("before").addEventListener("click", () => { at -= PAGE; draw(); });
    $("after").addEventListener("click", () => { at += PAGE; draw(); });
    for (const button of document.querySelectorAll("#rows th button")) {
      button.addEventListener("click", () => {
        const by = button.dataset.sort;
        order = { by, down: order.by === by ? !order.down : ["risk", "severity", "count"].includes(by) };
        update();
      });
    }
    for (const button of document.querySelectorAll("button.only")) {
      if (!names.buckets.includes(button.dataset.bucket)) continue;
      button.hidden = false;
      button.addEventListener("click", () => only(button));
    }
    update();
    $("explorer").hidden = false;
    $("plain").hidden = true;
  }

  start().catch(() => { $("explorer").hidden = true; $("plain").hidden = false; });
})();
