// A day on the map: parcels stand where they are at the moment of the clock; counts are said in words beside it.
(() => {
  const clock = document.getElementById("replay-clock");
  const chart = page.charts?.get("replay");
  if (!clock || !chart) return;
  const play = document.getElementById("replay-play");
  const says = document.getElementById("replay-says");
  const number = new Intl.NumberFormat(document.documentElement.lang === "fr" ? "fr-FR" : "en-GB");

  const at = (day, now) => {
    const found = { sourced: 0, waiting: new Map(), road: [], there: [] };
    day.node.forEach((node, i) => {
      if (day.sourced[i] > now) return;
      found.sourced += 1;
      if (day.received[i] >= 0 && day.received[i] <= now) found.there.push(i);
      else if (day.handed[i] >= 0 && day.handed[i] <= now) found.road.push(i);
      else found.waiting.set(node, (found.waiting.get(node) ?? 0) + 1);
    });
    return found;
  };

  const dots = (name, symbol, size, points) => ({
    type: "scatter", mode: "markers", hoverinfo: "skip", x: points.map((p) => p[0]), y: points.map((p) => p[1]),
    marker: { color: chart.colours[name], symbol, size, line: { color: chart.colours.edge, width: 0.5 } },
  });

  // drawn by the page like any other chart; the outlines are those of the map above
  page.compose.replay = () => {
    const flows = page.charts.get("flows");
    const day = chart.days[page.controls.replay ?? Object.keys(chart.days)[0]];
    const now = Number(clock.value) * chart.step;
    const found = at(day, now);
    const between = (i) => {
      const end = day.received[i] < 0 ? day.handed[i] + 2880 : day.received[i];
      const part = Math.min(1, (now - day.handed[i]) / Math.max(1, end - day.handed[i]));
      const node = day.node[i];
      return [chart.x[node] + part * (day.x[i] - chart.x[node]), chart.y[node] + part * (day.y[i] - chart.y[node])];
    };
    const nodes = chart.labels.map((label, node) => ({ label, node, count: found.waiting.get(node) ?? 0 }));
    const waiting = found.sourced - found.there.length - found.road.length;
    const counts = { when: chart.moments[clock.value], sourced: found.sourced, waiting, road: found.road.length, received: found.there.length };
    const text = chart.says.replace(/\{(\w+)\}/g, (_, name) => (typeof counts[name] === "number" ? number.format(counts[name]) : counts[name]));
    says.textContent = text;
    clock.setAttribute("aria-valuetext", text);
    const ground = flows.data.filter((trace) => trace.meta.alternative === null).map((trace) => ({ ...trace, visible: true }));
    const data = [
      ...ground,
      dots("there", "diamond", 5, found.there.map((i) => [day.x[i], day.y[i]])),
      {
        type: "scatter", mode: "markers", x: nodes.map(({ node }) => chart.x[node]), y: nodes.map(({ node }) => chart.y[node]),
        text: nodes.map(({ label, count }) => `${label.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)}: ${number.format(count)}`),
        hovertemplate: "%{text}<extra></extra>",
        marker: {
          color: chart.colours.node, symbol: nodes.map(({ node }) => (chart.depot[node] ? "square" : "circle")),
          size: nodes.map(({ node, count }) => (chart.depot[node] ? 8 : 4) + 2.2 * Math.sqrt(count)), sizemode: "diameter",
          opacity: 1, line: { color: chart.colours.edge, width: 1 },
        },
      },
      dots("warehouse", "circle", 6, found.road.filter((i) => day.depot[i]).map(between)),
      dots("store", "triangle-up", 7, found.road.filter((i) => !day.depot[i]).map(between)),
    ];
    return { data, layout: { ...flows.layout, annotations: [] } };
  };

  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = play.dataset.play;
  };
  clock.addEventListener("input", () => window.Plotly && page.draw(chart));
  play.addEventListener("click", () => {
    if (timer) return stop();
    if (clock.value === clock.max) clock.value = 0;
    play.textContent = play.dataset.pause;
    timer = setInterval(() => {
      if (clock.value === clock.max) return stop();
      clock.value = Number(clock.value) + 1;
      page.draw(chart);
      return undefined;
    }, 180);
    return undefined;
  });
})();
