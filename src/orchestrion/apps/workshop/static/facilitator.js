// The facilitator's page: drives the steps, sees who is here and who has not spoken, takes pasted codes.
import { App, ended, lineStatus, noticeLine, rail, stepNumber, tools } from "./app.js";
import { h } from "./dom.js";
import { pasted } from "./pasted.js";
import { badge, present, stepWords } from "./parts.js";
import { all } from "./steps.js";
import { t } from "./words.js";

const people = (app) =>
  h("section", { class: "card", "aria-labelledby": "people-title" },
    h("h2", { id: "people-title" }, t("here_n", { n: present(app).length })),
    h("ul", { class: "people" },
      app.state.participants.map((one) =>
        h("li", { key: one.id },
          one.by_code ? h("span", { class: "fine" }, t("by_code")) : h("span", { class: `online ${one.online ? "yes" : "no"}`, title: t(one.online ? "online" : "offline") }, h("span", { "aria-hidden": "true" }, one.online ? "\u25cf" : "\u25cb"), h("span", { class: "hidden" }, t(one.online ? "online" : "offline"))),
          badge(one.department),
          h("span", { class: "name", dir: "auto" }, one.name),
          app.local.removing === one.id
            ? [h("button", { type: "button", class: "plain small bad", on: { click: () => { app.send({ kind: "remove", participant: one.id }); app.choose("removing", null); } } }, t("remove_sure")), h("button", { type: "button", class: "plain small", on: { click: () => app.choose("removing", null) } }, t("cancel"))]
            : h("button", { type: "button", class: "plain small", "aria-label": t("remove_this", { name: one.name }), on: { click: () => app.choose("removing", one.id) } }, t("remove"))))));

const joining = (app) => {
  const url = app.state.join_url;
  return h("section", { class: "card joining", "aria-labelledby": "join-title" },
    h("h2", { id: "join-title" }, t("join")),
    app.qr ? h("img", { class: "qr", src: app.qr, alt: t("qr_alt") }) : null,
    h("p", { class: "url" }, url.replace(/^https?:\/\//, "")),
    h("p", { class: "code" }, app.state.code),
    h("button", { type: "button", class: "plain small", title: t("new_code_means"), on: { click: () => app.send({ kind: "new_code" }) } }, t("new_code")),
    /^https?:\/\/(127\.|localhost|\[::1)/.test(url) ? h("p", { class: "fine" }, t("only_here")) : null);
};

const move = (app, by) => {
  const { steps } = app.state;
  const to = steps[stepNumber(app) - 1 + by];
  return to && h("button", { type: "button", class: by > 0 ? "button" : "button quiet", key: by > 0 ? "next" : "back", on: { click: () => app.send({ kind: "step", to }) } }, by > 0 ? `${t("go_on")} ${t(`step_${to}`)} \u2192` : `\u2190 ${t(`step_${to}`)}`);
};

const draw = (app) => {
  if (app.wire.ended) return ended(app);
  if (!app.study || !app.state) return h("main", { class: "ended" }, h("h1", {}, t("connecting")), lineStatus(app));
  const { step } = app.state;
  return [
    h("header", { class: "top" },
      h("div", { class: "bar-row" }, h("p", { class: "where", dir: "auto" }, app.study.title || t("workshop")), tools(app)),
      h("nav", { "aria-label": t("steps") }, rail(app, (to) => app.send({ kind: "step", to }))),
      lineStatus(app)),
    h("main", { class: `step ${step}`, id: "main" },
      h("div", { class: "title-row" }, h("h1", { id: "step-title", tabindex: "-1" }, t(`step_${step}`)), h("div", { class: "row moves" }, move(app, -1), move(app, 1))),
      h("p", { class: "guide" }, h("b", {}, t("minutes_for", { n: t(`${step}_takes`) })), " ", stepWords(app, "guide")),
      noticeLine(app),
      all[step].desk(app)),
    h("aside", { class: "side", "aria-label": t("room") }, joining(app), people(app), step === "frame" || step === "predict" ? null : pasted(app)),
  ];
};

window.workshop = new App("facilitator", draw).start();
