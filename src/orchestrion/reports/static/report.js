// The page's own script: unpacks plotly.js, draws the charts in the colours of the theme, listens to the selectors.
"use strict";
const page = { compose: {} }; // what the scripts of single sections need of it
(() => {
  const $ = (id) => document.getElementById(id);
  const read = (id) => JSON.parse($(id).textContent);
  const exchange = read("exchange");
  const root = document.documentElement;
  const dusk = matchMedia("(prefers-color-scheme: dark)");
  const paper = matchMedia("print");
  // `?paper` lays the page out for paper from the beginning: a PDF is printed so
  const asPaper = new URLSearchParams(location.search).has("paper");
  let printing = asPaper || paper.matches;
  const isDark = () => !printing && (root.dataset.theme ? root.dataset.theme === "dark" : dusk.matches);

  // every colour of a figure is a light one of the palette: in the dark each is exchanged for its partner
  const dressed = (value) => {
    if (typeof value === "string") return exchange[value] ?? value;
    if (Array.isArray(value)) return typeof value[0] === "number" ? value : value.map(dressed);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, dressed(one)]));
    }
    return value;
  };
  // inks in bars are chosen for the light colours; in the dark the bars change, so the inks do
  const clothes = (value) => (isDark() ? dressed(value) : structuredClone(value));

  if (asPaper) for (const story of document.querySelectorAll("details.story, details.scorecard")) story.open = true;
  const boxes = [...document.querySelectorAll("[data-chart]")];
  const charts = new Map(boxes.map((box) => [box.dataset.chart, { box, ...read(`data-${box.dataset.chart}`) }]));
  const state = {};

  // a control (select, checkbox) steers the charts that name it and the parts of the page that are shown for one value
  const controls = {};
  const showParts = (name) => {
    for (const part of document.querySelectorAll(`[data-part="${name}"]`)) part.hidden = part.dataset.when !== controls[name];
  };
  for (const element of document.querySelectorAll("[data-control]")) {
    const name = element.dataset.control;
    const value = () => (element.type === "checkbox" ? String(Number(element.checked)) : element.value);
    controls[name] = value();
    showParts(name);
    element.addEventListener("change", () => {
      controls[name] = value();
      showParts(name);
      if (!window.Plotly) return;
      for (const chart of charts.values()) if (chart.controls?.includes(name)) draw(chart);
    });
  }

  const widthClass = (width, widths) => {
    const names = Object.entries(widths).sort((a, b) => a[1] - b[1]);
    let best = names[0];
    for (const one of names) if (Math.abs(one[1] - width) < Math.abs(best[1] - width)) best = one;
    return best[0];
  };

  // paper is laid out after the charts are drawn: A4 less its margins, in CSS pixels
  const widthOf = (box) => {
    if (printing) return (box.dataset.ratio ? 470 : 650) / 0.8; // as the style sheet shrinks them: letters like the text's
    return box.clientWidth || 650;
  };

  // letters grow with the screen, so that a wall can be read from afar: charts, drawn in pixels, are enlarged as much
  const enlargement = () => {
    const letters = parseFloat(getComputedStyle(root).fontSize) / 16.5;
    return printing || letters < 1.04 ? 1 : letters;
  };

  const figureOf = (chart) => {
    const { box } = chart;
    const width = widthOf(box);
    // where there is but one choice the page has no control for it
    const variant = chart.variants && (chart.variants[chart.controls.map((name) => controls[name]).join("|")] ?? chart.variants[chart.first]);
    const composed = page.compose[box.dataset.chart]?.();
    const base = variant ? { ...chart.layout, ...variant.layout } : (composed ?? chart).layout;
    const data = (variant ?? composed ?? chart).data.map((trace) => ({ ...trace }));
    const layout = { ...base, width, xaxis: { ...base.xaxis }, yaxis: { ...base.yaxis } };
    // lines may be flatter on paper; what has a row for each name, or names beside its points, may not
    const lines = data.every((trace) => trace.type === "scatter") && !chart.scenes;
    if (printing && lines) layout.height = Math.round(layout.height * 0.78);
    if (box.dataset.ratio) layout.height = Math.round(width * Number(box.dataset.ratio));
    if (chart.names) layout.annotations = chart.names[widthClass(width, chart.widths)];
    if (chart.scenes) {
      const scene = chart.scenes[`${state.x}|${state.y}`];
      scene.rows.forEach((_, row) => {
        const trace = data[row];
        trace.x = [scene.x[row]];
        trace.y = [scene.y[row]];
        trace.text = [scene.hover[row]];
        trace.error_x = { ...trace.error_x, array: [scene.x_half[row]] };
        trace.error_y = { ...trace.error_y, array: [scene.y_half[row]] };
      });
      const steps = data.at(-1);
      steps.x = scene.front_x;
      steps.y = scene.front_y;
      layout.xaxis.range = scene.x_range;
      layout.yaxis.range = scene.y_range;
      layout.xaxis.tickformat = scene.x_format;
      layout.yaxis.tickformat = scene.y_format;
      layout.xaxis.title = { ...layout.xaxis.title, text: width < 480 ? scene.x_short : scene.x_title };
      layout.yaxis.title = { ...layout.yaxis.title, text: width < 480 ? scene.y_short : scene.y_title };
      layout.annotations = scene.names[widthClass(width, chart.widths)];
    }
    if (box.dataset.chart === "flows") {
      const shown = state.flows;
      for (const trace of data) trace.visible = trace.meta.alternative === null || trace.meta.alternative === shown;
    }
    if (box.dataset.ratio) {
      const scale = Math.min(1, Math.max(0.6, width / 700));
      for (const trace of data) {
        if (trace.line && trace.fill === undefined) trace.line = { ...trace.line, width: trace.line.width * scale };
        if (trace.marker) {
          const { size } = trace.marker;
          trace.marker = { ...trace.marker, size: Array.isArray(size) ? size.map((one) => one * scale) : size * scale };
        }
      }
    }
    if (width < 480) {
      for (const trace of data) {
        if (trace.type !== "sankey") continue;
        trace.node = { ...trace.node, label: trace.node.customdata, pad: 10, thickness: 10 };
        trace.textfont = { ...trace.textfont, size: 10.5 };
      }
      // names over bars: a phone has room for smaller ones only; in the scatter their places were worked out
      if (!chart.scenes && !box.dataset.ratio && layout.annotations) {
        layout.annotations = layout.annotations.map((one) => ({ ...one, font: { ...one.font, size: 11.2 } }));
      }
      layout.xaxis.nticks = 5;
      if (layout.xaxis.tickvals && layout.xaxis.tickvals.length > 5) {
        const every = Math.ceil(layout.xaxis.tickvals.length / 4);
        layout.xaxis.tickvals = layout.xaxis.tickvals.filter((_, i) => i % every === 0);
        layout.xaxis.ticktext = layout.xaxis.ticktext.filter((_, i) => i % every === 0);
      }
    }
    return { data: clothes(data), layout: clothes(layout) };
  };

  const draw = (chart) => {
    const zoom = enlargement();
    const { style } = chart.box;
    style.width = zoom === 1 ? "" : `${100 / zoom}%`;
    style.transform = zoom === 1 ? "" : `scale(${zoom})`;
    const { data, layout } = figureOf(chart);
    style.marginBottom = zoom === 1 ? "" : `${layout.height * (zoom - 1) + 13}px`;
    const waiting = chart.box.querySelector(".waiting");
    if (waiting) waiting.remove();
    style.aspectRatio = "auto";
    style.minHeight = "0";
    chart.width = chart.box.clientWidth;
    return Plotly.react(chart.box, data, layout, { displayModeBar: false, scrollZoom: false, doubleClick: false });
  };
  const drawAll = () => Promise.all([...charts.values()].map(draw));
  Object.assign(page, { charts, controls, draw, dressed: clothes, isDark, read });

  const inflate = async () => {
    const packed = Uint8Array.from(atob($("plotly").textContent.trim()), (sign) => sign.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
    $("plotly").remove();
  };

  const choice = (id, change) => {
    const select = $(id);
    if (select) select.addEventListener("change", () => change(select.value));
    return select;
  };
  const show = (attribute, index) => {
    for (const part of document.querySelectorAll(`[data-${attribute}]`)) part.hidden = part.dataset[attribute] !== index;
  };
  choice("cards-choice", (index) => show("cards", index));
  const flows = choice("flows-choice", (index) => {
    state.flows = Number(index);
    show("caption", index);
    if (window.Plotly) draw(charts.get("flows"));
  });
  if (flows) state.flows = Number(flows.value);
  const across = $("axis-x");
  const upwards = $("axis-y");
  if (across && upwards) {
    [state.x, state.y] = [across.value, upwards.value];
    const turn = (changed) => {
      // the same KPI twice says nothing: the other axis takes the one just left
      if (across.value === upwards.value) (changed === across ? upwards : across).value = changed === across ? state.x : state.y;
      [state.x, state.y] = [across.value, upwards.value];
      const lines = charts.get("tradeoff").scenes[`${state.x}|${state.y}`].says.map((text) => {
        const line = document.createElement("p");
        line.textContent = text;
        return line;
      });
      $("front-says").replaceChildren(...lines);
      if (window.Plotly) draw(charts.get("tradeoff"));
    };
    across.addEventListener("change", () => turn(across));
    upwards.addEventListener("change", () => turn(upwards));
  }

  const keep = (theme) => {
    try {
      if (theme === undefined) return localStorage.getItem("theme");
      localStorage.setItem("theme", theme);
    } catch {
      // a file opened from disk may have no storage
    }
    return null;
  };
  const wanted = new URLSearchParams(location.search).get("theme") || keep();
  if (wanted === "dark" || wanted === "light") root.dataset.theme = wanted;
  $("theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    keep(root.dataset.theme);
    if (window.Plotly) drawAll();
  });
  $("print").addEventListener("click", () => print());
  dusk.addEventListener("change", () => window.Plotly && drawAll());

  const links = new Map([...document.querySelectorAll(".bar a")].map((link) => [link.hash.slice(1), link]));
  if ("IntersectionObserver" in window) {
    const seen = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          if (!entry.isIntersecting) continue;
          for (const link of links.values()) link.removeAttribute("aria-current");
          const link = links.get(entry.target.id);
          if (!link) continue;
          link.setAttribute("aria-current", "true");
          const list = link.closest("ul"); // twenty sections do not fit: the one being read is brought into sight
          list.scrollTo({ left: link.offsetLeft - list.offsetLeft - list.clientWidth / 3 });
        }
      },
      { rootMargin: "-20% 0px -70% 0px" },
    );
    for (const id of links.keys()) if ($(id)) seen.observe($(id));
  }

  const bar = document.querySelector(".bar ul");
  const fade = () => {
    const rest = bar.scrollWidth - bar.clientWidth - bar.scrollLeft;
    bar.classList.toggle("before", bar.scrollLeft > 1);
    bar.classList.toggle("after", rest > 1);
  };
  bar.addEventListener("scroll", fade, { passive: true });
  addEventListener("resize", fade);
  fade();

  const start = async () => {
    if (!boxes.length) return;
    if (typeof DecompressionStream === "undefined") throw new Error("no DecompressionStream");
    await inflate();
    await drawAll();
    let pending = 0;
    new ResizeObserver(() => {
      cancelAnimationFrame(pending);
      pending = requestAnimationFrame(() => {
        for (const chart of charts.values()) if (chart.box.clientWidth && chart.box.clientWidth !== chart.width) draw(chart);
      });
    }).observe(document.querySelector("main"));
    const forPaper = (now) => {
      if (printing === now || asPaper) return;
      printing = now;
      drawAll();
    };
    addEventListener("beforeprint", () => forPaper(true));
    addEventListener("afterprint", () => forPaper(false));
    paper.addEventListener("change", (event) => forPaper(event.matches));
    root.dataset.drawn = "yes";
    document.dispatchEvent(new Event("drawn"));
  };
  start().catch((error) => {
    $("no-charts").hidden = false;
    for (const box of boxes) box.hidden = true;
    for (const table of document.querySelectorAll("details.data")) table.open = true;
    root.dataset.drawn = String(error);
  });
})();
