// Weigh: what each department would pay for, by sliders and fields in euros or by comparing two by two; and red lines.
import { h } from "../dom.js";
import { badge, bar, named, sign, spoken, typed, waitingFor } from "../parts.js";
import { number, price, quantity, readNumber, roughly, said, t } from "../words.js";
import { pairs } from "./pairs.js";
import { redLines } from "./red_lines.js";

// what this person has set: what the room knows, what is on its way, what their finger is on
export const myPrices = (app) => {
  const waiting = app.wire.saying.filter((one) => one.kind === "weigh").map((one) => one.weights);
  const found = Object.assign({}, app.me.prices ?? app.me.weights, ...waiting, app.local.prices);
  for (const [key, value] of Object.entries(found)) if (value === null) delete found[key];
  return found;
};

const held = {}; // criterion -> euros that wait for the finger to rest
let resting = 0;
const set = (app, key, value) => {
  app.local.prices = { ...app.local.prices, [key]: value };
  held[key] = value;
  clearTimeout(resting);
  resting = setTimeout(() => rest(app), 350);
  app.render();
};
const rest = (app) => {
  clearTimeout(resting);
  if (!Object.keys(held).length) return;
  const weights = { ...held };
  for (const key of Object.keys(held)) delete held[key];
  app.send({ kind: "weigh", weights }, "weigh");
  for (const key of Object.keys(weights)) delete app.local.prices[key]; // from here on it is in the outbox
  app.render();
};
addEventListener("pagehide", () => window.workshop && rest(window.workshop));

const readPrice = (text) => {
  const value = text.trim() === "" ? 0 : readNumber(text);
  return value !== null && value >= 0 && value <= 1e6 ? Math.round(value * 100) / 100 : null;
};

const slider = (app, one, prices) => {
  const value = prices[one.key] ?? 0;
  const id = `weight-${one.key}`;
  const draft = `price.${one.key}`;
  const type = (event) => {
    if (app.drafts.get(draft) === "") return null; // nothing new was written
    const found = readPrice(event.currentTarget.value);
    event.currentTarget.setAttribute("aria-invalid", String(found === null));
    app.drafts.set(draft, found === null ? event.currentTarget.value : "");
    if (found === null) return app.tell(t("not_a_price"), true);
    set(app, one.key, found);
    return rest(app); // a typed price is said at once; a slider when the finger rests
  };
  return h(
    "div",
    { class: "slider", key: one.key },
    h("label", { for: id, id: `${id}-label` }, t("euros_per", { what: said(one.per) })),
    h("input", { type: "range", id, min: "0", max: String(one.largest), step: String(one.step), value: String(Math.min(value, one.largest)),
      "aria-valuetext": price(value), on: { input: (event) => set(app, one.key, Number(event.currentTarget.value)), change: () => rest(app) } }),
    h("span", { class: "with-unit" },
      h("input", { type: "text", inputmode: "decimal", autocomplete: "off", id: `${id}-number`, "aria-labelledby": `${id}-label`, value: app.drafts.get(draft) || number(value, Number.isInteger(value) ? 0 : 2, { useGrouping: false }),
        on: typed(app, draft, type) }),
      h("span", { class: "unit", "aria-hidden": "true" }, "\u20ac")),
  );
};

const sliders = (app, prices) => {
  const mine = app.me.department;
  const others = app.study.departments.filter((one) => one.key !== mine && app.study.criteriaOf(one.key).length);
  return [
    h("section", { class: "card" }, h("h3", {}, badge(mine), " ", t("your_department")), app.study.criteriaOf(mine).map((one) => slider(app, one, prices)),
      app.study.criteriaOf(mine).length ? null : h("p", { class: "fine" }, t("no_criteria"))),
    others.map((department) =>
      h("details", { class: "card more-criteria", key: department.key },
        h("summary", {}, badge(department.key), " ", said(department.label)),
        app.study.criteriaOf(department.key).map((one) => slider(app, one, prices)))),
    h("button", { type: "button", class: "button quiet", on: { click: () => { for (const one of app.study.criteria) if (prices[one.key]) set(app, one.key, 0); rest(app); } } }, t("all_to_zero")),
  ];
};

// the order that these prices make, as the report works it out
export const order = (app, prices) => scoring.ranking(app.study.weighables, prices);
export const surely = (app, ranked) =>
  ranked.length > 1 && scoring.sure(scoring.paired(ranked[0].scores, ranked[1].scores, app.study.results));

