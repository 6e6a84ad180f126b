// Joining: the code from the screen, a name, a department. Whoever joins twice from one browser is the same person.
import { h, show } from "./dom.js";
import { kept, newId } from "./outbox.js";
import { sign } from "./parts.js";
import { speech, t } from "./words.js";

const stage = document.getElementById("stage");
const live = document.getElementById("live");
const form = {
  code: (new URLSearchParams(location.search).get("code") ?? "").toUpperCase(),
  name: kept.get("name") ?? "",
  department: kept.get("department") ?? "",
};
let told = "";
let busy = false;
// the same attempt under the same id, until it is answered: a lost answer joins nobody twice
let attempt = kept.get("attempt") ?? newId();

const DEPARTMENTS = ["ecommerce", "retail", "it", "supply_chain"];

const tell = (text) => {
  told = text;
  live.textContent = text;
  draw();
};

const join = async (event) => {
  event?.preventDefault();
  if (busy) return;
  form.code = form.code.replace(/[\s-]/g, "").toUpperCase();
  for (const part of ["code", "name", "department"]) {
    if (!form[part].trim()) {
      document.getElementById(part === "department" ? `department-${DEPARTMENTS[0]}` : part).focus();
      tell(t(`${part}_needed`));
      return;
    }
  }
  busy = true;
  kept.set("attempt", attempt);
  kept.set("name", form.name.trim());
  kept.set("department", form.department);
  draw();
  try {
    const body = { id: attempt, code: form.code, name: form.name.trim(), department: form.department };
    const before = kept.get("token");
    if (before) body.token = before;
    const answer = await fetch("/join", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const found = await answer.json();
    if (!answer.ok) {
      attempt = newId();
      kept.remove("attempt");
      busy = false;
      tell(found.wait > 1 ? `${found.words} ${t("wait_s", { n: Math.ceil(found.wait) })}` : found.words);
      document.getElementById(found.reason === "wrong_code" ? "code" : "name")?.focus();
      return;
    }
    kept.remove("attempt");
    kept.set("token", found.token);
    location.replace(found.link);
  } catch {
    busy = false;
    tell(t("not_reached"));
  }
};

const input = (id, props) =>
  h("div", { class: "field" }, h("label", { for: id }, t(`join_${id}`)), h("input", { id, value: form[id], on: { input: (event) => (form[id] = event.currentTarget.value) }, ...props }));

const draw = () =>
  show(
    stage,
    h("header", { class: "top" }, h("div", { class: "bar-row" }, h("p", { class: "where" }, t("workshop")), h("div", { class: "tools" }, h("button", { type: "button", class: "plain", lang: t("other_lang"), on: { click: () => { speech.choose(t("other_lang")); draw(); } } }, t("other_lang_name"))))),
    h("main", { id: "main", class: "joining" },
      h("h1", {}, t("join_title")),
      h("p", { class: "lead" }, t("join_lead")),
      told ? h("p", { class: "notice bad" }, sign("warn"), " ", told) : null,
      h("form", { novalidate: true, on: { submit: join } },
        input("code", { type: "text", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: "12", class: "code", "aria-required": "true" }),
        input("name", { type: "text", autocomplete: "given-name", maxlength: "40", "aria-required": "true" }),
        h("fieldset", { class: "departments" }, h("legend", {}, t("join_department")),
          DEPARTMENTS.map((key) =>
            h("label", { class: form.department === key ? "on" : "" },
              h("input", { type: "radio", name: "department", id: `department-${key}`, value: key, checked: form.department === key, on: { change: () => { form.department = key; draw(); } } }),
              h("span", {}, h("b", {}, t(`department_${key}`)), h("small", {}, t(`department_${key}_asks`)))))),
        h("button", { type: "submit", class: "button wide", disabled: busy }, t(busy ? "joining" : "join_go")))),
  );

draw();
// a phone that was in already goes straight back in
const before = kept.get("token");
if (before) {
  fetch("/study.json", { headers: { Authorization: `Bearer ${before}` } }).then((answer) => (answer.ok ? location.replace(`/p/${before}`) : kept.remove("token")), () => {});
}
