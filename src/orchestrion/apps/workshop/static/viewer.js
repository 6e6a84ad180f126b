// The projector's page: one step at a time, large, nothing to press but language and theme.
import { App, ended, noticeLine, rail, stepNumber, tools, lineStatus } from "./app.js";
import { h } from "./dom.js";
import { present, stepWords } from "./parts.js";
import { all } from "./steps.js";
import { t } from "./words.js";

const draw = (app) => {
  if (app.wire.ended) return ended(app);
  if (!app.study || !app.state) return h("main", { class: "ended" }, h("h1", {}, t("connecting")));
  const { step } = app.state;
  return [
    h("header", { class: "top" }, rail(app), tools(app)),
    h("main", { class: `step ${step}`, id: "main" },
      h("div", { class: "head" }, h("h1", { id: "step-title", tabindex: "-1" }, h("span", { class: "place", "aria-hidden": "true" }, String(stepNumber(app))), t(`step_${step}`)), h("p", { class: "lead" }, step === "frame" && app.study.question ? app.study.question : stepWords(app, "lead"))),
      lineStatus(app), noticeLine(app),
      all[step].projector(app)),
    h("footer", {},
      h("p", {}, t("here_n", { n: present(app).length }), " \u00b7 ", app.study.departments.map(({ key }) => `${t(`short_${key}`)} ${app.state.counts[key]}`).join(" \u00b7 ")),
      h("p", {}, app.state.open ? [t("join_at"), " ", h("b", {}, app.state.join_url.replace(/^https?:\/\//, "")), " ", t("with_code"), " ", h("b", { class: "code" }, app.state.code)] : t("is_closed"))),
  ];
};

// all on one wall: what would not fit is drawn smaller, down to six tenths; a narrow window scrolls
const fit = () => {
  const root = document.documentElement;
  root.style.fontSize = "";
  if (innerWidth < 960) return;
  const whole = parseFloat(getComputedStyle(root).fontSize);
  for (let size = 0.97; size > 0.6 && root.scrollHeight > innerHeight; size -= 0.03) root.style.fontSize = `${whole * size}px`;
};
addEventListener("resize", fit);

window.workshop = new App("viewer", draw);
window.workshop.drawn = fit;
window.workshop.start();
