// Codes from reports: people who weighed without a server send a code, the facilitator pastes one or many.
import { h } from "./dom.js";
import { t } from "./words.js";

export const pasted = (app) => {
  const submit = (event) => {
    event.preventDefault();
    const text = app.drafts.get("pasted");
    const found = codes.find(text);
    if (!found.length) {
      document.getElementById("pasted")?.focus();
      return app.tell(t("no_code_in_it"), true);
    }
    const places = app.study.places;
    const wrong = [];
    let taken = 0;
    for (const code of found) {
      try {
        codes.decode(code, app.study.mark, places);
        app.send({ kind: "paste", code });
        taken += 1;
      } catch (error) {
        wrong.push(`${code.slice(0, 15)}\u2026: ${t(`code_${error.message}`)}`);
      }
    }
    app.drafts.set("pasted", "");
    document.getElementById("pasted").value = "";
    return app.tell([taken ? t("codes_taken", { n: taken }) : "", ...wrong].filter(Boolean).join(" "), wrong.length > 0);
  };
  return h("section", { class: "card", "aria-labelledby": "pasted-title" },
    h("h2", { id: "pasted-title" }, t("pasted_title")),
    h("form", { on: { submit } },
      h("label", { for: "pasted", class: "fine" }, t("pasted_lead")),
      h("textarea", { id: "pasted", rows: "3", spellcheck: "false", autocomplete: "off", value: app.drafts.get("pasted"), on: { input: (event) => app.drafts.set("pasted", event.currentTarget.value) } }),
      h("button", { type: "submit", class: "button quiet" }, t("pasted_count"))));
};
