// Screens pasted or dropped holdings in the browser against the index of all Korean companies. Nothing leaves the page.
"use strict";
(() => {
  const { fold, key, issuerKey, spelled, element, fill, shownName, NAME } = window.screener;
  const { Unreadable, sheetsOfFile, sheetsOfText } = window.screenerTables;
  const index = window.screenerIndex;
  const form = document.getElementById("holdings");
  const texts = JSON.parse(form.dataset.texts);
  const HEADER_SEARCH = 30;
  const SHOWN = 2000;
  const GONE = 1;
  const LISTED = 2;
  const IDENTIFYING = ["isin", "stock_code", "dart", "lei", "brn", "crn", "cusip", "name"];

  // --- rows to lines ------------------------------------------------------------------------------

  const heading = (text) =>
    text
      .normalize("NFKC")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}%]/gu, "");
  const headings = new Map();
  for (const [column, words] of Object.entries(index.headings)) {
    words.forEach((word, rank) => {
      if (!headings.has(heading(word))) headings.set(heading(word), { column, rank });
    });
  }
  const NOT_NOW =
    /benchmark|\bbm\b|벤치마크|index weight|active|초과|전월|전일|이전|previous|prior|last (?:month|quarter|year)|target|목표|change|변동|증감|취득|매입|장부|book|cost|손익|gain|loss|평균|average/i;
  const recognised = (cell) => {
    if (!cell || cell.length > 60) return null;
    const bare = cell.replace(/\(.*?\)|\[.*?\]/g, "");
    const uncounted = bare.replace(/\b(?:krw|usd|eur|jpy|gbp|local|base)\b|'000|\bmn?\b|,.*$/gi, "");
    const forms = [cell, bare, uncounted, cell.replace(/%/g, "")];
    const found = forms.map((form) => headings.get(heading(form))).find(Boolean);
    return found && ["weight", "value"].includes(found.column) && NOT_NOW.test(cell) ? null : found;
  };

  const squeezed = (text) =>
    text
      .normalize("NFKC")
      .replace(/[\s'"=_\u200b-\u200f\u2010-\u2015\u2060\u2212\ufeff]+/g, "")
      .toUpperCase();

  const stockCode = (text, padded) => {
    const code = squeezed(text)
      .replace(/^(.{4,})(?:[.:\- ]?(?:KS|KQ|KN|KP|KR|XKRX|XKOS|KRX)(?:EQUITY)?)$/, "$1")
      .replace(/[.:-]+$/, "")
      .replace(/^([0-9]{1,6})\.0+$/, "$1");
    if (padded && /^[0-9]{2,6}$/.test(code)) return code === "000000" ? null : code.padStart(6, "0");
    const found = /^(?:(?:X?KRX|KOSPI|KOSDAQ|KONEX|KS|KQ|KN)[:-]?|A)?([0-9]{4}[0-9A-HJ-NP-TV-Z]{2})$/.exec(code);
    return found && found[1] !== "000000" ? found[1] : null;
  };

  const luhn = (isin) => {
    const digits = [...isin].map((sign) => parseInt(sign, 36)).join("");
    let sum = 0;
    [...digits].reverse().forEach((digit, place) => {
      const twice = Number(digit) * (place % 2 ? 2 : 1);
      sum += twice > 9 ? twice - 9 : twice;
    });
    return sum % 10 === 0;
  };

  const isIsin = (plain) => /^[A-Z]{2}[A-Z0-9]{9}[0-9]$/.test(plain) && !plain.startsWith("BBG");

  // The numbers in a cell, as the program reads them: by their shape, a bare digit string by its heading.
  const numbersIn = (cell, column) => {
    const plain = squeezed(cell).replace(/-/g, "");
    if (!plain) return [];
    if (isIsin(plain)) return [{ by: "isin", value: plain, wrong: !luhn(plain) }];
    if (/^[A-Z0-9]{18}[0-9]{2}$/.test(plain) && /[A-Z]/.test(plain)) return [{ by: "number", value: plain }];
    if (column === "dart")
      return /^[0-9]{5,8}(\.0+)?$/.test(plain)
        ? [{ by: "number", value: plain.replace(/\.0+$/, "").padStart(8, "0") }]
        : [];
    if (["brn", "crn", "lei", "cusip"].includes(column)) return [{ by: "number", value: plain }];
    const inName =
      column === "name" &&
      (/[([]\s*(A?\d{5}[0-9KLM])(?:\.K[SQ])?\s*[)\]]/i.exec(cell) ||
        /^(A?\d{5}[0-9KLM])(?:\.K[SQ])?[\s:_-]+\S/i.exec(cell) ||
        /\S\s+(A?\d{5}[0-9KLM])(?:\.K[SQ]| K[SQ](?: EQUITY)?)?$/i.exec(cell));
    if (inName) return [{ by: "code", value: stockCode(inName[1], false), written: inName[0] }];
    if (["isin", "stock_code", "name"].includes(column)) {
      const code = stockCode(cell, column !== "name" || /^[0-9]{4,6}$/.test(plain));
      if (code) return [{ by: "code", value: code }];
      if (column !== "name" && /^[0-9]{8}$|^[0-9]{13}$|^[0-9A-Z]{9}$/.test(plain))
        return [{ by: "number", value: plain }];
    }
    return [];
  };

  const CURRENCY = /krw|usd|eur|jpy|cny|hkd|gbp|us\$|hk\$|[₩￦$€£¥원]/gi;
  const UNITS = { 조: 1e12, 억: 1e8, 만: 1e4, k: 1e3, m: 1e6, mn: 1e6, bn: 1e9 };
  // 1조 2,000억 and 3,500만: each unit multiplies what stands before it; 5m and 1.2bn likewise.
  const counted = (body) => {
    const parts = [...body.matchAll(/([\d.,]+)(천|백|십)?(조|억|만|mn|bn|k|m)?/gi)];
    if (!parts.length || parts.map((part) => part[0]).join("") !== body || !parts.some((part) => part[2] || part[3]))
      return null;
    return parts.reduce(
      (total, [, digits, small, unit]) =>
        total +
        Number(digits.replace(/,/g, "")) *
          ({ 천: 1000, 백: 100, 십: 10 }[small] || 1) *
          (unit ? UNITS[unit.toLowerCase()] : 1),
      0,
    );
  };
  const number = (cell, decimalComma) => {
    let body = cell
      .normalize("NFKC")
      .trim()
      .replace(CURRENCY, "")
      .replace(/\s*(?:%|pct|percent)\s*$/i, "")
      .replace(/[\s'’]/g, "");
    let sign = 1;
    const minus = /^\((.+)\)$/.exec(body) || /^[-−–△▲](.+)$/.exec(body);
    if (minus) [sign, body] = [-1, minus[1].replace(/%$/, "")];
    body = body.replace(/^\+/, "");
    if (/^[1-9]\d{0,2}(\.\d{3})+,\d+$|^[1-9]\d{0,2}(\.\d{3}){2,}$/.test(body))
      body = body.replace(/\./g, "").replace(",", ".");
    else if (/^[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(body) && !(decimalComma && /^\d+,\d{3}$/.test(body)))
      body = body.replace(/,/g, "");
    else if (/^\d*,\d+$/.test(body)) body = body.replace(",", ".");
    const units = counted(body);
    if (units !== null && Number.isFinite(units)) return sign * units;
    if (!/^(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i.test(body)) return null;
    const value = Number(body);
    return Number.isFinite(value) ? sign * value : null;
  };
  const isNumber = (cell) => Boolean(cell) && number(cell, false) !== null;
  const hasDecimalCommas = (cells) => {
    const written = cells.filter(Boolean).map((cell) => cell.replace(/[\s%₩￦$€원]/g, ""));
    return written.some((cell) => /^\d*,(\d{1,2}|\d{4,})$/.test(cell)) && !written.some((cell) => /\d\.\d/.test(cell));
  };

  // Headings in two rows: the lower one says more of what the upper one groups.
  const joined = (upper, under) => {
    const says = (cell, place) =>
      !isNumber(cell) && !numbersIn(cell, "").length && !(recognised(cell) && recognised(upper[place]));
    if (!under || !under.some(recognised) || !under.every(says)) return null;
    return Array.from(
      { length: Math.max(upper.length, under.length) },
      (_, place) => under[place] || upper[place] || "",
    );
  };
  const known = (cells) =>
    new Set(
      cells
        .map(recognised)
        .filter(Boolean)
        .map((found) => found.column),
    ).size;

  // The header of a sheet, of one row or two: the first with the most headings that we know.
  const headerOf = (rows) => {
    let best = { cells: [], after: 0, count: 0 };
    rows.slice(0, HEADER_SEARCH).forEach((row, place) => {
      for (const [cells, after] of [
        [row, place + 1],
        [joined(row, rows[place + 1]), place + 2],
      ]) {
        const count = cells ? known(cells) : 0;
        if (count > best.count) best = { cells, after, count };
      }
    });
    return best;
  };

  // The columns of a header: of several headings that mean the same the surest, which stands first among the words.
  const columnsOf = (header) => {
    const columns = new Map();
    header.forEach((cell, place) => {
      const found = recognised(cell);
      const known = found && columns.get(found.column);
      if (found && (!known || found.rank < known.rank)) columns.set(found.column, { place, rank: found.rank });
    });
    return new Map([...columns].map(([column, { place }]) => [column, place]));
  };

  // What was bought and sold, and when: such a table lists trades.
  const TRADED = /^(?:(?:you )?(?:buy|sell|bought|sold|purchased?|sale|b|s)(?: \W?.*)?|[가-힣]{0,4}(?:매수|매도))$/i;
  const MOVED =
    /^(?:(?:dividend|reinvest|deposit|withdraw|interest|fee).*|(?:배당|입금|입고|출금|출고|이체|환전|이자).*)$/i;
  const TRADING =
    /trad(?:e|ing) (?:date|day|time|type)|transaction|settle|execut|run date|^date$|거래(?:일|시간|구분|유형|종류)|체결|매매일|결제일|주문|^일자$|^날짜$/i;
  const areTrades = (header, columns, rows) => {
    const held = columns.has("weight") || /market|mkt|mv|평가/i.test(header[columns.get("value")] || "");
    if (held && !header.some((cell) => TRADING.test(cell))) return false;
    return header.some((_, place) => {
      const cells = rows.map((row) => row[place]).filter(Boolean);
      return cells.every((cell) => TRADED.test(cell) || MOVED.test(cell)) && cells.some((cell) => TRADED.test(cell));
    });
  };

  // How many of the units that a heading of weights names make a percent; 0 if it names none.
  const partsOfPercent = (text) =>
    /\bbps?\b|basis points/i.test(text) ? 100 : /‰|per mille/i.test(text) ? 10 : /%|pct|percent|퍼센트|％/i.test(text) ? 1 : 0;

  const linesOfTable = (sheet, { cells: header, after }, notes) => {
    const columns = columnsOf(header);
    if (areTrades(header, columns, sheet.rows.slice(after, after + 200))) throw new Unreadable("trades");
    const named = (wanted) => header.filter((cell, place) => cell && [...columns.values()].includes(place) === wanted);
    notes.push(fill(texts.columns_read, { columns: named(true).join(", ") }));
    if (named(false).length) notes.push(fill(texts.columns_unused, { columns: named(false).slice(0, 12).join(", ") }));
    const cellOf = (row, column) => (columns.has(column) ? row[columns.get(column)] || "" : "");
    const korean = /[가-힣]/.test(header[columns.get("name")] || "");
    const parts = partsOfPercent(header[columns.get("weight")] || "");
    const lines = sheet.rows.slice(after).map((row, offset) => {
      const cells = Object.fromEntries([...columns.keys()].map((column) => [column, cellOf(row, column)]));
      return { row: after + 1 + offset, sheet: sheet.name, cells, korean, empty: !row.some(Boolean) };
    });
    return {
      lines: lines.filter((line) => !line.empty),
      percentHeading: Boolean(parts),
      points: parts || 1,
    };
  };

  // Lines without a header: numbers, names and weights by their shape.
  const linesByShape = (sheet, notes) => {
    notes.push(texts.no_heading);
    const lines = [];
    sheet.rows.forEach((row, place) => {
      const parts = [];
      for (const cell of row.filter(Boolean)) {
        if (parts.length && /^(?:co\.?,?\s*)?(?:ltd|inc|llc|limited|corp)\.?$/i.test(cell))
          parts[parts.length - 1] += `, ${cell}`;
        else parts.push(cell);
      }
      if (parts.length === 1) {
        const both = /^(.*?\S)[\s:]+([-−]?[\d.,]+\s*%?)$/.exec(parts[0]);
        if (both && (both[2].includes("%") || /[.,]/.test(both[2]))) parts.splice(0, 1, both[1], both[2]);
        const coded = /^([A-Z]{2}[A-Z0-9]{9}[0-9]|A?[0-9]{5}[0-9KLM](?:\.K[SQ])?)\s+(\S.*)$/.exec(parts[0]);
        if (coded) parts.splice(0, 1, coded[1], coded[2]);
      }
      const cells = {};
      for (const cell of parts) {
        const plain = squeezed(cell);
        if (isIsin(plain.replace(/-/g, "")) && !cells.isin) cells.isin = cell;
        else if (/^[A-Z0-9]{18}[0-9]{2}$/.test(plain) && !cells.lei) cells.lei = cell;
        else if (!/[%,]/.test(cell) && stockCode(cell, false) && !cells.stock_code) cells.stock_code = cell;
        else if (/^[0-9]{8}$/.test(plain) && !cells.dart && companiesOf.has(plain)) cells.dart = cell;
        else if (isNumber(cell)) cells.weight = cells.weight && !cell.includes("%") ? cells.weight : cell;
        else if (!cells.name) cells.name = cell;
      }
      if (parts.length) lines.push({ row: place + 1, sheet: sheet.name, cells });
    });
    return { lines, percentHeading: false, points: 1 };
  };

  const shortWords = Object.entries(index.short).map(([column, words]) => [column, new Set(words.map(heading))]);
  const isShort = (cells) =>
    shortWords.some(([column, words]) => words.has(heading(cells[column] || ""))) ||
    number(cells.quantity || "", false) < 0;

  const dayOf = (cell, dayFirst) => {
    const iso = /^(20\d\d)\D{0,2}(\d\d?)(?:\D{0,2}(\d\d?))?\D*(?: .*)?$/.exec(cell);
    if (iso) return [iso[1], iso[2].padStart(2, "0"), (iso[3] || "").padStart(2, "0")].join("-");
    const other = /^(\d\d?)\D(\d\d?)\D(20\d\d)$/.exec(cell);
    if (!other) return null;
    const [day, month] = dayFirst ? [other[1], other[2]] : [other[2], other[1]];
    return [other[3], month.padStart(2, "0"), day.padStart(2, "0")].join("-");
  };
  // If the same portfolio stands there on several days, the newest counts. Lots bought on different days are all held.
  const ofNewestDay = (lines, notes) => {
    const written = lines.map((line) => line.cells.day || line.sheet || "");
    const dayFirst = written.some((cell) => Number((/^(\d\d?)\D\d\d?\D20\d\d$/.exec(cell) || [])[1]) > 12);
    const days = written.map((cell) => dayOf(cell, dayFirst));
    const newest = days.reduce((latest, day) => (day > latest ? day : latest), "");
    const held = (wanted) => {
      const some = lines.filter((_, place) => days[place] && (days[place] === newest) === wanted);
      return new Set(some.map(({ cells }) => IDENTIFYING.map((column) => cells[column]).find(Boolean)));
    };
    const [last, earlier] = [held(true), held(false)];
    const again = [...last].filter((one) => earlier.has(one)).length;
    const dated = days.filter(Boolean);
    if (!earlier.size || 2 * again < last.size || 2 * dated.length < 3 * new Set(dated).size) return lines;
    const counted = lines.filter((_, place) => !days[place] || days[place] === newest);
    notes.push(fill(texts.newest_day, { day: newest, count: lines.length - counted.length }));
    return counted;
  };

  const linesOf = (sheets, notes) => {
    const filled = sheets.filter((sheet) => sheet.rows.some((row) => row.some(Boolean)));
    const tables = filled
      .map((sheet) => ({ sheet, header: headerOf(sheet.rows) }))
      .filter(({ header }) => IDENTIFYING.some((column) => columnsOf(header.cells).has(column)));
    const read = tables.length
      ? tables.map(({ sheet, header }) => linesOfTable(sheet, header, notes))
      : filled.slice(0, 1).map((sheet) => linesByShape(sheet, notes));
    const lines = read.flatMap((part) => part.lines.map((line) => ({ ...line, points: part.points })));
    for (const line of lines) line.isShort = isShort(line.cells);
    // Where lines in won say that currencies are local, a share in another, but for receipts in US dollars, is not Korean.
    const isHeldIn = (line, wanted) => wanted.test(line.cells.currency || "") && !kindOf(line.cells.name || "", line.cells.asset_class || "");
    if (lines.some((line) => isHeldIn(line, /^KRW$/)))
      for (const line of lines) line.isAbroad = isHeldIn(line, /^(?!KRW|USD)[A-Z]{3}$/);
    const short = lines.filter((line) => line.isShort).length;
    if (short) notes.push(fill(texts.shorts, { count: short }));
    return { lines: ofNewestDay(lines, notes), percentHeading: read.some((part) => part.percentHeading) };
  };

  // --- lines to companies -------------------------------------------------------------------------

  const companiesOf = new Map();
  const add = (map, at, place) => {
    if (!at) return;
    const places = map.get(at);
    if (!places) map.set(at, [place]);
    else if (!places.includes(place)) places.push(place);
  };
  index.companies.forEach((company, place) => company[NAME.numbers].forEach((value) => add(companiesOf, value, place)));
  const namesOf = new Map();
  const spelledOf = new Map();
  index.companies.forEach((company, place) => {
    for (const name of [company[NAME.en], company[NAME.ko], ...company[NAME.aliases]]) {
      const made = key(name);
      add(namesOf, made, place);
      // Two letters spelled by their names may be another word.
      if (made.length > 2) add(spelledOf, spelled(made), place);
    }
  });

  const now = (place) => {
    let here = place;
    for (let step = 0; step < 8 && index.companies[here][NAME.into] >= 0; step += 1)
      here = index.companies[here][NAME.into];
    return here;
  };
  const current = (places) => [...new Set(places.map(now))];

  const byNumber = ({ by, value }) => {
    const direct = companiesOf.get(value);
    if (direct) return direct;
    // The number of a share or a bond holds the code of its issuer.
    if (by === "isin" && /^KR[367]/.test(value)) return companiesOf.get(`${value.slice(3, 8)}0`) || [];
    if (by === "code" && /[579KLM]$/.test(value)) return companiesOf.get(`${value.slice(0, 5)}0`) || [];
    return [];
  };

  // The companies that bear or bore a name, as written or with its letters spelled out.
  const byName = (name) => {
    const keys = [key(name), issuerKey(name)];
    return current([namesOf, spelledOf].flatMap((names) => keys.map((one) => names.get(one))).find(Boolean) || []);
  };
  const isListed = (place) => index.companies[place][NAME.state] === LISTED;

  let pairs = null;
  const bigrams = (text) =>
    new Set(Array.from({ length: Math.max(text.length - 1, 1) }, (_, place) => text.slice(place, place + 2)));
  const near = (name) => {
    const asked = bigrams(issuerKey(name));
    if (!pairs) {
      pairs = new Map();
      for (const one of namesOf.keys()) for (const pair of bigrams(one)) add(pairs, pair, one);
    }
    const shared = new Map();
    for (const pair of asked) for (const one of pairs.get(pair) || []) shared.set(one, (shared.get(one) || 0) + 1);
    const likeness = new Map();
    for (const [one, count] of shared) {
      const like = (2 * count) / (asked.size + bigrams(one).size);
      if (like < 0.6) continue;
      for (const place of current(namesOf.get(one))) likeness.set(place, Math.max(like, likeness.get(place) || 0));
    }
    return [...likeness]
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .slice(0, 3)
      .map(([place]) => place);
  };

  const TOTAL = new RegExp(
    "^(?:(?:총|누|중|대)?(?:합계|계|소계|총계|누계|합산)(?:금액|액)?|(?:총|순|운용)(?:평가금액|평가액|자산(?:총액|가치)?|금액|액|보유금액)|[가-힣]{1,12}(?:합계|소계|총계|총액)|" +
      "(?:grand|sub|over)?totals?|(?:sub)?sum|(?:gesamt|zwischen)?summe|gesamt|insgesamt|totale?|soustotal|sommes?|suma|totaal|итого|всего|合[計计]|[總总][計计]|小[計计]|" +
      "(?:grand|sub)?total(?:of)?(?:all|net|the|long|short|domestic|foreign|korean?|common|listed)*(?:equit(?:y|ies)|stocks?|shares|assets?|portfolio|funds?|holdings?|bonds?|securities|investments?|cash|marketvalue|value|krw|usd|kospi|kosdaq)+|" +
      "total[\\d.,%]+|net(?:assets?|assetvalue)|nav)$",
  );
  const isTotal = (name) =>
    [name, name.replace(/\([^)]*\)|\[[^\]]*\]/g, "")].some((form) =>
      TOTAL.test(fold(form).replace(/[^\p{L}\p{N}.,%]/gu, "")),
    );
  const CASH =
    /^\W*(?:.*\bcash\b.*|.*deposits?|money market.*|current account.*|.*margin|krw|usd|eur|jpy)\W*$|현금|예수금|예금|증거금|예치금|미수금|미지급금|환매조건부|\bMM[FTW]\b|\bRP\b|\bCMA\b|발행어음|유동성자산/i;
  const BOND =
    /국고|국채|통안|통화안정|재정증권|외평채|국민주택|지방채|물가연동|\bKTB\b|treasury (?:bond|bill|note)|government bond|monetary stabili[sz]ation/i;
  const DERIVATIVE =
    /\b(?:futures|options?|swaps?|forwards?|warrants?)\b|선물(?!산)|옵션|스왑|선도(?:거래|계약|환)|신주인수권(?!부)|\bELW\b/i;
  const FUND =
    /\b(?:ETF|ETN|UCITS|SICAV)s?\b|\bfund\b(?!ing|amental)|투자신탁(?!운용)|수익증권|상장지수|펀드|^(?:KODEX|TIGER|KBSTAR|ARIRANG|HANARO|KOSEF|KINDEX|iShares|SPDR|Vanguard)\b|레버리지|인버스/i;
  const KOREA = /^(?:kr|kor|korea.*|.*south korea|republic of korea|한국|대한민국|국내)$/i;

  const kindOf = (name, asset) => {
    if (CASH.test(name) || CASH.test(asset)) return "cash";
    if (BOND.test(name)) return "bond";
    if (DERIVATIVE.test(asset) || (DERIVATIVE.test(name) && !/\b(?:co|ltd|inc|corp)\b/i.test(name)))
      return "derivative";
    return FUND.test(name) || FUND.test(asset) ? "fund" : null;
  };

  const exchanges = new Map(
    Object.entries(index.exchanges).flatMap(([country, words]) => words.map((word) => [heading(word), country])),
  );
  // An exchange is known by its name or by a word of it: Nasdaq Helsinki.
  const placeOf = (exchange) => {
    const words = exchange.split(/[^\p{L}\p{N}_]+/u).filter((word) => word.length > 3 || /[^\x00-\x7f]/.test(word));
    const places = [exchange, ...words].map((word) => exchanges.get(heading(word))).filter(Boolean);
    return places.includes("KR") ? "KR" : places[0];
  };
  // Whether the country or the exchange beside a line is another than Korea.
  const isAbroad = (cells) => {
    const exchange = placeOf(cells.exchange || "");
    const country = (cells.country || "").trim();
    return (exchange !== "KR" && Boolean(exchange)) || (exchange !== "KR" && Boolean(country) && !KOREA.test(country));
  };
  // Whether a name is none of a company's, by the pairs of letters that it shares with each of them.
  const isUnlike = (name, company) => {
    const asked = bigrams(issuerKey(name));
    const alike = (other) => {
      const pairs = bigrams(issuerKey(other));
      return 2 * [...asked].filter((pair) => pairs.has(pair)).length >= Math.min(asked.size, pairs.size);
    };
    return ![company[NAME.en], company[NAME.ko], ...company[NAME.aliases]].filter(Boolean).some(alike);
  };

  const matched = (line) => {
    const { cells } = line;
    const written = cells.name || "";
    const asset = cells.asset_class || "";
    const numbers = ["isin", "stock_code", "dart", "lei", "brn", "crn", "cusip", "name"].flatMap((column) =>
      numbersIn(cells[column] || "", column),
    );
    const name = numbers.reduce((text, one) => (one.written ? text.replace(one.written, " ").trim() : text), written);
    if (!numbers.length && isTotal(name || cells.stock_code || cells.isin || "")) return { total: true };
    // Six digits are a number in Shenzhen and Shanghai, too: there the country or the exchange beside them decides.
    const abroad = isAbroad(cells) && /^\d{6}$/.test(squeezed(cells.stock_code || ""));
    const hits = numbers
      .filter((one) => !one.wrong && !(abroad && one.by === "code"))
      .map((one) => ({ ...one, places: byNumber(one) }))
      .filter((one) => one.places.length);
    const companies = current(hits.flatMap((one) => one.places));
    const isNumberAlone = numbers.some((one) => squeezed(name).includes(one.value));
    const named = name && !isNumberAlone ? byName(name) : [];
    if (companies.length > 1) return { reason: "several", candidates: companies };
    if (companies.length === 1) {
      if (numbers.some((one) => one.wrong)) return { reason: "check", candidates: companies };
      if (named.length === 1 && named[0] !== companies[0])
        return { reason: "clash", candidates: [companies[0], named[0]] };
      const byCode = hits.every((one) => one.by === "code") && !isNumberAlone && !named.length;
      if (byCode && key(name).length > 1 && isUnlike(name, index.companies[companies[0]]))
        return { reason: "unlike", candidates: companies };
      const was = hits[0].places[0];
      return { company: companies[0], by: hits[0].by, was: was === companies[0] ? null : was };
    }
    const kind = kindOf(name || cells.stock_code || "", asset);
    if (kind) return { reason: kind };
    if (numbers.some((one) => one.wrong)) return { reason: "check", candidates: named.slice(0, 3) };
    const elsewhere =
      numbers.some((one) => one.by === "isin" && !one.value.startsWith("KR")) ||
      isAbroad(cells) || (line.isAbroad && !numbers.length);
    if (elsewhere)
      return named.length ? { reason: "foreign_near", candidates: named.slice(0, 3) } : { reason: "foreign" };
    if (!name || isNumberAlone)
      return { reason: numbers.length || cells.stock_code || cells.isin ? "unknown" : "text" };
    // In a Korean file a short name, or one of several, is the exchange's own for the company that is listed.
    const traded =
      line.korean ||
      cells.currency === "KRW" ||
      (cells.country && KOREA.test(cells.country.trim())) ||
      /[가-힣]/.test(name)
        ? named.filter(isListed)
        : [];
    if (traded.length === 1) return { company: traded[0], by: "name", was: null };
    if (named.length === 1) {
      const short = key(name).length <= 2 && /^[\x20-\x7e]*$/.test(name);
      return short ? { reason: "short", candidates: named } : { company: named[0], by: "name", was: null };
    }
    if (named.length) return { reason: "several", candidates: named.slice(0, 3) };
    const candidates = near(name);
    return candidates.length ? { reason: "near", candidates } : { reason: "unknown" };
  };

  // --- weights ------------------------------------------------------------------------------------

  const weigh = (lines, percentHeading, notes) => {
    const sum = (numbers) => numbers.reduce((total, one) => total + (one > 0 ? one : 0), 0);
    const all = (cells, commas) => cells.map((cell) => (cell ? number(cell, commas) : null));
    const read = (column) => {
      const cells = lines.map((line) => line.cells[column] || "");
      if (hasDecimalCommas(cells)) return all(cells, true);
      // 12,345 may be either: of weights the reading counts whose sum is nearer to 1 or 100.
      const off = (commas) => Math.min(...[1, 100].map((whole) => Math.abs(Math.log(sum(all(cells, commas)) / whole))));
      return all(cells, column === "weight" && off(true) < off(false));
    };
    // What is called short counts negative.
    const signed = (numbers, points) =>
      numbers.map((one, place) => {
        const value = one === null ? null : one / points(lines[place]);
        return value !== null && lines[place].isShort ? -Math.abs(value) : value;
      });
    const weights = signed(read("weight"), (line) => line.points);
    if (weights.some((one) => one !== null)) {
      const total = sum(weights);
      const marked = lines.some((line) => /[%％]/.test(line.cells.weight || ""));
      const filled = weights.filter((one) => one !== null);
      const stored =
        !marked && filled.length > 1 && total >= 0.95 && total <= 1.05 && Math.max(...filled.slice(0, 50000)) <= 1;
      const percent = marked || total > 1.5 || (percentHeading && !stored);
      notes.push(percent ? texts.percent_read : texts.fraction_read);
      lines.forEach((line, place) => {
        line.short = weights[place] !== null && weights[place] < 0;
        line.weight = weights[place] === null || line.short ? null : weights[place] / (percent ? 100 : 1);
      });
    } else {
      const values = signed(read("value"), () => 1);
      const currencies = new Set(lines.map((line) => (line.cells.currency || "").toUpperCase()).filter(Boolean));
      const total = sum(values);
      if (total > 0 && currencies.size > 1) notes.push(texts.several_currencies);
      const derived = total > 0 && currencies.size <= 1;
      if (derived) notes.push(texts.from_values);
      lines.forEach((line, place) => {
        line.short = derived && values[place] < 0;
        line.weight = derived && values[place] !== null && !line.short ? values[place] / total : null;
      });
    }
    return lines.some((line) => line.weight !== null);
  };

  const screened = (sheets) => {
    const notes = [];
    const { lines: every, percentHeading } = linesOf(sheets, notes);
    for (const line of every) line.match = matched(line);
    const totals = every.filter((line) => line.match.total);
    const lines = every.filter((line) => !line.match.total);
    const weighted = weigh(lines, percentHeading, notes);
    const held = lines.filter((line) => "company" in line.match);
    for (const line of held) line.company = index.companies[line.match.company];
    const part = (line) => line.weight || 0;
    const whole = lines.reduce((total, line) => total + part(line), 0);
    const taken = held.reduce((total, line) => total + part(line), 0);
    const scale = whole > 1.005 ? whole : 1;
    if (scale > 1) notes.push(texts.scaled);
    const raw = held.reduce((total, line) => total + part(line) * line.company[NAME.score], 0) / scale;
    const score = Math.min(raw, Math.max(0, ...held.map((line) => line.company[NAME.score]).slice(0, 50000)));
    const topics = new Map();
    for (const line of held) {
      for (const [topic, , band, live] of line.company[NAME.topics]) {
        if (!band || !live) continue;
        const sums = topics.get(topic) || { topic, weight: 0, holdings: 0 };
        sums.weight += part(line);
        sums.holdings += 1;
        topics.set(topic, sums);
      }
    }
    const exposure = [...topics.values()].sort(
      (a, b) => b.weight - a.weight || b.holdings - a.holdings || a.topic - b.topic,
    );
    return { lines, totals, held, weighted, taken, whole, score, exposure, notes };
  };

  // --- result -------------------------------------------------------------------------------------

  const plain = (text) =>
    (text || "")
      .replace(/\s+/g, " ")
      .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, "\ufffd")
      .slice(0, 300);
  const percent = (fraction) => {
    // What is not 0 does not read as 0.
    const tiny = fraction > 0 && fraction <= 0.00005;
    const rounded = tiny ? 0.01 : Math.round(fraction * 10000) / 100;
    return (tiny ? "<" : "") + rounded.toLocaleString(texts.language, { maximumFractionDigits: 2 }) + texts.percent;
  };
  const written = (line) =>
    plain(
      ["stock_code", "isin", "dart", "lei", "brn", "crn", "cusip", "name"]
        .map((column) => line.cells[column])
        .filter(Boolean)
        .join(" "),
    );
  const companyName = (company) => shownName(company, texts.language);
  const linked = (company) =>
    company[NAME.page] ? element("a", { href: company[NAME.page] }, companyName(company)) : companyName(company);
  const rowName = (line) => (line.sheet ? `${plain(line.sheet)} ${line.row}` : String(line.row));

  const reasonOf = (line) => {
    const { reason, candidates = [] } = line.match;
    const parts = [texts[`reason_${reason}`]];
    candidates.forEach((place, order) => parts.push(order ? ", " : ": ", linked(index.companies[place])));
    return parts;
  };

  const table = (caption, columns, rows) =>
    element(
      "table",
      { class: "stack" },
      caption ? element("caption", {}, caption) : null,
      element(
        "thead",
        {},
        element("tr", {}, ...columns.map(([name, css]) => element("th", { scope: "col", class: css }, name))),
      ),
      element("tbody", {}, ...rows),
    );
  const cell = (head, css, ...children) => element("td", { class: css, "data-head": head }, ...children);
  const weightText = (line) =>
    line.weight === null ? (line.short ? texts.reason_short_position : texts.no_weight) : percent(line.weight);

  const matchedRow = (line) => {
    const { company } = line;
    const by = texts[`by_${line.match.by}`];
    const notes = [];
    if (line.match.was !== null)
      notes.push(fill(texts.merged, { old: companyName(index.companies[line.match.was]), new: companyName(company) }));
    if (company[NAME.state] === GONE) notes.push(texts.gone);
    const topics = company[NAME.topics].map(([topic]) => texts[`topic_${index.topics[topic]}`]).join(", ");
    const band = index.bands[company[NAME.band]];
    return element(
      "tr",
      {
        "data-row": line.row,
        "data-company": company[NAME.id],
        "data-by": line.match.by,
        "data-score": company[NAME.score],
        "data-band": band,
        "data-weight": line.weight,
      },
      element("td", { class: "n" }, rowName(line)),
      element(
        "th",
        { scope: "row" },
        linked(company),
        " ",
        element("span", { class: "soft" }, [written(line), ...notes].join("; ")),
      ),
      cell(texts.by, null, by),
      cell(texts.column_weight, "n", weightText(line)),
      cell(texts.column_score, "n", company[NAME.score].toFixed(1)),
      element("td", {}, element("span", { class: `band ${band}` }, texts[`band_${band}`])),
      cell(texts.column_topics, null, topics || texts.none_held),
    );
  };

  const csv = (result) => {
    const quote = (value) =>
      `"${String(value ?? "")
        .replace(/^([=+\-@\t\r])/, "'$1")
        .replace(/"/g, '""')}"`;
    const rows = [
      ["sheet", "row", "written", "weight", "company_id", "company", "matched_by", "score", "band", "topics", "reason"],
    ];
    for (const line of [...result.lines, ...result.totals]) {
      const { company } = line;
      const reason = company
        ? ""
        : reasonOf({ match: line.match.total ? { reason: "total" } : line.match })
            .map((one) => one.textContent ?? one)
            .join("");
      const found = company
        ? [
            company[NAME.id],
            companyName(company),
            line.match.by,
            company[NAME.score].toFixed(1),
            index.bands[company[NAME.band]],
            company[NAME.topics].map(([t]) => index.topics[t]).join(" "),
          ]
        : ["", "", "", "", "", ""];
      rows.push([plain(line.sheet), line.row, written(line), line.weight ?? "", ...found, reason]);
    }
    return `\ufeff${rows.map((row) => row.map(quote).join(",")).join("\r\n")}\r\n`;
  };

  let saved = null;
  const show = (result) => {
    const section = document.getElementById("result");
    const shown = document.getElementById("shown");
    const found = result.held.filter((line) => line.company[NAME.topics].length);
    const summary = fill(texts.summary, {
      lines: result.lines.length,
      matched: result.held.length,
      findings: found.length,
    });
    const parts = [
      element(
        "p",
        {},
        summary,
        " ",
        fill(texts.as_of, { companies: index.companies.length.toLocaleString(texts.language), day: texts.day }),
      ),
    ];
    if (result.weighted) {
      parts.push(
        element(
          "p",
          { class: "lead" },
          // Where no weight was screened, a score of 0 would read as clean.
          result.taken ? `${fill(texts.score, { score: result.score.toFixed(2) })}. ` : `${texts.no_score} `,
          fill(texts.summed, { sum: percent(result.whole) }),
        ),
      );
    } else parts.push(element("p", {}, texts.unweighted));
    parts.push(element("ul", { class: "soft" }, ...result.notes.map((note) => element("li", {}, plain(note)))));
    if (result.exposure.length) {
      const rows = result.exposure.map((one) =>
        element(
          "tr",
          { "data-topic": index.topics[one.topic], "data-weight": one.weight },
          element(
            "th",
            { scope: "row" },
            element("a", { href: `topic/${index.topics[one.topic]}.html` }, texts[`topic_${index.topics[one.topic]}`]),
          ),
          cell(texts.column_weight, "n", result.weighted ? percent(one.weight) : texts.no_weight),
          cell(texts.column_holdings, "n", String(one.holdings)),
        ),
      );
      parts.push(
        element("h3", {}, texts.exposure),
        table(
          texts.exposure_note,
          [[texts.column_topic], [texts.column_weight, "n"], [texts.column_holdings, "n"]],
          rows,
        ),
      );
    }
    const order = [...result.held].sort(
      (a, b) => b.company[NAME.score] - a.company[NAME.score] || result.lines.indexOf(a) - result.lines.indexOf(b),
    );
    const columns = [
      [texts.line, "n"],
      [texts.column_company],
      [texts.by],
      [texts.column_weight, "n"],
      [texts.column_score, "n"],
      [texts.column_band],
      [texts.column_topics],
    ];
    if (order.length)
      parts.push(element("h3", {}, texts.matched), table("", columns, order.slice(0, SHOWN).map(matchedRow)));
    const missed = [
      ...result.lines.filter((line) => !line.company),
      ...result.totals.map((line) => ({ ...line, match: { reason: "total" }, weight: null })),
    ];
    if (missed.length) {
      const rows = missed
        .slice(0, SHOWN)
        .map((line) =>
          element(
            "tr",
            { "data-row": line.row, "data-reason": line.match.reason },
            element("td", { class: "n" }, rowName(line)),
            element("td", {}, written(line)),
            cell(texts.column_weight, "n", line.match.reason === "total" ? "" : weightText(line)),
            cell(texts.column_why, null, ...reasonOf(line)),
          ),
        );
      parts.push(
        element("h3", {}, texts.unmatched),
        table(
          texts.unmatched_note,
          [[texts.line, "n"], [texts.column_written], [texts.column_weight, "n"], [texts.column_why]],
          rows,
        ),
      );
    }
    const left = Math.max(0, order.length - SHOWN) + Math.max(0, missed.length - SHOWN);
    if (left) parts.push(element("p", {}, fill(texts.more, { count: left })));
    if (saved) URL.revokeObjectURL(saved);
    saved = URL.createObjectURL(new Blob([csv(result)], { type: "text/csv" }));
    parts.push(element("p", {}, element("a", { href: saved, download: "screening.csv", id: "save" }, texts.save)));
    shown.replaceChildren(...parts);
    section.dataset.score = String(result.score);
    section.hidden = false;
    section.focus();
  };

  const status = (text) => {
    document.getElementById("status").textContent = text;
  };

  const run = async (file, pasted) => {
    document.getElementById("result").hidden = true;
    status(texts.reading);
    try {
      const sheets = file ? await sheetsOfFile(file) : sheetsOfText(pasted);
      const result = screened(sheets);
      if (!result.lines.length) throw new Unreadable("empty");
      show(result);
      status("");
    } catch (error) {
      status(texts[error instanceof Unreadable ? error.message : "not_xlsx"]);
    }
  };

  const lines = document.getElementById("lines");
  const chosen = document.getElementById("file");
  const drop = document.getElementById("drop");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(lines.value.trim() ? null : chosen.files[0], lines.value);
  });
  form.addEventListener("reset", () => {
    document.getElementById("result").hidden = true;
    status("");
  });
  chosen.addEventListener("change", () => {
    if (!chosen.files.length) return;
    lines.value = "";
    run(chosen.files[0], "");
  });
  // A file that misses the place must not replace the page.
  for (const kind of ["dragover", "drop"]) {
    window.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) {
        lines.value = "";
        run(event.dataTransfer.files[0], "");
      }
    });
  }
  window.addEventListener("dragleave", () => drop.classList.remove("over"));
})();
