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

const unitOf = (one) => {
  const unit = said(one.unit);
  return unit === "%" && speech.lang === "en" ? "%" : `\u00a0${unit}`;
};
// `one`: anything with unit, times, decimals; large euros are shortened
export const quantity = (one, value, { unit = true, signed = false } = {}) => {
  if (!known(value)) return "\u2013";
  const sign = signed ? { signDisplay: "exceptZero" } : {};
  if (said(one.unit) === "\u20ac") return roughly(value * one.times, sign);
  return number(value * one.times, one.decimals, sign) + (unit ? unitOf(one) : "");
};
export const between = (one, { low, high }) =>
  known(low) ? `[${quantity(one, low, { unit: false })}\u202f;\u00a0${quantity(one, high, { unit: false })}]` : "";
