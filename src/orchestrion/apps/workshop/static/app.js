// What the three pages share: the line to the room, the study, the frame around each step, and what is said aloud.
import { h, show } from "./dom.js";
import { kept } from "./outbox.js";
import { fetchStudy } from "./study.js";
import { sign } from "./parts.js";
import { has, speech, t } from "./words.js";
import { Wire } from "./wire.js";

const root = document.documentElement;
const dusk = matchMedia("(prefers-color-scheme: dark)");
const wanted = kept.get("theme");
if (wanted) root.dataset.theme = wanted;
export const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dusk.matches);

// drafts: what is being written and not yet said; they survive a reload and a step back
// each link has its own: a facilitator who also takes part, or another workshop at the same address, finds none of them
const draftsOf = (token) => {
  const name = (key) => `draft.${token.slice(0, 12)}.${key}`;
  return {
    get: (key) => kept.get(name(key)) ?? "",
    set: (key, text) => (text ? kept.set(name(key), text) : kept.remove(name(key))),
  };
};

export class App {
  // parts: {draw(app), steps: {frame: ..., ...}}
  constructor(role, draw) {
    this.role = role;
    this.draw = draw;
    this.token = location.pathname.split("/")[2] ?? "";
    this.drafts = draftsOf(this.token);
    this.local = {}; // choices of this page alone: a tab, a selected alternative
    this.notice = null;
    this.stage = document.getElementById("stage");
    this.live = document.getElementById("live");
    this.wire = new Wire(this.token, speech.lang);
    this.wire.addEventListener("state", () => this.heard());
    this.wire.addEventListener("status", () => this.statusChanged());
    this.wire.addEventListener("progress", ({ detail }) => this.moved(detail));
    this.wire.addEventListener("refused", ({ detail }) => this.tell([detail.words, detail.detail].filter(Boolean).join(" "), true));
    this.wire.addEventListener("done", ({ detail }) => this.answered?.(detail));
    this.progress = {};
  }

  start() {
    this.render();
    this.wire.open();
    return this;
  }

  get state() {
    return this.wire.state;
  }
  get me() {
    return this.state?.me;
  }

  async heard() {
    const { state } = this;
    const stale = !this.study || (state.revealed && !this.study.results);
    if (stale && !this.fetching) {
      this.fetching = true;
      try {
        this.study = await fetchStudy(this.token);
        if (!speech.chosen && this.study.lang) this.speak(this.study.lang, false);
      } catch {
        setTimeout(() => this.state && this.heard(), 1_000);
        return;
      } finally {
        this.fetching = false;
      }
    }
    if (!this.study) return;
    const { step } = this.state;
    const moved = this.step !== step;
    const before = this.step;
    this.step = step;
    this.render();
    if (moved && before) this.stepped();
  }

  statusChanged() {
    const { ready, ended: over } = this.wire;
    if (this.study && this.ready && !ready && !over) this.say(t("lost"));
    if (this.study && this.ready === false && ready) this.say(t("line_back"));
    this.ready = ready;
    this.render();
  }

  stepped() {
    this.say(t("step_now", { step: t(`step_${this.step}`) }));
    this.notice = null;
    this.render();
    scrollTo(0, 0);
    // whoever was in the old step's form is brought to the head of the new one; others are not disturbed
    if (this.role === "participant") document.getElementById("step-title")?.focus({ preventScroll: true });
  }

  // the picture of the address holds the code: fetched with the link in a header, shown as data
  get qr() {
    if (this.qrOf !== this.state.code) {
      this.qrOf = this.state.code;
      this.qrText = "";
      fetch("/qr.svg", { headers: { Authorization: `Bearer ${this.token}` } })
        .then((answer) => (answer.ok ? answer.text() : ""))
        .then((svg) => {
          this.qrText = svg && `data:image/svg+xml;utf8,${encodeURIComponent(svg)}`;
          this.render();
        }, () => (this.qrOf = ""));
    }
    return this.qrText;
  }

  moved(told) {
    this.progress[told.trial] = told;
    this.render();
  }

