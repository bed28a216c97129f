//<![CDATA[
"use strict";
// Reads values under the pointer or at the arrow keys. Nothing else on the page needs a script.
(function () {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  // more groups of parameters than this would make the box taller than the chart
  const MOST_RATES = 6;
  let language = document.documentElement.lang;

  for (const radio of document.querySelectorAll("input[name=language]")) {
    radio.addEventListener("change", () => {
      language = radio.id.slice("show-".length);
      document.documentElement.lang = language;
    });
  }

  function share(axis, value) {
    const [low, high, log] = axis;
    return log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  }

  // The index of the step nearest to one that was pointed at.
  function nearest(steps, step) {
    let low = 0;
    let high = steps.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle] < step) low = middle + 1; else high = middle;
    }
    return low > 0 && step - steps[low - 1] <= steps[low] - step ? low - 1 : low;
  }

  function isHidden(line) {
    const box = document.getElementById("run-" + line.run);
    return box !== null && !box.checked;
  }

  function print(line, value) {
    if (typeof value === "string") return value;
    const small = value !== 0 && Math.abs(value) < 1e-3;
    if (line.rate || small) return value.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e");
    return Number(value.toPrecision(5)).toString();
  }

  function element(parent, tag, name, text) {
    const child = document.createElement(tag);
    if (name) child.className = name;
    if (text !== undefined) child.textContent = text;
    parent.appendChild(child);
    return child;
  }

  // Charts of single marks: each says its values by its title, which a keyboard does not reach.
  for (const figure of document.querySelectorAll("figure[data-points]")) {
    const tip = element(figure, "div", "tip");
    tip.hidden = true;
    let at = -1;

    const visible = () => Array.from(figure.querySelectorAll("svg.chart")).find(svg => svg.getClientRects().length > 0);
    const marks = () => {
      const svg = visible();
      return svg ? Array.from(svg.querySelectorAll("g.at")).filter(mark => mark.querySelector("title")) : [];
    };

    function hide() {
      tip.hidden = true;
      at = -1;
      for (const mark of figure.querySelectorAll("g.read")) mark.classList.remove("read");
    }

    function show(index) {
      const all = marks();
      hide();
      if (all.length === 0) return;
      at = Math.max(0, Math.min(all.length - 1, index));
      all[at].classList.add("read");
      tip.replaceChildren();
      const colour = Array.from(all[at].classList).find(name => /^c\d/.test(name)) || "";
      element(tip, "span", "name " + colour, all[at].querySelector("title").textContent);
      tip.hidden = false;
      const box = figure.getBoundingClientRect();
      const mark = all[at].getBoundingClientRect();
      const beside = mark.right - box.left + 8;
      const room = figure.clientWidth - tip.offsetWidth;
      tip.style.left = Math.max(0, beside <= room ? beside : mark.left - box.left - 8 - tip.offsetWidth) + "px";
    }

    figure.addEventListener("pointermove", event => {
      const mark = event.target.closest("g.at");
      const index = mark ? marks().indexOf(mark) : -1;
      if (index < 0) hide(); else if (index !== at) show(index);
    });
    figure.addEventListener("pointerleave", hide);
    figure.addEventListener("blur", hide);
    figure.addEventListener("keydown", event => {
      const last = marks().length - 1;
      const next = { ArrowLeft: Math.max(0, at - 1), ArrowRight: at + 1, Home: 0, End: last }[event.key];
      if (event.key === "Escape") return hide();
      if (next === undefined) return;
      show(next);
      event.preventDefault();
    });
  }

  for (const figure of document.querySelectorAll("figure[data-figure]")) {
    const chart = charts[figure.dataset.figure];
    if (!chart) continue;
    const [first, last] = chart.x;
    const tip = element(figure, "div", "tip");
    tip.hidden = true;
    let at = null;

    const visible = () => Array.from(figure.querySelectorAll("svg.chart")).find(svg => svg.getClientRects().length > 0);
    // run by run, branch by branch, and of each first what stands above
    const all = chart.panels.flatMap((panel, index) => panel.lines.map(line => ({ ...line, panel, index })));
    const order = line => [line.run, line.branch, line.index, line.axis === "right" ? 1 : 0];
    all.sort((a, b) => {
      const [x, y] = [order(a), order(b)];
      const at = x.findIndex((part, i) => part !== y[i]);
      return at < 0 ? 0 : x[at] - y[at];
    });
    const lines = () => all.filter(line => line.steps.length > 0 && !isHidden(line));

    function show(step) {
      const svg = visible();
      const shown = lines();
      if (!svg || shown.length === 0) return hide();
      // the step that is read is one at which a line has a value; lines of every update are asked first
      const dense = shown.filter(line => !line.sparse);
      const candidates = (dense.length > 0 ? dense : shown).map(line => line.steps[nearest(line.steps, step)]);
      at = candidates.reduce((a, b) => (Math.abs(b - step) < Math.abs(a - step) ? b : a));
      // of each panel: left, top, width, height
      const plots = svg.dataset.plot.split(" ").map(Number);
      const [left, top, width] = plots;
      const bottom = plots[plots.length - 3] + plots[plots.length - 1];
      const x = left + share(chart.x, at) * width;
      const layer = svg.querySelector(".hover");
      layer.replaceChildren();
      const rule = document.createElementNS(svg.namespaceURI, "path");
      rule.setAttribute("d", "M" + x + " " + top + "V" + bottom);
      layer.appendChild(rule);
      tip.replaceChildren();
      element(tip, "b", "", language === "zh" ? "第 " + at + " 步" : "step " + at);
      let name = null;
      let rates = 0;
      const reach = (last - first) / 150;
      for (const line of shown) {
        const i = nearest(line.steps, at);
        if (Math.abs(line.steps[i] - at) > reach) continue;
        const value = line.values[i];
        const axis = line.axis === "right" ? line.panel.right : line.panel.left;
        const [, plotTop, , height] = plots.slice(4 * line.index);
        const y = typeof value === "number" ? share(axis, value) : NaN;
        if (y >= 0 && y <= 1) {
          const dot = document.createElementNS(svg.namespaceURI, "circle");
          dot.setAttribute("class", line.colour);
          dot.setAttribute("cx", left + share(chart.x, line.steps[i]) * width);
          dot.setAttribute("cy", plotTop + (1 - y) * height);
          dot.setAttribute("r", 4);
          layer.appendChild(dot);
        }
        if (line.name !== name) {
          name = line.name;
          rates = 0;
          element(tip, "span", "name " + line.colour, line.name);
        }
        if (line.rate && ++rates > MOST_RATES) continue;
        const row = element(tip, "span", "value");
        const also = line.steps[i] === at ? "" : " @" + line.steps[i];
        element(row, "span", "", line[language] + also);
        element(row, "span", "", print(line, value));
      }
      tip.hidden = false;
      const room = figure.clientWidth - tip.offsetWidth;
      const pixel = x / svg.viewBox.baseVal.width * figure.clientWidth;
      const beside = pixel + 14 + tip.offsetWidth <= figure.clientWidth ? pixel + 14 : pixel - 14 - tip.offsetWidth;
      tip.style.left = Math.max(0, Math.min(room, beside)) + "px";
    }

    function hide() {
      tip.hidden = true;
      at = null;
      for (const layer of figure.querySelectorAll(".hover")) layer.replaceChildren();
    }

    figure.addEventListener("pointermove", event => {
      const svg = visible();
      if (!svg) return;
      const box = svg.getBoundingClientRect();
      const [left, , width] = svg.dataset.plot.split(" ").map(Number);
      const x = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
      const step = first + (x - left) / width * (last - first);
      if (step < first - (last - first) * 0.03 || step > last + (last - first) * 0.03) hide(); else show(step);
    });
    figure.addEventListener("pointerleave", hide);
    figure.addEventListener("blur", hide);
    figure.addEventListener("keydown", event => {
      const jump = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[event.key];
      if (event.key === "Escape") return hide();
      if (event.key === "Home") show(first);
      else if (event.key === "End") show(last);
      else if (jump) {
        const line = lines().sort((a, b) => b.steps.length - a.steps.length)[0];
        if (!line) return;
        const i = at === null ? 0 : nearest(line.steps, at) + jump;
        show(line.steps[Math.max(0, Math.min(line.steps.length - 1, i))]);
      } else return;
      event.preventDefault();
    });
  }
})();
//]]>
