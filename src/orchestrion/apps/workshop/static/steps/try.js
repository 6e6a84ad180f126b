// Try: change a rule or a threshold together and see it simulated while people talk.
import { h } from "../dom.js";
import { named, who } from "../parts.js";
import { quantity, said, t, written } from "../words.js";
import { form } from "./try_form.js";

const SIGNS = { proposed: "?", queued: "\u2026", running: "\u25b6", done: "\u2713", cancelled: "\u2013", failed: "!" };
const stateOf = (app, trial) => {
  const moving = app.progress[trial.id];
  if (trial.state === "accepted" && moving?.done !== null && moving?.of) return "running";
  if (trial.state === "accepted") return trial.done ? "done" : "queued";
  return trial.state;
};

// each change in words: the rule with what was set of it, thresholds with whose they are
const changes = (app, trial) =>
  Object.entries(trial.changes).map(([path, value]) => {
    if (path !== "policy") {
      const lever = app.study.levers.find((one) => one.path === path);
      return t("is_that", { a: `${said(lever.group)}, ${said(lever.name)}`, b: written(value, lever) });
    }
    const rule = app.study.policies.find((one) => one.name === value.name);
    const set = rule.parameters.filter((one) => one.name in value).map((one) => t("is_that", { a: said(one.title), b: written(value[one.name], one) }));
    return [t("is_that", { a: t("rule"), b: said(rule.title) }), ...set].join(", ");
  }).join(" \u00b7 ");

// beyond chance: the whole interval of the paired difference lies on one side
const verdict = (one, change) => {
  if (change.mean === 0) return ["", t("no_change")];
  const apart = change.low !== null && (change.low > 0 || change.high < 0);
  if (!apart || !["more", "less"].includes(one.direction)) return ["", t(apart ? "apart" : "not_apart")];
  return (one.direction === "more") === change.mean > 0 ? ["better", t("better")] : ["worse", t("worse")];
};

const figures = (app, trial) => {
  if (!trial.results) return null;
  return h("ul", { class: "figures" },
    app.study.headline.map((kpi) => {
      const one = app.study.kpi(kpi);
      const found = trial.results.kpis[kpi];
      if (!found || found.mean === null) return null;
      const change = trial.results.against[kpi];
      const [kind, words] = verdict(one, change);
      return h("li", { key: kpi },
        h("span", { class: "fine" }, said(one.label)),
        h("b", {}, quantity(one, found.mean, { unit: false }), said(one.unit) === "\u20ac" ? null : h("small", {}, ` ${said(one.unit)}`)),
        change.mean === null ? null : h("span", { class: `change ${kind}` }, change.mean === 0 ? "" : `${quantity(one, change.mean, { signed: true, unit: false })} `, words));
    }));
};

const most = (app) => app.study.results?.replications.length ?? 0;

const trial = (app, one, buttons = null) => {
  const state = stateOf(app, one);
  const moving = app.progress[one.id];
  return h("li", { class: `card trial ${state}`, key: one.id },
    h("h3", { dir: "auto" }, named(app.study, one.label), " ", h("span", { class: "state" }, h("span", { "aria-hidden": "true" }, SIGNS[state]), " ", t(`trial_${state}`))),
    h("p", { class: "fine", dir: "auto" }, t("trial_of", { base: app.study.name(one.base) }), " ", h("b", {}, changes(app, one)), " \u00b7 ", who(one)),
    state === "running" ? h("div", { class: "progress" }, h("progress", { max: String(moving.of), value: String(moving.done), "aria-label": t("trial_running") }), h("span", { class: "fine" }, t("replications_of", { n: moving.done, of: moving.of }))) : null,
    one.done ? h("p", { class: "fine" }, t("trial_done_of", { n: one.done, of: most(app) })) : null,
    figures(app, one),
    one.why ? h("p", { class: "notice bad", lang: "en", dir: "auto" }, one.why) : null,
    buttons ? h("div", { class: "row" }, buttons) : null);
};

const list = (app, buttons = () => null, most = Infinity) => {
  const { trials } = app.state;
  if (!trials.length) return h("p", { class: "fine" }, t("no_trial"));
  return [
    h("ul", { class: "trials" }, trials.slice(-most).reverse().map((one) => trial(app, one, buttons(one)))),
    trials.length > most ? h("p", { class: "fine" }, t("earlier_trials", { n: trials.length - most })) : null,
  ];
};

export const projector = (app) => list(app, () => null, 4); // the latest: what is spoken of, large

export const phone = (app) => [h("details", { class: "card", open: true }, h("summary", {}, t("try_propose")), form(app)), h("section", {}, h("h2", {}, t("trials")), list(app))];

export const desk = (app) => {
  const button = (kind, one) => h("button", { type: "button", class: kind === "run" ? "button" : "plain", key: kind, "aria-label": t("is_that", { a: t(`trial_${kind}`), b: one.label }), on: { click: () => app.send({ kind, trial: one.id }) } }, t(`trial_${kind}`));
  const buttons = (one) =>
    [
      one.state !== "accepted" ? button("run", one) : null,
      (one.state === "accepted" && one.done < most(app)) || one.state === "proposed" ? button("cancel", one) : null,
      one.done ? (one.label === app.state.proposal ? h("b", { key: "chosen" }, "\u2713 ", t("is_proposed")) : h("button", { type: "button", class: "plain", key: "choose", on: { click: () => app.send({ kind: "choose", label: one.label }) } }, t("propose"))) : null,
    ].filter(Boolean);
  return [h("section", {}, h("h2", {}, t("trials")), list(app, buttons)), h("section", {}, h("details", { class: "card", open: app.state.trials.length === 0 }, h("summary", {}, t("try_own")), form(app)))];
};
