// Comparing two by two: the whole way from the worst to the best alternative in one thing, against the same in another.
import { h } from "../dom.js";
import { number, price, roughly, said, t } from "../words.js";

const SCALE = [9, 5, 3, 2, 1, 1 / 2, 1 / 3, 1 / 5, 1 / 9];

const things = (app) => ["contribution", ...app.study.criteriaOf(app.me.department).map((one) => one.key)].filter((key) => (app.study.results.swings?.[key] ?? 1) > 0);
const allPairs = (keys) => keys.flatMap((a, i) => keys.slice(i + 1).map((b) => [a, b]));

// how many times a outweighs b, as the room knows it or as it is on its way
const toldOf = (app, a, b) => {
  const waiting = app.wire.saying.findLast((one) => one.kind === "pairwise" && [one.a, one.b].sort().join() === [a, b].sort().join());
  if (waiting) return waiting.stronger === a ? waiting.by : 1 / waiting.by;
  const found = app.me.ratios.find((one) => [one.a, one.b].sort().join() === [a, b].sort().join());
  return found ? (found.a === a ? found.times : 1 / found.times) : null;
};

const swing = (app, key) => {
  const { least, most } = app.study.range(key);
  const told = (value) => number(value, most < 10 ? 1 : 0);
  if (key === "contribution") return [h("b", {}, `+${roughly(most - least)}`), h("span", {}, t("pair_contribution")), h("span", { class: "fine" }, t("pair_from_to", { from: roughly(least), to: roughly(most) }))];
  return [h("b", {}, told(least - most)), h("span", {}, app.study.criterion(key)), h("span", { class: "fine" }, t("pair_from_to", { from: told(most), to: told(least) }))];
};

const label = (times) => (times === 1 ? "=" : `${number(times > 1 ? times : 1 / times)}\u00d7`);
const sayTimes = (app, a, b, times) => {
  if (times === 1) return t("pair_same");
  const [more, n] = times > 1 ? [a, times] : [b, 1 / times];
  return t("pair_times", { what: more === "contribution" ? t("pair_contribution") : app.study.criterion(more), n: number(n) });
};

// what the other comparisons suggest of the pair that fits them least, the one that outweighs first
export const suggested = ({ a, b, times }) => (times >= 1 ? { more: a, less: b, times } : { more: b, less: a, times: 1 / times });
const contradiction = (app, { more, less, times }) => t("pair_contradiction", { a: nameOf(app, more), b: nameOf(app, less), n: number(times, 1) });

export const pairs = (app) => {
  const keys = things(app);
  const all = allPairs(keys);
  if (!all.length) return h("p", { class: "fine" }, t("no_criteria"));
  const told = all.filter(([a, b]) => toldOf(app, a, b) !== null).length;
  const place = Math.min(app.local.pair ?? all.findIndex(([a, b]) => toldOf(app, a, b) === null), all.length - 1);
  const at = place < 0 ? 0 : place;
  const [a, b] = all[at];
  const now = toldOf(app, a, b);
  const say = (times) => {
    const [stronger, by] = times >= 1 ? [a, times] : [b, Math.round(1 / times)];
    app.send({ kind: "pairwise", a, b, stronger, by }, `pair.${[a, b].sort().join()}`);
    app.choose("pair", at);
  };
  const { consistency } = app.me;
  return [
    h("section", { class: "card pair" },
      h("h3", {}, t("pair_title")),
      h("p", { class: "fine" }, t("pair_lead")),
      h("div", { class: "pair-sides" }, h("p", { class: "side" }, swing(app, a)), h("p", { class: "side right" }, swing(app, b))),
      h("fieldset", { class: "scale" }, h("legend", { class: "hidden" }, t("pair_title")),
        SCALE.map((times) =>
          h("label", { key: String(times), class: now !== null && Math.abs(now - times) < 1e-6 ? "on" : "" },
            h("input", { type: "radio", name: `pair-${at}`, value: String(times), checked: now !== null && Math.abs(now - times) < 1e-6, "aria-label": sayTimes(app, a, b, times), on: { change: () => say(times) } }),
            h("span", { "aria-hidden": "true" }, label(times))))),
      h("p", { class: "said", role: "status" }, now === null ? t("pair_choose") : sayTimes(app, a, b, now)),
      h("div", { class: "row" },
        h("button", { type: "button", class: "button quiet", disabled: at === 0, on: { click: () => app.choose("pair", at - 1) } }, t("back")),
        h("span", { class: "fine" }, t("pair_of", { n: at + 1, of: all.length, done: told })),
        h("button", { type: "button", class: "button", disabled: at === all.length - 1, on: { click: () => app.choose("pair", at + 1) } }, t("next")))),
    consistency && !consistency.consistent && consistency.worst
      ? h("p", { class: "notice" }, contradiction(app, suggested(consistency.worst)))
      : null,
    Object.keys(app.me.prices ?? {}).length
      ? h("section", { class: "card" }, h("h3", {}, t("pair_prices")), h("ul", { class: "prices" }, Object.entries(app.me.prices).filter(([, value]) => value > 0).map(([key, value]) => h("li", { key }, h("b", {}, price(Math.round(value * 100) / 100)), " ", t("per", { what: app.study.criterion(key) })))),
          h("p", { class: "fine" }, t("pair_prices_note")))
      : null,
  ];
};
const nameOf = (app, key) => (key === "contribution" ? t("pair_contribution") : said(app.study.criteriaByKey.get(key).per));
