// Weighing: scores as `orchestrion.kpis.weighing` works them out, from the same amounts; a test holds the two together.
(() => {
  const form = document.getElementById("weights");
  if (!form) return;
  const told = page.read("data-weighing");
  const body = document.getElementById("ranks");
  const rows = new Map([...body.rows].map((row) => [Number(row.dataset.alternative), row]));
  const whole = { style: "currency", currency: "EUR", maximumFractionDigits: 0 };
  const locale = told.lang === "fr" ? "fr-FR" : "en-GB";
  const euros = new Intl.NumberFormat(locale, whole);
  const signed = new Intl.NumberFormat(locale, { ...whole, signDisplay: "exceptZero" });
  const price = new Intl.NumberFormat(locale, { style: "currency", currency: "EUR", maximumFractionDigits: 2 });
  const minus = (text) => text.replace("-", "\u2212");
  const mean = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;

  const scores = (one, prices) =>
    one.contribution.map((euro, r) =>
      Object.entries(one.amounts).reduce((sum, [key, amounts]) => sum - (prices[key] ?? 0) * amounts[r], euro),
    );
  const paired = (here, there) => {
    const changes = here.map((one, r) => one - there[r]);
    const middle = mean(changes);
    if (told.t === null) return { mean: middle, half: NaN, safe: NaN };
    const spread = changes.reduce((sum, one) => sum + (one - middle) ** 2, 0) / (changes.length - 1);
    const error = Math.sqrt(spread / changes.length);
    return { mean: middle, half: told.t * error, safe: told.sure * error };
  };
  const sure = (found) => Number.isFinite(found.safe) && Math.abs(found.mean) > found.safe;
  const written = (found) =>
    minus(signed.format(found.mean)) + (Number.isFinite(found.half) ? ` \u00b1 ${euros.format(found.half)}` : "");

  const weigh = () => {
    const prices = {};
    for (const input of form.querySelectorAll("input[type=range]")) {
      prices[input.name] = Number(input.value);
      const text = price.format(prices[input.name]);
      input.nextElementSibling.textContent = text;
      input.setAttribute("aria-valuetext", text);
    }
    const all = told.alternatives.map((one) => ({ one, scores: scores(one, prices) }));
    const base = all.find(({ one }) => one.index === told.base);
    const order = all.map((entry) => ({ ...entry, mean: mean(entry.scores) }));
    order.sort((a, b) => b.mean - a.mean || a.one.index - b.one.index);
    order.forEach((entry, place) => {
      const row = rows.get(entry.one.index);
      row.dataset.score = String(entry.mean);
      row.querySelector(".place").textContent = `${place + 1}. `;
      row.querySelector(".score").textContent = minus(euros.format(entry.mean));
      const cell = row.querySelector(".lead-over");
      cell.className = "lead-over";
      if (entry.one.index === told.base) cell.textContent = "\u2013";
      else {
        const found = paired(entry.scores, base.scores);
        row.dataset.difference = String(found.mean);
        row.dataset.half = String(found.half);
        const known = sure(found);
        cell.textContent = written(found) + (known ? "" : ` (${told.noise})`);
        cell.classList.add(known ? (found.mean > 0 ? "better" : "worse") : "noise");
      }
      body.append(row);
    });
    const lead = paired(order[0].scores, order[1].scores);
    const says = sure(lead) ? told.words.sure : told.words.noise;
    const parts = { first: order[0].one.name, second: order[1].one.name, lead: written(lead) };
    document.getElementById("weighing-says").textContent = says.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
  };
  form.addEventListener("input", weigh);
  form.addEventListener("reset", () => setTimeout(weigh));
  form.addEventListener("submit", (event) => event.preventDefault());
  weigh();
})();