  render() {
    show(this.stage, this.draw(this));
    root.dataset.step = this.state?.step ?? "";
    root.dataset.line = this.wire.ended ? "ended" : this.wire.ready ? "open" : "lost";
    root.dataset.waiting = String(this.wire.waiting);
    this.drawn?.();
    if (this.study && this.step) document.title = `${t(`step_${this.step}`)} \u00b7 ${this.study.title || t("workshop")}`;
  }

  // -- what this page says -------------------------------------------------------------------------------------------

  send(message, about = "") {
    return this.wire.say(message, about);
  }

  say(text) {
    this.live.textContent = "";
    setTimeout(() => (this.live.textContent = text), 50);
  }

  tell(text, bad = false) {
    this.notice = { text, bad };
    this.render();
    this.say(text);
    clearTimeout(this.fading);
    this.fading = setTimeout(() => {
      this.notice = null;
      this.render();
    }, 6_000);
  }

  speak(lang, byHand = true) {
    if (byHand) speech.choose(lang);
    else speech.lang = root.lang = lang;
    this.wire.lang = lang;
    this.wire.probe();
    this.render();
  }

  theme() {
    root.dataset.theme = isDark() ? "light" : "dark";
    kept.set("theme", root.dataset.theme);
  }

  // a value that this page alone remembers, e.g. which alternative is shown
  choose(key, value) {
    this.local[key] = value;
    this.render();
  }
}

// -- parts of every page -----------------------------------------------------------------------------------------------

export const tools = (app) =>
  h(
    "div",
    { class: "tools" },
    h(
      "button",
      { type: "button", class: "plain", lang: t("other_lang"), on: { click: () => app.speak(t("other_lang")) } },
      t("other_lang_name"),
    ),
    h(
      "button",
      { type: "button", class: "plain", "aria-label": t("theme"), title: t("theme"), on: { click: () => app.theme() } },
      h("span", { class: "half-moon", "aria-hidden": "true" }),
    ),
  );

export const lineStatus = (app) => {
  const waiting = app.wire.waiting;
  if (app.wire.ended) return null;
  if (!app.wire.ready) {
    const words = app.role === "participant" && app.study ? (waiting ? t("lost_kept", { n: waiting }) : t("lost")) : t("connecting");
    return h("p", { class: "line lost", role: "status" }, sign("warn"), words);
  }
  if (waiting && app.wire.slow) return h("p", { class: "line sending", role: "status" }, t("sending", { n: waiting }));
  return null;
};

export const noticeLine = (app) =>
  app.notice &&
  h(
    "p",
    { class: `notice ${app.notice.bad ? "bad" : ""}` },
    app.notice.bad ? sign("warn") : null,
    app.notice.text,
  );

export const steps = (app) => app.state.steps;
export const stepNumber = (app) => steps(app).indexOf(app.state.step) + 1;

export const rail = (app, press = null) =>
  h(
    "ol",
    { class: "rail", "aria-label": t("steps") },
    steps(app).map((step, place) => {
      const here = step === app.state.step;
      const past = place < stepNumber(app) - 1;
      const label = [h("span", { class: "place", "aria-hidden": "true" }, String(place + 1)), h("span", { class: "name" }, t(`step_${step}`))];
      return h(
        "li",
        { class: here ? "here" : past ? "past" : "", "aria-current": here && !press ? "step" : null },
        press
          ? h("button", { type: "button", "aria-current": here ? "step" : null, on: { click: () => press(step) } }, label)
          : label,
      );
    }),
  );

export const ended = (app) =>
  app.wire.ended &&
  h(
    "main",
    { class: "ended" },
    h("h1", { id: "step-title", tabindex: "-1" }, t(has(`ended_${app.wire.ended}`) ? `ended_${app.wire.ended}` : "ended_wrong_link")),
    h("p", {}, t("ended_way_out")),
    app.role === "participant" ? h("p", {}, h("a", { class: "button", href: "/join" }, t("join_again"))) : null,
  );
