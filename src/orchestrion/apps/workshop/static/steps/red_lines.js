// Red lines: limits that a department will not see crossed, whatever is gained elsewhere.
import { h } from "../dom.js";
import { named, sign } from "../parts.js";
import { quantity, readNumber, said, t } from "../words.js";

const mine = (app) => {
  const lines = { ...app.me.red_lines };
  for (const one of app.wire.saying) if (one.kind === "red_line") lines[one.kpi] = one.limit;
  return Object.entries(lines).filter(([, limit]) => limit !== null);
};

const crossedBy = (app, key, limit) => {
  const one = app.study.limit(key);
  const found = app.study.results.limits?.[key] ?? {};
  return app.study.alternatives.filter(({ label }) => {
    const mean = found[label]?.mean;
    return Number.isFinite(mean) && (one.side === "most" ? mean > limit : mean < limit);
  });
};

const line = (app, [key, limit]) => {
  const one = app.study.limit(key);
  const crossing = crossedBy(app, key, limit);
  return h("li", { class: "card", key },
    h("p", {}, sign("stop"), " ", h("b", {}, t(one.side === "most" ? "at_most" : "at_least", { what: said(one.label), limit: quantity(one, limit) }))),
    crossing.length
      ? h("p", { class: "fine" }, t("crossed_by"), " ", crossing.map((alternative) => [named(app.study, alternative.label), " "]))
      : h("p", { class: "fine" }, t("crossed_by_none")),
    h("button", { type: "button", class: "plain small", "aria-label": t("take_back_this", { what: said(one.label) }), on: { click: () => app.send({ kind: "red_line", kpi: key, limit: null }, `line.${key}`) } }, t("take_back")));
};

export const redLines = (app) => {
  const department = app.study.departmentsByKey.get(app.me.department);
  const own = new Set(department.kpis);
  const options = [...app.study.limits].sort((a, b) => Number(own.has(b.kpi ?? b.key)) - Number(own.has(a.kpi ?? a.key)));
  const chosen = app.local.limit ?? options[0]?.key;
  const one = app.study.limit(chosen);
  const found = app.study.results.limits?.[chosen] ?? {};
  const means = Object.values(found).map((value) => value.mean).filter(Number.isFinite);
  const add = (event) => {
    event.preventDefault();
    const value = readNumber(app.drafts.get("limit"));
    if (value === null) {
      document.getElementById("limit")?.focus();
      return app.tell(t("not_a_number"), true);
    }
    app.send({ kind: "red_line", kpi: chosen, limit: value / one.times }, `line.${chosen}`);
    app.drafts.set("limit", "");
    document.getElementById("limit").value = "";
    return app.tell(t("line_drawn"));
  };
  return [
    h("form", { class: "card", on: { submit: add } },
      h("h3", {}, t("line_title")),
      h("p", { class: "fine" }, t("line_lead")),
      h("div", { class: "field" }, h("label", { for: "limit-kpi" }, t("line_what")),
        h("select", { id: "limit-kpi", value: chosen, on: { change: (event) => app.choose("limit", event.currentTarget.value) } }, options.map((option) => h("option", { value: option.key }, said(option.label))))),
      h("div", { class: "field" }, h("label", { for: "limit" }, t(one.side === "most" ? "never_above" : "never_below")),
        h("span", { class: "with-unit" },
          h("input", { id: "limit", type: "text", inputmode: "decimal", autocomplete: "off", value: app.drafts.get("limit"), "aria-describedby": "limit-now", on: { input: (event) => app.drafts.set("limit", event.currentTarget.value) } }),
          h("span", { class: "unit" }, said(one.unit)))),
      means.length ? h("p", { class: "fine", id: "limit-now" }, t("line_now", { least: quantity(one, Math.min(...means)), most: quantity(one, Math.max(...means)) })) : h("p", { class: "fine", id: "limit-now" }),
      h("button", { type: "submit", class: "button" }, t("line_add"))),
    h("ul", { class: "lines" }, mine(app).map((told) => line(app, told))),
  ];
};
