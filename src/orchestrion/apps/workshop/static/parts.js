// Small parts that several steps draw with: marks, badges, bars, intervals, counts of who has spoken.
import { h, s } from "./dom.js";
import { has, join, quantity, said, t } from "./words.js";

// an alternative is recognised by symbol and name; its colour only helps
export const mark = (study, label) => {
  const one = study.alternative(label);
  return s("svg", { class: "mark", viewBox: "-7 -7 14 14", "aria-hidden": "true", vars: { "--c": one.colour } }, s("path", { d: one.path, "fill-rule": "evenodd" }));
};
export const named = (study, label) => h("span", { class: "named" }, mark(study, label), h("span", { dir: "auto" }, study.name(label)));

// drawn here: what fonts and phones make of such signs differs
const SIGNS = { stop: "M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0M-2.6,0H2.6", warn: "M0,-5.2L5.6,4.8H-5.6ZM0,-1.8V1.6M0,3.2V3.3" };
export const sign = (kind) => s("svg", { class: `drawn ${kind}`, viewBox: "-7 -7 14 14", "aria-hidden": "true" }, s("path", { d: SIGNS[kind] }));

export const badge = (key) => h("span", { class: `badge ${key}` }, t(`short_${key}`));

// who can be asked: not those who only sent a code
export const present = (app) => app.state.participants.filter((one) => !one.by_code);

// how many of a department have spoken: filled and empty dots, and the figure
export const spoken = (app, kind) => {
  const done = new Set(app.state.said[kind] ?? []);
  return h(
    "ul",
    { class: "spoken" },
    app.study.departments.map(({ key }) => {
      const members = app.state.participants.filter((one) => one.department === key && (kind === "weigh" || !one.by_code));
      const n = members.filter((one) => done.has(one.id)).length;
      const all = members.length > 0 && n === members.length;
      return h(
        "li",
        { class: all ? "all" : "", key },
        badge(key),
        h("span", { class: "department" }, app.study.department(key)),
        h("span", { class: "dots", "aria-hidden": "true" }, members.slice(0, 24).map((one) => h("i", { class: done.has(one.id) ? "on" : "" }))),
        h("span", { class: "count" }, members.length ? t("n_of", { n, of: members.length }) : t("nobody")),
      );
    }),
  );
};

export const waitingFor = (app, kind) => {
  const done = new Set(app.state.said[kind] ?? []);
  const names = app.state.participants.filter((one) => !done.has(one.id) && !one.by_code).map((one) => one.name);
  if (!app.state.participants.length) return h("p", { class: "fine" }, t("nobody_here"));
  return h("p", { class: "fine", dir: "auto" }, names.length ? t("waiting_for", { names: join(names.slice(0, 12)) }) : t("all_have_spoken"));
};

// a strip from low to high with a simulated interval and what people guessed
export const strip = ({ one, simulated, guesses, narrow = false }) => {
  const values = [simulated.mean, simulated.low, simulated.high, ...guesses.map((guess) => guess.value)].filter(Number.isFinite);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const pad = (high - low || Math.abs(high) || 1) * 0.12;
  const at = (value) => `${(100 * (value - low + pad)) / (high - low + 2 * pad)}%`;
  const placed = stacked(guesses, low, high, pad, narrow ? 0.25 : 0.11);
  const levels = Math.max(-1, ...placed.map((guess) => guess.level)) + 1;
  return h(
    "div",
    { class: "strip", role: "img", vars: { "--levels": String(levels) }, "aria-label": stripSays(one, simulated, guesses) },
    h("span", { class: "ground" }),
    Number.isFinite(simulated.low) && simulated.low !== null
      ? h("span", { class: "span", vars: { "--from": at(simulated.low), "--to": at(simulated.high) } })
      : null,
    simulated.mean === null ? null : h("span", { class: "truth", vars: { "--at": at(simulated.mean) } }),
    placed.map((guess) =>
      h(
        "span",
        { class: `guess ${guess.key} ${guess.own ? "own" : ""}`, vars: { "--at": at(guess.value), "--level": String(guess.level) } },
        guess.text,
      ),
    ),
  );
};
// guesses near one another stand above one another
const stacked = (guesses, low, high, pad, near) => {
  const placed = [];
  for (const guess of [...guesses].sort((a, b) => a.value - b.value)) {
    const x = (guess.value - low + pad) / (high - low + 2 * pad);
    let level = 0;
    while (placed.some((other) => other.level === level && Math.abs(other.x - x) < near)) level += 1;
    placed.push({ ...guess, x, level });
  }
  return placed;
};
const stripSays = (one, simulated, guesses) =>
  [
    `${t("simulated")} ${quantity(one, simulated.mean)}`,
    ...guesses.map((guess) => `${guess.text} ${quantity(one, guess.value)}`),
  ].join("; ");

// a share of a whole as a bar; the number stands beside it
export const bar = (share, kind = "") => h("span", { class: `bar ${kind}`, "aria-hidden": "true" }, h("i", { vars: { "--part": `${100 * Math.max(0, Math.min(1, share))}%` } }));

export const kpiName = (study, key) => said(study.kpi(key).label);

export const definition = (study, key) =>
  h("details", { class: "what" }, h("summary", {}, t("what_is_it")), h("p", {}, said(study.kpi(key).definition)));

export const who = (one) => h("span", { class: "who" }, one.department ? badge(one.department) : null, h("span", { dir: "auto" }, one.name || t("facilitator")));

export const field = (label, input, hint = null) => {
  return h("div", { class: "field" }, h("label", { for: input.id }, label), input, hint ? h("p", { class: "fine", id: `${input.id}-hint` }, hint) : null);
};

// what is typed is a draft until the field is left or Enter is pressed; a draft that survived a reload is said then, too
export const typed = (app, draft, take) => ({
  input: (event) => app.drafts.set(draft, event.currentTarget.value),
  change: take,
  blur: take,
  keydown: (event) => event.key === "Enter" && take(event),
});

export const stepWords = (app, kind) => (has(`${app.state.step}_${kind}`) ? t(`${app.state.step}_${kind}`) : "");