export const ranks = (app, prices) => {
  const ranked = order(app, prices);
  const spread = ranked[0].mean - ranked.at(-1).mean;
  return h(
    "ol",
    { class: "ranks", "aria-label": t("ranking") },
    ranked.map((one) => {
      const behind = ranked[0].mean - one.mean;
      return h("li", { key: one.one.label, "data-label": one.one.label, "data-score": String(one.mean) },
        named(app.study, one.one.label),
        bar(spread ? 1 - behind / spread : 1, behind === 0 ? "first" : ""),
        h("span", { class: "score" }, behind === 0 ? t("first") : t("behind", { euros: roughly(behind) })));
    }),
  );
};

const summary = (app, prices) => {
  const ranked = order(app, prices);
  const lead = ranked.length > 1 ? ranked[0].mean - ranked[1].mean : 0;
  return h("div", { class: "sticky-result" },
    h("p", { role: "status" }, h("span", { class: "fine" }, t("with_your_prices")), " ", h("b", {}, named(app.study, ranked[0].one.label))),
    h("p", { class: "fine" }, t(surely(app, ranked) ? "lead_sure" : "lead_noise", { euros: roughly(lead) })));
};

export const phone = (app) => {
  if (!app.study.results) return h("p", { class: "lead" }, t("results_coming"));
  const prices = myPrices(app);
  const tab = app.local.weighBy ?? "sliders";
  return [
    h("fieldset", { class: "tabs" }, h("legend", { class: "hidden" }, t("weigh_by")),
      ["sliders", "pairs", "lines"].map((one) =>
        h("label", { key: one, class: one === tab ? "on" : "" }, h("input", { type: "radio", name: "weigh-by", value: one, checked: one === tab, on: { change: () => app.choose("weighBy", one) } }), t(`weigh_by_${one}`)))),
    tab === "sliders" ? sliders(app, prices) : tab === "pairs" ? pairs(app) : redLines(app),
    tab === "lines" ? null : h("section", { class: "card" }, h("h3", {}, t("ranking")), h("p", { class: "fine" }, t("ranking_note")), ranks(app, prices)),
    summary(app, prices),
  ];
};

const panel = (app, standing) => {
  const prices = Object.entries(standing.prices).filter(([, value]) => value > 0);
  const lines = Object.entries(app.state.red_lines[standing.department] ?? {});
  return h("li", { class: "card department-panel", key: standing.department },
    h("div", { class: "title-row" }, h("h3", {}, badge(standing.department), " ", app.study.department(standing.department)), weighedBy(app, standing.department)),
    prices.length
      ? h("ul", { class: "prices" }, prices.map(([key, value]) => h("li", { key }, h("b", {}, price(Math.round(value * 100) / 100)), " ", t("per", { what: app.study.criterion(key) }))))
      : h("p", { class: "fine" }, t("no_price_yet")),
    lines.map(([key, limit]) => h("p", { class: "red-line", key }, sign("stop"), " ", lineSays(app, key, limit))),
    h("p", { class: "prefers" }, standing.voices ? [h("span", { class: "fine" }, t("prefers")), " ", named(app.study, standing.preferred), standing.sure ? null : h("span", { class: "fine" }, ` (${t("not_sure")})`)] : h("span", { class: "fine" }, t("nobody"))));
};
const weighedBy = (app, department) => {
  const members = app.state.participants.filter((one) => one.department === department);
  const n = members.filter((one) => app.state.said.weigh.includes(one.id)).length;
  return h("span", { class: "fine" }, members.length ? t("n_of", { n, of: members.length }) : t("nobody"), members.length && n === members.length ? " \u2713" : "");
};
export const lineSays = (app, key, limit) => {
  const one = app.study.limit(key);
  return t(one.side === "most" ? "at_most" : "at_least", { what: said(one.label), limit: quantity(one, limit) });
};
export const panels = (app) => h("ul", { class: "panels" }, app.state.standings.map((one) => panel(app, one)));

export const projector = (app) => (app.study.results ? panels(app) : null);
export const desk = (app) => (app.study.results ? [h("section", {}, spoken(app, "weigh"), waitingFor(app, "weigh")), h("section", {}, panels(app), h("p", { class: "fine" }, t("median_note")))] : null);
