// Minutes: what was decided and what stays open; the file to take away.
import { h } from "../dom.js";
import { named } from "../parts.js";
import { t } from "../words.js";
import { contestedList } from "./frame.js";
import { objections, outcomeSays } from "./decide.js";

const summary = (app) => [
  app.state.proposal === null
    ? h("p", { class: "says" }, t("nothing_decided"))
    : [h("p", { class: "proposal" }, h("span", { class: "fine" }, t(["agreed", "reserved"].includes(app.state.outcome.state) ? "decided" : "proposed")), " ", h("b", {}, named(app.study, app.state.proposal))), outcomeSays(app)],
  objections(app),
  h("section", {}, h("h3", {}, t("to_check")), contestedList(app, 6)),
];

// the link is shown in a header, never in an address: fetched here, handed to the browser as a file
const take = async (app, form) => {
  app.choose("taking", form);
  try {
    const answer = await fetch(`/minutes.${form}?lang=${document.documentElement.lang}`, { headers: { Authorization: `Bearer ${app.token}` }, cache: "no-store" });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).words ?? String(answer.status));
    const url = URL.createObjectURL(await answer.blob());
    const link = h("a", { href: url, download: `${t("minutes_file")}.${form}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    app.tell(t("minutes_taken"));
  } catch (error) {
    app.tell(`${t("minutes_failed")} ${error.message}`, true);
  }
  app.choose("taking", null);
};
const files = (app) =>
  h("div", { class: "row files" }, ["html", "pdf"].map((form) => h("button", { type: "button", class: form === "html" ? "button" : "button quiet", key: form, disabled: app.local.taking === form, on: { click: () => take(app, form) } }, t(app.local.taking === form ? "minutes_taking" : `minutes_${form}`))));

export const projector = (app) => summary(app);
export const phone = (app) => [summary(app), files(app)];
export const desk = (app) => [
  files(app),
  summary(app),
  h("section", {}, app.state.open
    ? h("button", { type: "button", class: "button quiet", on: { click: () => app.send({ kind: "close" }) } }, t("close"))
    : [h("p", {}, t("is_closed")), h("button", { type: "button", class: "button quiet", on: { click: () => app.send({ kind: "reopen" }) } }, t("reopen"))]),
];
