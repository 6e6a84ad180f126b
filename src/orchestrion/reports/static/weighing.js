// Weighing: sliders price what departments care about, and rank the alternatives again (scoring.js); the code to send on.
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
  const written = (found) =>
    minus(signed.format(found.mean)) + (Number.isFinite(found.half) ? ` \u00b1 ${euros.format(found.half)}` : "");

  // the code by which a weighing reaches the workshop: no server, so the reader carries it
  const sheet = document.getElementById("code");
  const department = document.getElementById("code-department");
  const personName = document.getElementById("code-name");
  const drawn = () => [...crypto.getRandomValues(new Uint8Array(3))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const person = (() => {
    const place = `orchestrion-person-${told.study}`;
    try {
      const kept = localStorage.getItem(place) ?? drawn();
      localStorage.setItem(place, kept);
      return kept;
    } catch {
      return drawn(); // a file opened from disk may have no storage: the same person for as long as the page is open
    }
  })();
  const writeCode = (prices) => {
    const own = { study: told.study, person, department: department.value, prices, name: personName.value };
    sheet.value = codes.encode(own, told.places);
  };
  document.getElementById("code-copy").addEventListener("click", async () => {
    sheet.select();
    try {
      await navigator.clipboard.writeText(sheet.value);
      document.getElementById("code-copied").textContent = told.words.copied;
    } catch {
      document.getElementById("code-copied").textContent = told.words.copy_by_hand;
    }
  });

  const weigh = () => {
    const prices = {};
    for (const input of form.querySelectorAll("input[type=range]")) {
      prices[input.name] = Number(input.value);
      const text = price.format(prices[input.name]);
      input.nextElementSibling.textContent = text;
      input.setAttribute("aria-valuetext", text);
    }
    const order = scoring.ranking(told.alternatives, prices);
    const base = order.find(({ one }) => one.index === told.base);
    order.forEach((entry, place) => {
      const row = rows.get(entry.one.index);
      row.dataset.score = String(entry.mean);
      row.querySelector(".place").textContent = `${place + 1}. `;
      row.querySelector(".score").textContent = minus(euros.format(entry.mean));
      const cell = row.querySelector(".lead-over");
      cell.className = "lead-over";
      if (entry.one.index === told.base) cell.textContent = "\u2013";
      else {
        const found = scoring.paired(entry.scores, base.scores, told);
        row.dataset.difference = String(found.mean);
        row.dataset.half = String(found.half);
        const known = scoring.sure(found);
        cell.textContent = written(found) + (known ? "" : ` (${told.noise})`);
        cell.classList.add(known ? (found.mean > 0 ? "better" : "worse") : "noise");
      }
      body.append(row);
    });
    const lead = scoring.paired(order[0].scores, order[1].scores, told);
    const says = scoring.sure(lead) ? told.words.sure : told.words.noise;
    const parts = { first: order[0].one.name, second: order[1].one.name, lead: written(lead) };
    document.getElementById("weighing-says").textContent = says.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
    writeCode(prices);
  };
  form.addEventListener("input", weigh);
  form.addEventListener("reset", () => setTimeout(weigh));
  for (const one of [department, personName]) one.addEventListener("input", weigh);
  form.addEventListener("submit", (event) => event.preventDefault());
  weigh();
})();
