// The form of a trial: which way to start from, another rule or other values of up to three parameters, and a name.
import { h } from "../dom.js";
import { readNumber, t } from "../words.js";

const MOST = 3;
const draftOf = (app) => JSON.parse(app.drafts.get("trial") || "{}");
const keep = (app, change) => {
  app.drafts.set("trial", JSON.stringify({ ...draftOf(app), ...change }));
  app.render();
};

const valueOf = (text, lever) => {
  if (lever && typeof lever.value === "boolean") return text.trim() === "true";
  return readNumber(text);
};

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
  const groups = [...new Set(app.study.levers.map((one) => one.path.split(".")[0]))];
  return h("div", { class: "lever", key: String(place) },
    h("div", { class: "field" }, h("label", { for: id }, t("lever")),
      h("select", { id, value: row.path, on: { change: (event) => change({ path: event.currentTarget.value, value: "" }) } },
        h("option", { value: "" }, t("lever_none")),
        groups.map((group) => h("optgroup", { label: group.replaceAll("_", " ") }, app.study.levers.filter((one) => one.path.split(".")[0] === group).map((one) => h("option", { value: one.path }, one.path.split(".").slice(1).join(" \u203a ").replaceAll("_", " "))))))),
    lever
      ? h("div", { class: "field" }, h("label", { for: `${id}-value` }, t("lever_value", { now: typeof lever.value === "boolean" ? t(lever.value ? "yes" : "no") : lever.value, unit: lever.unit })),
          typeof lever.value === "boolean"
            ? h("select", { id: `${id}-value`, value: row.value || String(!lever.value), on: { change: (event) => change({ value: event.currentTarget.value }) } }, h("option", { value: "true" }, t("yes")), h("option", { value: "false" }, t("no")))
            : h("input", { id: `${id}-value`, type: "text", inputmode: "decimal", autocomplete: "off", value: row.value, on: { input: (event) => change({ value: event.currentTarget.value }) } }),
          h("p", { class: "fine" }, lever.description))
      : null);
};

const parameter = (app, draft, one) => {
  const id = `parameter-${one.name}`;
  const written = draft.parameters?.[one.name] ?? "";
  const set = (event) => keep(app, { parameters: { ...draftOf(app).parameters, [one.name]: event.currentTarget.value } });
  const switched = typeof one.value === "boolean";
  return h("div", { class: "field", key: one.name },
    h("label", { for: id }, one.name.replaceAll("_", " "), one.unit ? ` [${one.unit}]` : ""),
    switched
      ? h("select", { id, value: written || String(one.value), on: { change: set } }, h("option", { value: "true" }, t("yes")), h("option", { value: "false" }, t("no")))
      : h("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", placeholder: one.value === null ? t("nothing") : String(one.value), value: written, on: { input: set } }),
    h("p", { class: "fine", lang: "en" }, one.description));
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
      h("select", { id: "trial-policy", value: draft.policy ?? "", on: { change: (event) => keep(app, { policy: event.currentTarget.value, parameters: {} }) } }, h("option", { value: "" }, t("rule_stays")), app.study.policies.map((one) => h("option", { value: one.name }, one.name.replaceAll("_", " ")))),
      policy ? h("p", { class: "fine", lang: "en" }, policy.says) : null),
    policy?.parameters.length
      ? h("details", { class: "lever" }, h("summary", {}, t("rule_parameters", { n: policy.parameters.length })), policy.parameters.map((one) => parameter(app, draft, one)))
      : null,
    app.study.levers.length ? Array.from({ length: Math.min(MOST, rows + 1) }, (_, place) => leverRow(app, draft, place)) : null,
    h("div", { class: "field" }, h("label", { for: "trial-label" }, t("trial_label")),
      h("input", { id: "trial-label", type: "text", maxlength: "60", autocomplete: "off", value: draft.label ?? "", on: { input: (event) => keep(app, { label: event.currentTarget.value }) } })),
    h("button", { type: "submit", class: "button" }, t(app.role === "facilitator" ? "trial_run_now" : "trial_send")));
};
