// Decide: a proposal, and each one's consent: agree, can live with it, object and say why.
import { h } from "../dom.js";
import { badge, named, waitingFor, who } from "../parts.js";
import { t } from "../words.js";

const SIGNS = { agree: "\u2713", live_with: "\u223c", object: "\u2715" };
const CHOICES = ["agree", "live_with", "object"];

const proposal = (app) =>
  app.state.proposal === null
    ? h("p", { class: "says" }, t("no_proposal"))
    : h("p", { class: "proposal" }, h("span", { class: "fine" }, t("proposed")), " ", h("b", {}, named(app.study, app.state.proposal)));

const tally = (app) => {
  const { counts, missing, departments } = app.state.outcome;
  return [
    h("ul", { class: "tally" }, CHOICES.map((one) => h("li", { class: one, key: one }, h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[one]), h("b", {}, String(counts[one])), h("span", {}, t(`choice_${one}`)))), h("li", { class: "missing", key: "missing" }, h("span", { class: "sign", "aria-hidden": "true" }, "\u2026"), h("b", {}, String(missing)), h("span", {}, t("not_spoken")))),
    h("ul", { class: "by-department" }, app.study.departments.map(({ key }) => h("li", { key }, badge(key), h("span", {}, app.study.department(key)), h("b", { class: departments[key] ?? "" }, departments[key] ? `${SIGNS[departments[key]]} ${t(`choice_${departments[key]}`)}` : app.state.counts[key] ? t("not_spoken") : t("nobody"))))),
  ];
};

export const objections = (app) => {
  const told = app.state.consents.filter((one) => one.reason);
  if (!told.length) return null;
  return h("section", {}, h("h3", {}, t("reasons")), h("ul", { class: "reasons" }, told.map((one) => h("li", { key: one.by, class: one.choice }, h("p", { class: "voice", dir: "auto" }, h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[one.choice]), " ", who(one), " ", h("span", { class: "fine" }, t(`choice_${one.choice}`)), " ", one.reason)))));
};

export const outcomeSays = (app) => h("p", { class: `outcome ${app.state.outcome.state}`, role: "status" }, t(`outcome_${app.state.outcome.state}`, { n: app.state.outcome.counts.object, missing: app.state.outcome.missing }));

export const projector = (app) => [proposal(app), app.state.proposal === null ? null : [tally(app), outcomeSays(app), objections(app)]];

const said = (app) => {
  const waiting = app.wire.saying.findLast((one) => one.kind === "consent" && one.proposal === app.state.proposal);
  return waiting ?? app.me.consent;
};

export const phone = (app) => {
  if (app.state.proposal === null) return proposal(app);
  const now = said(app);
  const key = `reason.${app.state.proposal}`;
  const choice = app.local.consent ?? now?.choice ?? null;
  const give = (one) => {
    const reason = app.drafts.get(key).trim();
    if (one === "object" && !reason) {
      document.getElementById("reason")?.focus();
      return app.tell(t("reason_needed"), true);
    }
    app.choose("consent", null);
    app.send({ kind: "consent", choice: one, reason, proposal: app.state.proposal }, `consent.${app.state.proposal}`);
    return app.tell(t("consent_noted"));
  };
  const press = (one) => {
    app.choose("consent", one);
    if (one === "object") setTimeout(() => document.getElementById("reason")?.focus());
    else give(one);
  };
  return [
    proposal(app),
    h("div", { class: "choices", role: "group", "aria-label": t("your_consent") },
      CHOICES.map((one) => h("button", { type: "button", class: `choice ${one}`, key: one, "aria-pressed": String(choice === one), on: { click: () => press(one) } }, h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[one]), h("b", {}, t(`choice_${one}`)), h("small", {}, t(`choice_${one}_means`))))),
    h("div", { class: "field" }, h("label", { for: "reason" }, t(choice === "object" ? "reason_object" : "reason_any")),
      h("textarea", { id: "reason", rows: "3", maxlength: "500", value: app.drafts.get(key) || (now?.reason ?? ""), on: { input: (event) => app.drafts.set(key, event.currentTarget.value) } })),
    choice ? h("button", { type: "button", class: "button", on: { click: () => give(choice) } }, t(choice === "object" ? "object_send" : "reason_send")) : null,
    now ? h("p", { class: "kept", role: "status" }, "\u2713 ", t("you_chose", { choice: t(`choice_${now.choice}`) })) : null,
  ];
};

export const chooser = (app) =>
  h("div", { class: "field inline" }, h("label", { for: "proposal" }, t("proposal")),
    h("select", { id: "proposal", value: app.state.proposal ?? "", on: { change: (event) => event.currentTarget.value && app.send({ kind: "choose", label: event.currentTarget.value }) } },
      h("option", { value: "" }, t("choose_proposal")), app.state.labels.map((label) => h("option", { value: label }, app.study.name(label)))),
    h("p", { class: "fine" }, t("choose_note")));

export const desk = (app) => [chooser(app), app.state.proposal === null ? null : [h("section", {}, tally(app), outcomeSays(app), waitingFor(app, "consent")), objections(app)]];
