// Files to sheets, sheets to rows of texts: CSV in its habits and encodings, HTML tables, XLSX. Nothing in them is run.
"use strict";
window.screenerTables = (() => {
  const LARGEST = 50 * 1024 * 1024;
  const FIRST_LINES = 60;

  class Unreadable extends Error {}

  const decoded = (bytes) => {
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
    if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
    const zeros = bytes.subarray(0, 2000).reduce((count, byte) => count + (byte === 0), 0);
    if (zeros > Math.min(bytes.length, 2000) / 4)
      return new TextDecoder(bytes[0] === 0 ? "utf-16be" : "utf-16le").decode(bytes);
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      return new TextDecoder("euc-kr").decode(bytes);
    }
  };

  const cut = (text, delimiter) => {
    const rows = [];
    let row = [];
    let cell = "";
    let quoted = false;
    for (let place = 0; place < text.length; place += 1) {
      const sign = text[place];
      if (quoted) {
        if (sign !== '"') cell += sign;
        else if (text[place + 1] === '"') {
          cell += sign;
          place += 1;
        } else quoted = false;
      } else if (sign === '"' && cell === "") quoted = true;
      else if (sign === delimiter || sign === "\n") {
        row.push(cell.trim());
        cell = "";
        if (sign === "\n") {
          rows.push(row);
          row = [];
        }
      } else cell += sign;
    }
    row.push(cell.trim());
    rows.push(row);
    return rows;
  };

  const delimiterOf = (text) => {
    const lines = text
      .split("\n")
      .filter((line) => line.trim())
      .slice(0, FIRST_LINES)
      .join("\n");
    let best = { mark: ",", points: 0 };
    for (const mark of ["\t", ";", ",", "|"]) {
      const counts = new Map();
      for (const row of cut(lines, mark)) counts.set(row.length, (counts.get(row.length) || 0) + 1);
      const points = Math.max(...[...counts].map(([width, count]) => (width - 1) * count));
      if (points > best.points) best = { mark, points };
    }
    return best.mark;
  };

  // Brokers give tables of HTML the names of workbooks. A parsed document runs and loads nothing.
  const sheetsOfHtml = (text) =>
    [...new DOMParser().parseFromString(text, "text/html").querySelectorAll("table")].map((table) => ({
      name: "",
      rows: [...table.rows].map((row) =>
        [...row.cells].flatMap((one) => [one.textContent.trim(), ...Array(Math.min(one.colSpan, 50) - 1).fill("")]),
      ),
    }));

  const sheetsOfText = (text) => {
    const plain = text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
    if (/^\s*</.test(plain) && /<table/i.test(plain)) return sheetsOfHtml(plain);
    return [{ name: "", rows: cut(plain, delimiterOf(plain)) }];
  };

  const inflated = async (bytes, method) => {
    if (method === 0) return bytes;
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const reader = stream.getReader();
    const parts = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > 4 * LARGEST) throw new Unreadable("too_large");
      parts.push(value);
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  };

  // The entries of a ZIP archive by name, from its central directory (PKWARE APPNOTE 4.3).
  const unzipped = (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let end = bytes.length - 22;
    while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end -= 1;
    if (end < 0) throw new Unreadable("not_xlsx");
    const entries = new Map();
    let place = view.getUint32(end + 16, true);
    for (let number = view.getUint16(end + 10, true); number > 0; number -= 1) {
      if (view.getUint32(place, true) !== 0x02014b50) throw new Unreadable("not_xlsx");
      const size = view.getUint32(place + 20, true);
      const nameLength = view.getUint16(place + 28, true);
      const start = view.getUint32(place + 42, true);
      const name = new TextDecoder().decode(bytes.subarray(place + 46, place + 46 + nameLength));
      const body = start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
      entries.set(name, { method: view.getUint16(place + 10, true), bytes: bytes.subarray(body, body + size) });
      place += 46 + nameLength + view.getUint16(place + 30, true) + view.getUint16(place + 32, true);
    }
    return entries;
  };

  const columnOf = (reference) => {
    let number = 0;
    for (const letter of reference.replace(/[^A-Z]/g, "")) number = 26 * number + letter.charCodeAt(0) - 64;
    return number - 1;
  };

  const all = (node, name) => [...node.getElementsByTagNameNS("*", name)];

  const sheetsOfWorkbook = async (bytes) => {
    const entries = unzipped(bytes);
    const read = async (name) => {
      const entry = entries.get(name.replace(/^\//, ""));
      if (!entry) return null;
      const parsed = new DOMParser().parseFromString(
        new TextDecoder().decode(await inflated(entry.bytes, entry.method)),
        "application/xml",
      );
      if (parsed.getElementsByTagName("parsererror").length) throw new Unreadable("not_xlsx");
      return parsed;
    };
    const workbook = await read("xl/workbook.xml");
    const relations = await read("xl/_rels/workbook.xml.rels");
    if (!workbook || !relations) throw new Unreadable("not_xlsx");
    const targets = new Map(
      all(relations, "Relationship").map((one) => [one.getAttribute("Id"), one.getAttribute("Target")]),
    );
    const strings = await read("xl/sharedStrings.xml");
    const textOf = (node) =>
      all(node, "t")
        .filter((t) => t.parentNode.localName !== "rPh")
        .map((t) => t.textContent)
        .join("");
    const shared = strings ? all(strings, "si").map(textOf) : [];
    const sheets = [];
    for (const sheet of all(workbook, "sheet")) {
      const target = targets.get(
        sheet.getAttributeNS("http://schemas.openxmlformats.org/officeDocument/2006/relationships", "id") ||
          sheet.getAttribute("r:id"),
      );
      const page =
        sheet.getAttribute("state") || !target ? null : await read(target.startsWith("/") ? target : `xl/${target}`);
      if (!page) continue;
      const rows = [];
      for (const row of all(page, "row")) {
        const number = Number(row.getAttribute("r")) || rows.length + 1;
        if (number > 1048576) continue;
        while (rows.length < number) rows.push([]);
        for (const cell of all(row, "c")) {
          const place = cell.getAttribute("r") ? columnOf(cell.getAttribute("r")) : rows[number - 1].length;
          const kind = cell.getAttribute("t");
          const value = all(cell, "v")[0];
          let text = value ? value.textContent : "";
          if (kind === "s") text = shared[Number(text)] || "";
          if (kind === "inlineStr") text = textOf(cell);
          if (place < 1000) rows[number - 1][place] = text.trim();
        }
      }
      sheets.push({
        name: sheet.getAttribute("name") || "",
        rows: rows.map((row) => Array.from(row, (cell) => cell || "")),
      });
    }
    return sheets;
  };

  // The sheets of a file: name and rows each.
  const sheetsOfFile = async (file) => {
    if (file.size > LARGEST) throw new Unreadable("too_large");
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (bytes[0] === 0xd0 && bytes[1] === 0xcf) throw new Unreadable("old_excel");
    return bytes[0] === 0x50 && bytes[1] === 0x4b ? sheetsOfWorkbook(bytes) : sheetsOfText(decoded(bytes));
  };

  return { Unreadable, sheetsOfFile, sheetsOfText };
})();
