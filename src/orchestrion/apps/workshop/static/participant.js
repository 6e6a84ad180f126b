// A participant's page: phone first; says what they say through the outbox, so that nothing is lost when the line is.
import { App, ended, lineStatus, noticeLine, stepNumber, tools } from "./app.js";
import { h } from "./dom.js";
import { kept } from "./outbox.js";
import { badge, stepWords } from "./parts.js";
import { all } from "./steps.js";
import { said, t } from "./words.js";

const profile = (app) => {
  const name = app.drafts.get("name") || app.me.name;
  const department = app.local.department ?? app.me.department;
  const submit = (event) => {
    event.preventDefault();
    const told = { kind: "rename" };
    if (name.trim() && name.trim() !== app.me.name) told.name = name.trim();
    if (department !== app.me.department) told.department = department;
    app.drafts.set("name", "");
    app.local.department = null;
    app.choose("profile", false);
    if (told.name || told.department) app.send(told);
  };
  return h("form", { class: "card", on: { submit } },
    h("div", { class: "field" }, h("label", { for: "name" }, t("your_name")), h("input", { id: "name", maxlength: "40", value: name, on: { input: (event) => app.drafts.set("name", event.currentTarget.value) } })),
    h("div", { class: "field" }, h("label", { for: "department" }, t("department")),
      h("select", { id: "department", value: department, on: { change: (event) => app.choose("department", event.currentTarget.value) } }, app.study.departments.map((one) => h("option", { value: one.key }, said(one.label))))),
    h("p", { class: "fine" }, t("change_department_note")),
    h("button", { type: "submit", class: "button" }, t("save")));
};

const draw = (app) => {
  if (app.wire.ended) {
    kept.remove("token"); // else the page for joining would lead back here
    return ended(app);
  }
  if (!app.study || !app.state) return h("main", { class: "ended" }, h("h1", {}, t("connecting")), lineStatus(app));
  const { step } = app.state;
  return [
    h("header", { class: "top" },
      h("div", { class: "bar-row" },
        h("p", { class: "where" }, t("step_n", { n: stepNumber(app), of: app.state.steps.length }), h("span", { class: "dots", "aria-hidden": "true" }, app.state.steps.map((one, place) => h("i", { class: place < stepNumber(app) ? "on" : "" })))),
        tools(app)),
      lineStatus(app)),
    h("main", { class: `step ${step}`, id: "main" },
      h("h1", { id: "step-title", tabindex: "-1" }, t(`step_${step}`)),
      h("p", { class: "lead" }, stepWords(app, "phone")),
      noticeLine(app),
      app.state.open ? null : h("p", { class: "notice" }, t("is_closed")),
      all[step].phone(app)),
    h("footer", {},
      h("p", { class: "me" }, badge(app.me.department), h("b", { dir: "auto" }, app.me.name), h("button", { type: "button", class: "plain small", "aria-expanded": String(Boolean(app.local.profile)), on: { click: () => app.choose("profile", !app.local.profile) } }, t("change"))),
      app.local.profile ? profile(app) : null),
  ];
};

window.workshop = new App("participant", draw);
kept.set("token", window.workshop.token); // the same browser that joins again is the same person
window.workshop.start();
