// Disagree: who prefers what, which single price drives it, what each would give up, and what all could bear.
import { h } from "../dom.js";
import { badge, bar, named, sign } from "../parts.js";
import { join, price, roughly, t } from "../words.js";

const heard = (app) => app.state.standings.filter((one) => one.voices > 0);
const rowOf = (standing, label) => standing.rows.find((one) => one.label === label);
const labels = (app) => app.state.disagreement.compromises.map((one) => one.label);

const cell = (app, standing, label) => {
  const row = rowOf(standing, label);
  if (!row) return h("td", {}, "\u2013");
  const prefers = standing.preferred === label;
  const crossed = row.crossings.length > 0;
  return h("td", { key: standing.department, class: prefers ? "prefers" : crossed ? "crossed" : "" },
    h("span", { class: "regret" }, prefers ? h("b", {}, "\u2605 ", t("prefers_this")) : row.regret === 0 ? t("gives_up_nothing") : roughly(row.regret)),
    bar(row.share, "regret-bar"),
    crossed ? h("small", {}, sign("stop"), " ", t("crosses_line")) : null);
};

export const matrix = (app, choose = null) => {
  const { compromises } = app.state.disagreement;
  return h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("regret_title") },
    h("table", { class: "matrix" },
      h("caption", {}, t("regret_title"), h("small", {}, t("regret_lead"))),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("scenario")), heard(app).map((one) => h("th", { scope: "col", key: one.department }, badge(one.department), h("span", { class: "hidden" }, " ", app.study.department(one.department)))), choose ? h("th", { scope: "col" }, t("proposal")) : null)),
      h("tbody", {},
        compromises.map((found, place) =>
          h("tr", { key: found.label, class: found.label === app.state.proposal ? "proposed" : "" },
            h("th", { scope: "row" }, named(app.study, found.label), h("small", {}, [place === 0 ? t("best_compromise") : null, found.front ? null : t("off_front")].filter(Boolean).join(" \u00b7 "))),
            heard(app).map((standing) => cell(app, standing, found.label)),
            choose
              ? h("td", { key: "choose" }, found.label === app.state.proposal ? h("b", {}, "\u2713 ", t("is_proposed")) : h("button", { type: "button", class: "plain", "aria-label": t("propose_this", { name: app.study.name(found.label) }), on: { click: () => choose(found.label) } }, t("propose")))
              : null)))));
};

const why = (app, pair) => {
  const { driver } = pair;
  const names = { a: app.study.department(pair.a), b: app.study.department(pair.b), want_a: app.study.name(pair.wants[0]), want_b: app.study.name(pair.wants[1]) };
  const said = [t("pair_wants", names)];
  if (driver.kind === "weight") {
    const what = app.study.criterion(driver.criterion);
    const [here, there] = driver.prices.map((one) => price(Math.round(one * 100) / 100));
    said.push(t(driver.alone ? "driver_alone" : "driver_most", { ...names, what, here, there }));
    if (driver.alone && driver.flip !== null) said.push(t("driver_flip", { ...names, a: app.study.department(driver.flips), what, at: price(Math.round(driver.flip * 100) / 100) }));
  } else if (driver.kind === "red_line") said.push(t("driver_line", { what: lineName(app, driver.measure) }));
  else said.push(t("driver_none"));
  return h("li", { key: pair.a + pair.b }, h("p", {}, badge(pair.a), " ", badge(pair.b), " ", h("b", { dir: "auto" }, said[0])), h("p", { dir: "auto" }, said.slice(1).join(" ")),
    h("p", { class: "fine" }, t("gives_up_each", { ...names, euros_a: roughly(pair.gives_up.a), euros_b: roughly(pair.gives_up.b) })));
};
const lineName = (app, key) => {
  const one = app.study.limit(key);
  return one ? (one.label[document.documentElement.lang] ?? key) : key;
};

const sentence = (app) => {
  const { agreed, pairs, preferred } = app.state.disagreement;
  if (!Object.keys(preferred).length) return t("nobody_weighed");
  if (agreed) return t("all_prefer", { name: app.study.name(agreed) });
  const wanted = [...new Set(Object.values(preferred))].map((label) => app.study.name(label));
  return t("they_differ", { n: pairs.length, names: join(wanted) });
};

const pairsList = (app, most = Infinity) => {
  const { pairs } = app.state.disagreement;
  // the one with most at stake first
  const order = [...pairs].sort((x, y) => y.gives_up.a + y.gives_up.b - x.gives_up.a - x.gives_up.b);
  return order.length ? h("ul", { class: "pairs-why" }, order.slice(0, most).map((pair) => why(app, pair))) : null;
};

const compromise = (app) => {
  const [best] = app.state.disagreement.compromises;
  if (!best || app.state.disagreement.agreed) return null;
  const worst = app.study.department(best.worst.department);
  return h("p", { class: "answer" }, h("b", { class: "headline" }, t("compromise"), " ", named(app.study, best.label)), " ", best.worst.regret > 0 ? t("compromise_worst", { name: worst, euros: roughly(best.worst.regret) }) : t("compromise_free"),
    best.crossed_by.length ? ` ${t("compromise_crosses", { names: join(best.crossed_by.map((key) => app.study.department(key))) })}` : "");
};

const ready = (app) => app.state.disagreement && labels(app).length > 0;

export const projector = (app) => (ready(app) ? [h("p", { class: "says" }, sentence(app)), app.state.disagreement.pairs.length ? h("div", { class: "two" }, h("div", {}, matrix(app)), h("div", {}, compromise(app), pairsList(app, 2))) : matrix(app)] : h("p", { class: "says" }, t("nobody_weighed")));

export const phone = (app) => {
  if (!ready(app)) return h("p", { class: "lead" }, t("nobody_weighed"));
  const mine = app.state.standings.find((one) => one.department === app.me.department);
  return [
    h("p", { class: "says" }, sentence(app)),
    mine.voices
      ? h("section", { class: "card" }, h("h3", {}, badge(mine.department), " ", t("your_department_prefers"), " ", named(app.study, mine.preferred)),
          h("ul", { class: "ranks" }, [...mine.rows].sort((a, b) => a.regret - b.regret).map((row) =>
            h("li", { key: row.label }, named(app.study, row.label), bar(1 - row.share, row.regret === 0 ? "first" : ""), h("span", { class: "score" }, row.regret === 0 ? t("first") : t("gives_up", { euros: roughly(row.regret) }), row.crossings.length ? [" ", sign("stop"), " ", t("crosses_line")] : "")))),
          h("p", { class: "fine" }, t("median_note")))
      : null,
    compromise(app),
    pairsList(app),
    matrix(app),
  ];
};

export const desk = (app) => {
  if (!ready(app)) return h("p", { class: "lead" }, t("nobody_weighed"));
  return [h("p", { class: "says" }, sentence(app)), compromise(app), h("section", {}, matrix(app, (label) => app.send({ kind: "choose", label }))), app.state.disagreement.pairs.length ? h("section", {}, h("h2", {}, t("why_differ")), pairsList(app)) : null];
};
