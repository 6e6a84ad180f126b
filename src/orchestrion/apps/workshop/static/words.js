// Words and numbers in the language of this page.
import { kept } from "./outbox.js";

const all = JSON.parse(document.getElementById("words").textContent);
const locales = { en: "en-GB", fr: "fr-FR" };
const minus = (text) => text.replace("-", "\u2212").replace(/([kM])[\u00a0\u202f ]\u20ac/, "$1\u20ac");
const formats = new Map();

export const speech = {
  lang: kept.get("lang") ?? document.documentElement.lang,
  chosen: kept.get("lang") !== null,
  choose(lang) {
    this.lang = lang;
    this.chosen = true;
    kept.set("lang", lang);
    document.documentElement.lang = lang;
  },
};
if (!all[speech.lang]) speech.lang = "en";
document.documentElement.lang = speech.lang;

// t(key, {n: 3}): a word that stands as key_1 and key_n is chosen by `n`
export const t = (key, values = {}) => {
  const words = all[speech.lang];
  const plural = Math.abs(values.n) < 2 && speech.lang === "fr" ? "_1" : values.n === 1 ? "_1" : "_n";
  const text = words[key] ?? words[key + plural];
  if (text === undefined) throw new Error(`no words for ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
};
export const has = (key) => key in all[speech.lang];
export const said = (text) => (typeof text === "string" || !text ? (text ?? "") : text[speech.lang]);

const format = (options) => {
  const key = speech.lang + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(locales[speech.lang], options));
  return formats.get(key);
};
const known = (value) => typeof value === "number" && Number.isFinite(value);

export const number = (value, decimals = 0, more = {}) =>
  known(value)
    ? minus(format({ minimumFractionDigits: decimals, maximumFractionDigits: decimals, ...more }).format(value))
    : "\u2013";
export const euros = (value, decimals = 0, more = {}) =>
  number(value, decimals, { style: "currency", currency: "EUR", ...more });
// large amounts to three figures: what can be read from the back of a room
export const roughly = (value, more = {}) =>
  Math.abs(value) < 10_000
    ? euros(value, 0, more)
    : euros(value, undefined, { notation: "compact", maximumSignificantDigits: 3, minimumFractionDigits: undefined, maximumFractionDigits: undefined, ...more });
export const join = (parts) => new Intl.ListFormat(locales[speech.lang], { type: "conjunction" }).format(parts);
export const price = (value) => euros(value, Number.isInteger(value) ? 0 : 2);

// a number as somebody types it; null for what is none. English: "12,000" is twelve thousand, a comma elsewhere is a
// decimal one; French: spaces part thousands, the comma is decimal. The point is decimal in both: some keypads have no other.
export const readNumber = (text, lang = speech.lang) => {
  const plain = text.replace(/[\s\u00a0\u202f\u20ac]/g, "").replace("\u2212", "-");
  const thousands = lang === "en" && /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(plain);
  const found = thousands ? plain.replaceAll(",", "") : plain.replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(found) && Number.isFinite(Number(found)) ? Number(found) : null;
};

// "€7.50 per order", "50%"; "7,50 € par commande", "50 %"
const withUnit = (text, unit) => {
  if (!unit) return text;
  if (speech.lang === "en" && unit.startsWith("\u20ac")) return text.replace(/^[+\u2212]?/, "$&\u20ac") + unit.slice(1);
  if (unit.startsWith("%")) return text + (speech.lang === "fr" ? "\u202f" : "") + unit;
  return `${text}\u00a0${unit}`;
};
// `one`: anything with unit, times, decimals; large euros are shortened; `apart`: how far two of them are from one another
export const quantity = (one, value, { unit = true, signed = false, apart = false } = {}) => {
  if (!known(value)) return "\u2013";
  const sign = signed ? { signDisplay: "exceptZero" } : {};
  if (said(one.unit) === "\u20ac") return roughly(value * one.times, sign);
  const shown = number(value * one.times, one.decimals, sign);
  return unit ? withUnit(shown, said(one.unit) === "%" && apart ? t("points") : said(one.unit)) : shown;
};
// a value of the scenario as it is read: yes and no, names in this language, a number with its unit, shares in percent
export const written = (value, about = {}) => {
  if (value === null || value === undefined || value === "") return t("nothing");
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (Array.isArray(value)) return value.length ? value.map((one) => written(one, about)).join(", ") : t("nothing");
  if (typeof value === "object") return value[speech.lang] ?? JSON.stringify(value);
  if (typeof value !== "number") return String(value);
  const shown = Number((value * (about.times ?? 1)).toPrecision(10));
  const single = speech.lang === "fr" ? Math.abs(shown) < 2 : Math.abs(shown) === 1;
  const unit = said(single && about.single ? about.single : about.unit);
  const figures = Math.min(4, (String(shown).split(".")[1] ?? "").length);
  return withUnit(number(shown, figures === 1 && unit.startsWith("\u20ac") ? 2 : figures), unit);
};
export const between = (one, { low, high }) =>
  known(low) ? `[${quantity(one, low, { unit: false })}\u202f;\u00a0${quantity(one, high, { unit: false })}]` : "";
