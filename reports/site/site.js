// What the search and the screening share: one form of names, and elements that hold text and never markup.
"use strict";
window.screener = (() => {
  const FORMS = /주식회사|㈜|\(주\)|유한회사|（주）/g;
  const ENDINGS =
    /[\s,.]+(?:co|company|comp|corp|corporation|corpn|inc|incorporated|ltd|limited|plc|llc)\.?(?=$|[\s,.])/gi;
  const SHARES =
    /[\s(,–-]*(?:보통주|우선주|\d?우[BC]?|(?:non[- ]?voting |[1-3](?:st|nd|rd) )?(?:pref(?:erence|erred)?|prf|pfd)(?: shares?)?|common stock|common(?: shares?)?|ord(?:inary)?(?: shares?)?|krw ?[\d.]+|\(\dpb?|\d{3}s|sponsored|reg ?s|gdr|adr)\)?$/i;
  const LETTERS = Object.fromEntries(
    "a에이 b비 c씨 d디 e이 f에프 g지 h에이치 i아이 j제이 k케이 l엘 m엠 n엔 o오 p피 q큐 r알 s에스 t티 u유 v브이 w더블유 x엑스 y와이 z제트"
      .split(" ")
      .map((one) => [one[0], one.slice(1)]),
  );

  // Lower case, one form of letters, nothing invisible: what is typed and what is searched are compared so.
  const fold = (text) =>
    text
      .normalize("NFKC")
      .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, " ")
      .toLowerCase()
      .replace(/\s+/g, " ")
      .trim();

  // A name letter by letter: without company forms, blanks and signs. Equal keys are the same name.
  const key = (name) => {
    const plain = fold(name.slice(0, 400))
      .replace(FORMS, " ")
      .replace(/\s*\/kr$/, "");
    const bare = ` ${plain}`
      .replace(ENDINGS, " ")
      .replace(/\band\b/g, " ")
      .replace(/^\s*the\s/, "");
    const letters = bare.replace(/[^\p{L}\p{N}]+/gu, "");
    return letters || plain.replace(/[^\p{L}\p{N}]+/gu, "");
  };

  // The same without words for the class of the share.
  const issuerKey = (name) => {
    let bare = fold(name.slice(0, 400));
    for (let before = ""; before !== bare;) [before, bare] = [bare, bare.replace(SHARES, "").trim() || bare];
    return key(bare);
  };

  // A key with its Latin letters spelled out as Koreans do: sk하이닉스 is 에스케이하이닉스; of Latin keys only the short ones are.
  const spelled = (made) =>
    /[가-힣]/.test(made) || made.length <= 4 ? made.replace(/[a-z]/g, (letter) => LETTERS[letter]) : made;

  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false) made.setAttribute(attribute, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  };

  // `{count:line|lines}` is one word or the other, as in screener/report/wording.py.
  const fill = (text, values) =>
    text.replace(/\{(\w+)(?::([^{}|]*)\|([^{}|]*))?\}/g, (whole, name, one, many) => {
      if (!(name in values)) return whole;
      return one === undefined ? String(values[name]) : values[name] === 1 ? one : many;
    });

  const NAME = {
    id: 0,
    en: 1,
    ko: 2,
    aliases: 3,
    numbers: 4,
    into: 5,
    state: 6,
    score: 7,
    band: 8,
    page: 9,
    topics: 10,
  };
  const shownName = (company, language) =>
    (language === "ko" ? company[NAME.ko] || company[NAME.en] : company[NAME.en] || company[NAME.ko]) ||
    company[NAME.id];

  return { fold, key, issuerKey, spelled, element, fill, shownName, NAME };
})();
