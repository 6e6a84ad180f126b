// See: what departments guessed, beside what the simulation says and how sure it is.
import { h } from "../dom.js";
import { kpiName, mark, named, strip } from "../parts.js";
import { between, quantity, said, t } from "../words.js";

const guessesOf = (app, kpi, label) =>
  app.state.predictions
    .filter((one) => one.kpi === kpi && one.label === label)
    .map((one) => ({ key: one.department, text: t(`short_${one.department}`), value: one.median, n: one.n }));

// the alternative about which most was guessed, today's way last
export const mostGuessed = (app) => {
  const counts = new Map();
  for (const one of app.state.predictions) counts.set(one.label, (counts.get(one.label) ?? 0) + one.n);
  const order = [...counts].sort((a, b) => b[1] - a[1] || (a[0] === app.study.focus ? -1 : 1));
  return order[0]?.[0] ?? app.study.focus;
};
// the projector and the facilitator look at the same; a participant at what they choose
const shown = (app) => app.local.seen ?? app.state.shown ?? mostGuessed(app);
const choose = (app, label) => (app.role === "facilitator" ? app.send({ kind: "show", label }, "show") : app.choose("seen", label));

const verdict = (one, simulated, guess) => {
  if (!Number.isFinite(guess)) return null;
  const gap = guess - simulated.mean;
  const inside = simulated.low !== null && guess >= simulated.low && guess <= simulated.high;
  if (inside) return h("span", { class: "verdict good" }, "\u25cf ", t("guess_inside"));
  const far = quantity(one, Math.abs(gap), { apart: true });
  return h("span", { class: "verdict" }, gap > 0 ? `\u25b2 ${t("guess_above", { far })}` : `\u25bc ${t("guess_below", { far })}`);
};

const closest = (guesses, simulated) => {
  if (guesses.length < 2 || simulated.mean === null) return null;
  return [...guesses].sort((a, b) => Math.abs(a.value - simulated.mean) - Math.abs(b.value - simulated.mean))[0];
};

const rows = (app, label, own = false) =>
  h(
    "ul",
    { class: "seen" },
    app.study.headline.map((kpi) => {
      const one = app.study.kpi(kpi);
      const simulated = app.study.result(kpi, label);
      const guesses = guessesOf(app, kpi, label);
      const mine = own ? app.me.predictions.find((said) => said.kpi === kpi && said.label === label)?.value : undefined;
      const all = Number.isFinite(mine) ? [...guesses, { key: "me", text: t("you"), value: mine, own: true }] : guesses;
      const best = own ? null : closest(guesses, simulated);
      return h(
        "li",
        { class: own ? "card" : "", key: kpi },
        h("div", { class: "seen-name" }, h("b", {}, kpiName(app.study, kpi)), best ? h("span", { class: "fine" }, t("closest", { name: app.study.department(best.key) })) : null),
        strip({ one, simulated, guesses: all, narrow: own }),
        h("div", { class: "seen-value" }, h("b", {}, quantity(one, simulated.mean, { unit: false })), h("span", { class: "fine" }, said(one.unit) === "\u20ac" ? "" : `${said(one.unit)} `, between(one, simulated))),
        own ? h("p", { class: "own" }, Number.isFinite(mine) ? [t("you_said", { value: quantity(one, mine) }), " ", verdict(one, simulated, mine)] : t("you_said_nothing")) : null,
      );
    }),
  );

const chooser = (app) =>
  h("div", { class: "field inline" },
    h("label", { for: "seen" }, t("shown_alternative")),
    h("select", { id: "seen", value: shown(app), on: { change: (event) => choose(app, event.currentTarget.value) } },
      app.study.alternatives.map((one) => h("option", { value: one.label }, one.name))));

export const table = (app) =>
  h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("all_results") },
    h("table", { class: "results" },
      h("caption", {}, t("all_results")),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("scenario")), app.study.headline.map((kpi) => h("th", { scope: "col", key: kpi }, kpiName(app.study, kpi), h("small", {}, said(app.study.kpi(kpi).unit)))))),
      h("tbody", {},
        app.study.alternatives.map((one) =>
          h("tr", { key: one.label }, h("th", { scope: "row" }, named(app.study, one.label)),
            app.study.headline.map((kpi) => {
              const found = app.study.result(kpi, one.label);
              return h("td", { key: kpi }, h("b", {}, quantity(app.study.kpi(kpi), found.mean, { unit: false })), h("small", {}, between(app.study.kpi(kpi), found)));
            }))))));

const legend = () => h("p", { class: "legend fine" }, h("span", { class: "key-truth", "aria-hidden": "true" }), t("legend_truth"), h("span", { class: "key-guess", "aria-hidden": "true" }), t("legend_guess"));

export const projector = (app) => {
  const label = shown(app);
  return [h("div", { class: "title-row" }, h("h2", {}, mark(app.study, label), h("span", {}, app.study.name(label))), legend()), rows(app, label)];
};

export const phone = (app) => {
  if (!app.study.results) return h("p", { class: "lead" }, t("results_coming"));
  return [chooser(app), rows(app, shown(app), true), legend(), h("section", {}, h("h2", {}, t("all_results")), table(app))];
};

export const desk = (app) => [h("section", {}, chooser(app), rows(app, shown(app)), legend()), h("section", {}, table(app))];
