// Frame: what is compared, what differs, and what was only assumed; anybody may contest an assumption.
import { h } from "../dom.js";
import { named, who } from "../parts.js";
import { said, t, written } from "../words.js";

// what a part of the document is called there: the same in every language
const place = (path) => h("code", { class: "path", lang: "en" }, path.split(/(?<=[._])/).flatMap((part) => [part, h("wbr")]));

// the rule stands above; where it differs is told by its name
const changesOf = (one) => one.differs.filter((change) => !change.path.startsWith("policy."));
const alike = (a, b) => a.path === b.path && JSON.stringify(a.to) === JSON.stringify(b.to);

// what all the others change is told once
const common = (app) => {
  const others = app.study.alternatives.filter((one) => one.label !== app.study.baseline).map(changesOf);
  return others.length > 1 ? others[0].filter((one) => others.every((changes) => changes.some((other) => alike(one, other)))) : [];
};

const changed = (changes, most = Infinity) => {
  const shown = changes.slice(0, most);
  return [
    h(
      "dl",
      { class: "differs" },
      shown.map((change) =>
        h(
          "div",
          {},
          h("dt", { title: change.path }, said(change.name) || place(change.path)),
          h("dd", { dir: "auto" }, h("del", {}, written(change.from, change)), " \u2192 ", h("ins", {}, written(change.to, change))),
        ),
      ),
    ),
    changes.length > shown.length ? h("p", { class: "fine" }, t("more_differences", { n: changes.length - shown.length })) : null,
  ];
};

const differences = (app, one, most) => {
  if (one.label === app.study.baseline) return h("p", { class: "fine" }, t("today"));
  const shared = common(app);
  return changed(changesOf(one).filter((change) => !shared.some((other) => alike(change, other))), most);
};

// by its name; as it is written where it has one of its own, or parameters
const rule = (one) => {
  const name = said(one.policy_name);
  return h("p", { class: "policy" }, t("rule"), " ", h("b", {}, name), name === one.policy || !one.policy.includes("(") ? null : [" ", h("code", { lang: "en" }, one.policy)]);
};

const scenarios = (app, most) => [
  h(
    "ul",
    { class: app.study.alternatives.length > 4 ? "scenarios many" : "scenarios" },
    app.study.alternatives.map((one) =>
      h("li", { class: "card", key: one.label }, h("h3", {}, named(app.study, one.label)), rule(one), differences(app, one, most)),
    ),
  ),
  common(app).length ? h("section", { class: "card shared" }, h("h3", {}, t("shared_differences", { name: app.study.name(app.study.baseline) })), changed(common(app), most && 4)) : null,
];

const contested = (app) => {
  const by = new Map();
  for (const one of app.state.contested) by.set(one.assumption, [...(by.get(one.assumption) ?? []), one]);
  return by;
};
const about = (app, path) => app.study.assumptions.find((one) => one.path === path) ?? { path, description: "", value: null };

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
        h("p", {}, h("b", { dir: "auto" }, said(one.description) || place(path)), " ", h("span", { class: "fine" }, written(one.value, one))),
        told.map((voice) => h("p", { class: "voice", dir: "auto" }, who(voice), " ", voice.text)),
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
  const fits = app.study.assumptions.filter((one) => !asked || `${one.path} ${said(one.description)} ${said(one.source)}`.toLowerCase().includes(asked));
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
          h("p", { class: "what-is" }, h("b", { dir: "auto" }, said(one.description) || place(one.path)), h("span", { class: "amount" }, written(one.value, one))),
          h("p", { class: "fine" }, confidence(one), " ", place(one.path)),
          said(one.source) === t(`confidence_${one.confidence}`) ? null : h("details", { class: "what" }, h("summary", {}, t("source")), h("p", { class: "fine" }, said(one.source))),
          (doubts.get(one.path) ?? []).map((voice) => h("p", { class: "voice", dir: "auto" }, who(voice), " ", voice.text)),
          app.local.contesting === one.path
            ? contest(app, one)
            : h("button", { type: "button", class: "plain small", "aria-label": t("contest_this", { what: said(one.description) || one.path }), on: { click: () => app.choose("contesting", one.path) } }, t("contest")),
        ),
      ),
    ),
    fits.length > shown.length ? h("button", { type: "button", class: "button quiet", on: { click: () => app.choose("allAssumptions", true) } }, t("show_all", { n: fits.length })) : null,
    fits.length ? null : h("p", { class: "fine" }, t("none_found")),
  ];
};

export const projector = (app) => [
  h("div", { class: "two wide-left" },
    h("div", {}, scenarios(app, app.study.alternatives.length > 4 ? 1 : 3)),
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
