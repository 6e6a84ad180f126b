// Predict: everybody guesses the headline figures before seeing any of them.
import { h } from "../dom.js";
import { definition, kpiName, named, spoken, typed, waitingFor } from "../parts.js";
import { number, readNumber, said, t } from "../words.js";

const guessOf = (app, kpi, label) => app.me.predictions.find((one) => one.kpi === kpi && one.label === label)?.value;

// what is on its way is shown as said
const pendingOf = (app, kpi, label) =>
  app.wire.saying.findLast((one) => one.kind === "predict" && one.kpi === kpi && one.label === label)?.value;

const toText = (one, value) => (Number.isFinite(value) ? number(Number((value * one.times).toPrecision(8)), 0, { useGrouping: false, maximumFractionDigits: 8 }) : "");

const guessField = (app, kpi, label) => {
  const one = app.study.kpi(kpi);
  const id = `guess-${kpi}`;
  const draft = `guess.${kpi}.${label}`;
  const known = pendingOf(app, kpi, label) ?? guessOf(app, kpi, label);
  const take = (event) => {
    if (app.drafts.get(draft) === "" && event.currentTarget.value !== "") return null; // nothing new was written
    const text = event.currentTarget.value.trim();
    const found = readNumber(text);
    const value = found === null ? null : found / one.times;
    const wrong = text !== "" && found === null;
    event.currentTarget.setAttribute("aria-invalid", String(wrong));
    if (wrong) return app.tell(t("not_a_number"), true);
    app.drafts.set(draft, "");
    if (value === (known ?? null)) return null;
    return app.send({ kind: "predict", kpi, label, value }, `predict.${kpi}.${label}`);
  };
  const written = app.drafts.get(draft) || toText(one, known);
  return h(
    "div",
    { class: "guess-field card", key: kpi },
    h("label", { for: id }, said(one.label)),
    h("span", { class: "with-unit" },
      h("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", value: written, "aria-describedby": `${id}-unit`,
        on: typed(app, draft, take) }),
      h("span", { id: `${id}-unit`, class: "unit" }, said(one.unit)),
    ),
    Number.isFinite(known) ? h("span", { class: "kept" }, "\u2713 ", t("noted")) : null,
    definition(app.study, kpi),
  );
};

export const phone = (app) => {
  if (app.state.revealed) return h("p", { class: "lead" }, t("predict_closed"));
  const label = app.local.guessed ?? app.study.focus;
  const done = app.study.headline.filter((kpi) => Number.isFinite(pendingOf(app, kpi, label) ?? guessOf(app, kpi, label))).length;
  return [
    h(
      "fieldset",
      { class: "tabs" },
      h("legend", {}, t("predict_for")),
      app.study.alternatives.map((one) =>
        h("label", { key: one.label, class: one.label === label ? "on" : "" },
          h("input", { type: "radio", name: "guessed", value: one.label, checked: one.label === label, on: { change: () => app.choose("guessed", one.label) } }),
          named(app.study, one.label)),
      ),
    ),
    h("p", { class: "fine", role: "status" }, t("guessed_of", { n: done, of: app.study.headline.length })),
    h("div", { class: "guesses" }, app.study.headline.map((kpi) => guessField(app, kpi, label))),
  ];
};

export const projector = (app) => [
  h("ul", { class: "big-list" }, app.study.headline.map((kpi) => h("li", { key: kpi }, h("b", {}, kpiName(app.study, kpi)), " ", h("span", { class: "fine" }, said(app.study.kpi(kpi).unit))))),
  spoken(app, "predict"),
];

export const desk = (app) => [h("section", {}, spoken(app, "predict"), waitingFor(app, "predict")), h("section", {}, h("h2", {}, t("predict_what")), projector(app)[0])];
