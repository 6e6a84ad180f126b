// Frame: what is compared, what differs, and what was only assumed; anybody may contest an assumption.
import { h } from "../dom.js";
import { named, who } from "../parts.js";
import { number, t } from "../words.js";

const value = (one) => {
  if (one === null || one === undefined || one === "") return t("nothing");
  if (typeof one === "number") return number(one, Number.isInteger(one) ? 0 : Math.min(4, (String(one).split(".")[1] ?? "").length));
  if (typeof one === "boolean") return t(one ? "yes" : "no");
  return Array.isArray(one) ? one.map(value).join(", ") : typeof one === "object" ? JSON.stringify(one) : String(one);
};
const pathName = (path) => path.replaceAll("_", " ").split(".").slice(-2).join(" \u203a ");

const differences = (app, one, most = Infinity) => {
  if (one.label === app.study.baseline) return h("p", { class: "fine" }, t("today"));
  // the rule stands above; where it differs is told by its name
  const told = one.differs.filter((change) => !change.path.startsWith("policy."));
  const shown = told.slice(0, most);
  return [
    h(
      "dl",
      { class: "differs" },
      shown.map((change) =>
        h(
          "div",
          {},
          h("dt", { title: change.path }, pathName(change.path)),
          h("dd", { dir: "auto" }, h("del", {}, value(change.from)), " \u2192 ", h("ins", {}, value(change.to)), change.unit ? ` ${change.unit}` : ""),
        ),
      ),
    ),
    told.length > shown.length ? h("p", { class: "fine" }, t("more_differences", { n: told.length - shown.length })) : null,
  ];
};

const scenarios = (app, most) =>
  h(
    "ul",
    { class: app.study.alternatives.length > 4 ? "scenarios many" : "scenarios" },
    app.study.alternatives.map((one) =>
      h("li", { class: "card", key: one.label }, h("h3", {}, named(app.study, one.label)), h("p", { class: "policy" }, t("rule"), " ", h("code", {}, one.policy)), differences(app, one, most)),
    ),
  );

const contested = (app) => {
  const by = new Map();
  for (const one of app.state.contested) by.set(one.assumption, [...(by.get(one.assumption) ?? []), one]);
  return by;
};
const about = (app, path) => app.study.assumptions.find((one) => one.path === path) ?? { path, description: "", value: null, unit: "" };

export const contestedList = (app, most = Infinity) => {
  const all = [...contested(app)].slice(-most).reverse();
  if (!all.length) return h("p", { class: "fine" }, t("none_contested"));
  return h(
    "ul",
    { class: "contested" },
    all.map(([path, told]) => {
      const one = about(app, path);
      return h(
        "li",
        { key: path },
        h("p", {}, h("b", { dir: "auto" }, one.description || pathName(path)), " ", h("span", { class: "fine" }, `${value(one.value)} ${one.unit}`)),
        told.map((said) => h("p", { class: "voice", dir: "auto" }, who(said), " ", said.text)),
      );
    }),
  );
};

const confidence = (one) => h("span", { class: `confidence ${one.confidence}` }, t(`confidence_${one.confidence}`));

const contest = (app, one) => {
  const key = `contest.${one.path}`;
  const id = `contest-${one.path.replace(/\W/g, "-")}`;
  const say = (event) => {
    event.preventDefault();
    const text = app.drafts.get(key).trim();
    if (!text) return document.getElementById(id)?.focus();
    app.send({ kind: "contest", assumption: one.path, text });
    app.drafts.set(key, "");
    document.getElementById(id).value = "";
    app.choose("contesting", null);
    return app.tell(t("contest_said"));
  };
  return h(
    "form",
    { class: "contest", on: { submit: say } },
    h("label", { for: id }, t("contest_why")),
    h("textarea", { id, rows: "3", maxlength: "500", value: app.drafts.get(key), on: { input: (event) => app.drafts.set(key, event.currentTarget.value) } }),
    h("div", { class: "row" }, h("button", { type: "submit", class: "button" }, t("send")), h("button", { type: "button", class: "plain", on: { click: () => app.choose("contesting", null) } }, t("cancel"))),
  );
};

const assumptions = (app) => {
  const asked = (app.local.search ?? "").toLowerCase();
  const doubts = contested(app);
  const fits = app.study.assumptions.filter((one) => !asked || `${one.path} ${one.description} ${one.source}`.toLowerCase().includes(asked));
  const shown = fits.slice(0, app.local.allAssumptions ? Infinity : 12);
  return [
    h("h2", {}, t("assumptions")),
    h("p", { class: "lead" }, t("assumptions_lead", { n: app.study.assumptions.length })),
    h(
      "div",
      { class: "field" },
      h("label", { for: "search" }, t("assumptions_search")),
      h("input", { id: "search", type: "search", value: app.local.search ?? "", on: { input: (event) => app.choose("search", event.currentTarget.value) } }),
    ),
    h(
      "ul",
      { class: "assumptions" },
      shown.map((one) =>
        h(
          "li",
          { key: one.path },
          h("p", { class: "what-is" }, h("b", { dir: "auto" }, one.description || pathName(one.path)), h("span", { class: "amount" }, value(one.value), one.unit ? ` ${one.unit}` : "")),
          h("p", { class: "fine" }, confidence(one), " ", h("span", {}, pathName(one.path)), one.source && one.source !== "assumed" ? ` \u00b7 ${one.source}` : ""),
          (doubts.get(one.path) ?? []).map((said) => h("p", { class: "voice", dir: "auto" }, who(said), " ", said.text)),
          app.local.contesting === one.path
            ? contest(app, one)
            : h("button", { type: "button", class: "plain small", "aria-label": t("contest_this", { what: one.description || one.path }), on: { click: () => app.choose("contesting", one.path) } }, t("contest")),
        ),
      ),
    ),
    fits.length > shown.length ? h("button", { type: "button", class: "button quiet", on: { click: () => app.choose("allAssumptions", true) } }, t("show_all", { n: fits.length })) : null,
    fits.length ? null : h("p", { class: "fine" }, t("none_found")),
  ];
};

export const projector = (app) => [
  h("div", { class: "two wide-left" },
    h("div", {}, scenarios(app, app.study.alternatives.length > 4 ? 2 : 3)),
    h("aside", { class: "card joining", "aria-label": t("join") },
      h("h3", {}, t("join_here")),
      app.qr ? h("img", { class: "qr", src: app.qr, alt: t("qr_alt") }) : h("span", { class: "qr" }),
      h("p", { class: "url" }, app.state.join_url.replace(/^https?:\/\//, "")),
      h("p", { class: "code", "aria-label": t("code_is", { code: [...app.state.code].join(" ") }) }, app.state.code),
    ),
  ),
  app.state.contested.length ? h("section", { class: "band" }, h("h3", {}, t("contested_n", { n: contested(app).size })), contestedList(app, app.study.alternatives.length > 4 ? 1 : 2)) : null,
];

export const phone = (app) => [
  h("section", {}, h("h2", {}, t("scenarios")), scenarios(app)),
  h("section", {}, assumptions(app)),
];

export const desk = (app) => [
  h("section", {}, h("h2", {}, t("scenarios")), scenarios(app, 4)),
  h("section", {}, h("h2", {}, t("contested_title")), contestedList(app)),
];
