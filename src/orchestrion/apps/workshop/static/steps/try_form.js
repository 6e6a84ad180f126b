// The form of a trial: which way to start from, another rule or other values of up to three parameters, and a name.
import { h } from "../dom.js";
import { readNumber, said, t, written } from "../words.js";

const MOST = 3;
const draftOf = (app) => JSON.parse(app.drafts.get("trial") || "{}");
const keep = (app, change) => {
  app.drafts.set("trial", JSON.stringify({ ...draftOf(app), ...change }));
  app.render();
};

// as it is typed, in the unit shown, and as the scenario has it
const valueOf = (text, one) => {
  if (typeof one.value === "boolean") return text.trim() === "true";
  const found = readNumber(text);
  return found === null ? null : Number((found / one.times).toPrecision(12));
};

const yesOrNo = (id, value, change) =>
  h("select", { id, value, on: { change } }, h("option", { value: "true" }, t("yes")), h("option", { value: "false" }, t("no")));
const amount = (id, one, props) =>
  h("span", { class: "with-unit" }, h("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", ...props }), said(one.unit) ? h("span", { class: "unit" }, said(one.unit)) : null);

const leverRow = (app, draft, place) => {
  const rows = draft.levers ?? [];
  const row = rows[place] ?? { path: "", value: "" };
  const lever = app.study.levers.find((one) => one.path === row.path);
  const change = (part) => {
    const next = [...rows];
    next[place] = { ...row, ...part };
    keep(app, { levers: next });
  };
  const id = `lever-${place}`;
  const groups = [...new Set(app.study.levers.map((one) => said(one.group)))];
  return h("div", { class: "lever", key: String(place) },
    h("div", { class: "field" }, h("label", { for: id }, t("lever")),
      h("select", { id, value: row.path, on: { change: (event) => change({ path: event.currentTarget.value, value: "" }) } },
        h("option", { value: "" }, t("lever_none")),
        groups.map((group) => h("optgroup", { label: group }, app.study.levers.filter((one) => said(one.group) === group).map((one) => h("option", { value: one.path }, said(one.name))))))),
    lever
      ? h("div", { class: "field" }, h("label", { for: `${id}-value` }, t("lever_value", { now: written(lever.value, lever) })),
          typeof lever.value === "boolean"
            ? yesOrNo(`${id}-value`, row.value || String(!lever.value), (event) => change({ value: event.currentTarget.value }))
            : amount(`${id}-value`, lever, { value: row.value, on: { input: (event) => change({ value: event.currentTarget.value }) } }),
          h("p", { class: "fine" }, t("is_that", { a: said(lever.group), b: said(lever.name) })))
      : null);
};

const parameter = (app, draft, one) => {
  const id = `parameter-${one.name}`;
  const typed = draft.parameters?.[one.name] ?? "";
  const set = (event) => keep(app, { parameters: { ...draftOf(app).parameters, [one.name]: event.currentTarget.value } });
  return h("div", { class: "field", key: one.name },
    h("label", { for: id }, said(one.title)),
    typeof one.value === "boolean" ? yesOrNo(id, typed || String(one.value), set) : amount(id, one, { placeholder: written(one.value, { times: one.times }), value: typed, on: { input: set } }),
    h("p", { class: "fine" }, said(one.description)));
};

const messageOf = (app, draft) => {
  const overrides = {};
  for (const row of draft.levers ?? []) {
    const lever = app.study.levers.find((one) => one.path === row.path);
    if (!lever) continue;
    const value = valueOf(row.value || (typeof lever.value === "boolean" ? String(!lever.value) : ""), lever);
    if (value === null) return { wrong: t("not_a_number") };
    overrides[row.path] = value;
  }
  const said = { kind: "try", label: (draft.label ?? "").trim(), base: draft.base ?? app.study.focus };
  if (!said.label) return { wrong: t("name_needed"), focus: "trial-label" };
  if (Object.keys(overrides).length) said.overrides = overrides;
  if (draft.policy) {
    said.policy = { name: draft.policy };
    for (const one of app.study.policies.find(({ name }) => name === draft.policy)?.parameters ?? []) {
      const text = draft.parameters?.[one.name] ?? "";
      if (text === "") continue;
      const value = valueOf(text, one);
      if (value === null) return { wrong: t("not_a_number"), focus: `parameter-${one.name}` };
      said.policy[one.name] = value;
    }
  }
  return said.overrides || said.policy ? { said } : { wrong: t("change_something"), focus: "trial-policy" };
};

export const form = (app) => {
  const draft = draftOf(app);
  const submit = (event) => {
    event.preventDefault();
    const { said, wrong, focus } = messageOf(app, draftOf(app));
    if (wrong) {
      document.getElementById(focus)?.focus();
      return app.tell(wrong, true);
    }
    app.send(said);
    app.drafts.set("trial", "");
    document.activeElement?.blur();
    return app.tell(t(app.role === "facilitator" ? "trial_started" : "trial_proposed_said"));
  };
  const policy = app.study.policies.find((one) => one.name === draft.policy);
  const rows = (draft.levers ?? []).filter((row) => row?.path).length;
  return h("form", { class: "try-form", on: { submit } },
    h("div", { class: "field" }, h("label", { for: "trial-base" }, t("trial_base")),
      h("select", { id: "trial-base", value: draft.base ?? app.study.focus, on: { change: (event) => keep(app, { base: event.currentTarget.value }) } }, app.study.alternatives.map((one) => h("option", { value: one.label }, one.name)))),
    h("div", { class: "field" }, h("label", { for: "trial-policy" }, t("trial_policy")),
      h("select", { id: "trial-policy", value: draft.policy ?? "", on: { change: (event) => keep(app, { policy: event.currentTarget.value, parameters: {} }) } }, h("option", { value: "" }, t("rule_stays")), app.study.policies.map((one) => h("option", { value: one.name }, said(one.title)))),
      policy ? h("p", { class: "fine" }, said(policy.says)) : null),
    policy?.parameters.length
      ? h("details", { class: "rule-parameters" }, h("summary", {}, t("rule_parameters", { n: policy.parameters.length })), h("div", { class: "columns" }, policy.parameters.map((one) => parameter(app, draft, one))))
      : null,
    app.study.levers.length ? Array.from({ length: Math.min(MOST, rows + 1) }, (_, place) => leverRow(app, draft, place)) : null,
    h("div", { class: "field" }, h("label", { for: "trial-label" }, t("trial_label")),
      h("input", { id: "trial-label", type: "text", maxlength: "60", autocomplete: "off", value: draft.label ?? "", on: { input: (event) => keep(app, { label: event.currentTarget.value }) } })),
    h("button", { type: "submit", class: "button" }, t(app.role === "facilitator" ? "trial_run_now" : "trial_send")));
};
