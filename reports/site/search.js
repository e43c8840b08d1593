// The search of the first page. Every word must stand in a name; whole names go first, then beginnings, then the rest.
"use strict";
(() => {
  const { fold, element, fill, shownName, NAME } = window.screener;
  const section = document.getElementById("results");
  const field = document.getElementById("find");
  const texts = JSON.parse(section.dataset.texts);
  const language = texts.language;
  const MOST = 60;
  let entries = null;

  const prepared = () => {
    const companies = window.screenerIndex.companies.map((company) => ({
      kind: "company",
      href: company[NAME.page],
      name: shownName(company, language),
      details: [
        language === "ko" ? company[NAME.en] : company[NAME.ko],
        company[NAME.numbers].find((n) => /^[0-9A-Z]{6}$/.test(n)),
      ],
      score: company[NAME.score],
      names: [
        company[NAME.en],
        company[NAME.ko],
        company[NAME.id],
        ...company[NAME.aliases],
        ...company[NAME.numbers],
      ].map(fold),
    }));
    const others = window.screenerPages.map(([kind, href, en, ko, names]) => ({
      kind,
      href,
      name: language === "ko" ? ko : en,
      details: kind === "source" ? names : [],
      score: 0,
      names: [en, ko, ...names].map(fold),
    }));
    return [...companies, ...others];
  };

  const grade = (entry, words, whole) => {
    let best = 0;
    for (const name of entry.names) {
      if (name === whole) return 4;
      if (name.startsWith(whole)) best = Math.max(best, 3);
      else if (name.includes(whole)) best = Math.max(best, 2);
    }
    if (best) return best;
    return words.every((word) => entry.names.some((name) => name.includes(word))) ? 1 : 0;
  };

  const show = (typed) => {
    const whole = fold(typed.slice(0, 200));
    const list = section.querySelector("ol");
    list.replaceChildren();
    section.hidden = !whole;
    if (!whole) return;
    entries = entries || prepared();
    const words = whole.split(" ");
    const found = entries
      .map((entry, place) => ({ entry, place, rank: grade(entry, words, whole) }))
      .filter((one) => one.rank)
      .sort(
        (a, b) =>
          b.rank - a.rank ||
          b.entry.score - a.entry.score ||
          Boolean(b.entry.href) - Boolean(a.entry.href) ||
          a.place - b.place,
      );
    for (const { entry } of found.slice(0, MOST)) {
      const name = entry.href ? element("a", { href: entry.href }, entry.name) : entry.name;
      const notes = [texts[`kind_${entry.kind}`], ...entry.details.filter((one) => one && one !== entry.name)];
      if (entry.kind === "company" && !entry.href) notes.push(texts.no_page);
      list.append(element("li", {}, name, " ", element("span", { class: "soft" }, notes.join(" · "))));
    }
    const count = fill(texts.search_count, { count: found.length });
    const most = found.length > MOST ? `; ${fill(texts.search_most, { count: MOST })}` : "";
    document.getElementById("found").textContent = found.length ? count + most : texts.search_none;
  };

  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => show(field.value), 80);
  });
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    show(field.value);
    const first = section.querySelector("a");
    if (first) first.focus();
  });
  const asked = new URLSearchParams(location.search).get("q");
  if (asked) {
    field.value = asked;
    show(asked);
  }
  // The same search in the other language.
  const other = document.getElementById("language");
  other.addEventListener("click", () => {
    if (field.value) other.search = `?q=${encodeURIComponent(field.value)}`;
  });
})();
