// The charts of the runs that are looked at, with their switches.
import { data } from "./dashboard-data.js";
import * as lines from "./dashboard-lines.js";
import { setView } from "./dashboard-series.js";
import { Plot, zoomed } from "./dashboard-plot.js";
import { paint, smoothTo, state } from "./dashboard-state.js";
import { count, el, fill, fixed, metricName, put, rate, recall, remember, show, svg, words } from "./dashboard-text.js";

const KINDS = [["loss", "legendLoss"], ["raw", "legendRaw"], ["eval", "legendEval"], ["rate", "legendRate"], ["planned", "legendPlanned"]];
const LOOKS = {
  loss: { "stroke-width": 2.4 }, raw: { "stroke-width": 1, "stroke-opacity": 0.5 }, eval: null, rate: { "stroke-width": 1.4 },
  planned: { "stroke-width": 6, "stroke-opacity": 0.28 },
};

export class Figures {
  constructor(holder, redraw, openEvent) {
    this.redraw = redraw;
    this.openEvent = openEvent;
    this.plots = new Map();
    this.tools = this.makeTools();
    this.kinds = el("div", { class: "legend kinds", role: "group" });
    this.names = el("div", { class: "legend names", role: "group" });
    this.note = el("p", { class: "note", id: "chart-note" });
    this.empty = el("p", { class: "note empty" });
    this.main = el("div", { class: "main-plot" });
    this.lesser = el("div", { class: "lesser-plots" });
    this.heading = el("h3", { id: "chart-heading" });
    holder.append(el("div", { class: "section-head" }, this.heading, this.tools), this.names, this.kinds, this.empty, this.main, this.note,
      this.lesser);
    this.plots.set("main", new Plot(this.main, "main", 380));
  }

  makeTools() {
    const axis = ["step", "tokens", "seconds"].map(name => el("button", {
      type: "button", data: { x: name }, on: { click: () => this.setX(name) },
    }));
    this.axis = el("span", { class: "segments", role: "group", id: "x-axis" }, ...axis);
    this.log = el("button", { type: "button", id: "log-loss", class: "toggle", on: { click: () => this.toggleLog() } });
    this.plan = el("button", { type: "button", id: "whole-plan", class: "toggle", on: { click: () => this.togglePlan() } });
    this.slider = el("input", { type: "range", id: "smoothing", min: "0", max: "100", step: "1" });
    this.sliderWord = el("label", { for: "smoothing" });
    this.sliderValue = el("output", { for: "smoothing" });
    this.slider.addEventListener("input", () => put(this.sliderValue, this.sliderSmooth().toFixed(2)));
    this.slider.addEventListener("change", () => this.smooth(this.sliderSmooth()));
    this.zoomOut = el("button", { type: "button", id: "zoom-out", on: { click: () => this.zoomBy(2) } }, "−");
    this.zoomIn = el("button", { type: "button", id: "zoom-in", on: { click: () => this.zoomBy(0.5) } }, "+");
    this.zoomAll = el("button", { type: "button", id: "zoom-all", on: { click: () => this.zoom(null) } });
    return el("div", { class: "tools" }, this.axis, this.log, this.plan,
      el("span", { class: "slider" }, this.sliderWord, this.slider, this.sliderValue),
      el("span", { class: "segments" }, this.zoomOut, this.zoomIn, this.zoomAll));
  }

  // In even steps of the window: half way is 0.9, about ten updates, the end 0.99, about a hundred.
  sliderSmooth() {
    return Math.min(0.99, Math.round((1 - 10 ** (-2 * Number(this.slider.value) / 100)) * 1000) / 1000);
  }

  translate() {
    put(this.heading, words(state.kind === "sweep" ? "curves" : "chart"));
    for (const button of this.axis.children) {
      put(button, words({ step: "xStep", tokens: "xTokens", seconds: "xSeconds" }[button.dataset.x]));
    }
    this.axis.setAttribute("aria-label", words("xAxis"));
    put(this.log, words("logLoss"));
    put(this.plan, words("wholePlan"));
    put(this.sliderWord, words("smoothing"));
    put(this.zoomAll, words("zoomAll"));
    fill(this.zoomIn, { "aria-label": words("zoomIn"), title: words("zoomIn") + " (+)" });
    fill(this.zoomOut, { "aria-label": words("zoomOut"), title: words("zoomOut") + " (−)" });
    this.kinds.setAttribute("aria-label", words("kinds"));
    this.names.setAttribute("aria-label", words("shownRuns"));
  }

  setX(name) {
    setView({ x: name, zoom: null });
    this.redraw();
  }

  nextX() {
    const all = ["step", "tokens", "seconds"];
    this.setX(all[(all.indexOf(data.x) + 1) % 3]);
  }

  toggleLog() {
    state.logLoss = !state.logLoss;
    remember("log", state.logLoss ? "1" : "0");
    this.redraw();
  }

  togglePlan() {
    state.wholePlan = !state.wholePlan;
    if (data.zoom) {
      setView({ zoom: null });
    }
    this.redraw();
  }

  smooth(value) {
    setView(smoothTo(value));
    this.redraw();
  }

  toggleSmooth() {
    this.smooth(data.smooth > 0 ? 0 : Number(recall("smooth-last")) || 0.9);
  }

  zoom(range) {
    const whole = lines.wholeRange(this.runs, state.wholePlan);
    let next = range && [Math.max(range[0], whole[0]), Math.min(range[1], whole[1])];
    if (next && (next[1] - next[0] >= (whole[1] - whole[0]) * 0.999)) {
      next = null;
    }
    const least = data.x === "step" ? 2 : 0;
    if (next && !(next[1] - next[0] > least)) {
      return;
    }
    if (next !== data.zoom) {
      setView({ zoom: next });
      this.redraw();
    }
  }

  zoomBy(factor) {
    const range = lines.xRange(this.runs, state.wholePlan);
    // a run that grows is read at its end
    this.zoom(zoomed(range, factor, data.zoom ? undefined : range[1]));
  }

  draw(runs) {
    this.runs = runs.filter(run => !state.hiddenRuns.has(run.id) || runs.length === 1);
    const colors = paint();
    const hidden = runs.length === 1 ? state.hidden.one : state.hidden.many;
    this.drawTools();
    this.drawLegend(runs, colors, hidden);
    const range = lines.xRange(this.runs, state.wholePlan);
    const all = lines.mainLines(this.runs, colors, hidden, state.logLoss, state.wholePlan);
    const left = lines.leftAxis(all, range, state.logLoss, !data.zoom);
    const right = lines.rateAxis(all, range);
    const x = { range, kind: { step: "step", tokens: "tokens", seconds: "time" }[data.x],
      label: words({ step: "stepAxis", tokens: "tokensAxis", seconds: "secondsAxis" }[data.x]) };
    const shared = { paint: colors, x, titleAt: lines.xTitle, onZoom: zoom => this.zoom(zoom) };
    const any = this.runs.some(run => run.entry && run.entry.full && run.entry.full.branches.some(branch => branch.x.length > 0));
    const read = runs.some(run => run.entry && run.entry.full);
    show(this.main, any);
    show(this.empty, !any);
    const failed = runs.find(run => run.entry && run.entry.error && !run.entry.full);
    put(this.empty, failed && !read ? words("failedToRead", failed.entry.error.message) : words(read ? "noSteps" : "loading"));
    if (any) {
      this.plots.get("main").update(all, {
        ...shared, describe: words("chartHelp", words("chart")), left: { ...left, format: state.logLoss ? "log" : "plain", label: words("loss") },
        right: { ...right, format: "rate", label: words("learningRate") }, marks: lines.marksOf(this.runs, this.openEvent),
      });
    }
    this.drawNote(left, right);
    this.drawLesser(colors, range, shared, any);
  }

  drawTools() {
    for (const button of this.axis.children) {
      button.setAttribute("aria-pressed", String(button.dataset.x === data.x));
    }
    this.log.setAttribute("aria-pressed", String(state.logLoss));
    this.plan.setAttribute("aria-pressed", String(state.wholePlan));
    this.zoomAll.disabled = data.zoom === null;
    if (document.activeElement !== this.slider) {
      this.slider.value = String(Math.round(-50 * Math.log10(1 - data.smooth)));
    }
    put(this.sliderValue, data.smooth.toFixed(2));
  }

  drawLegend(runs, colors, hidden) {
    const one = runs.length === 1;
    show(this.names, !one);
    const toggled = (set, key, swatch, text) => el("button", {
      type: "button", class: "key", "aria-pressed": String(!set.has(key)), data: { key }, on: { click: () => this.toggle(set, key) },
    }, swatch, el("span", { class: "given" }, text));
    // in which groups the rates differ
    const first = one && runs[0].entry && runs[0].entry.full ? runs[0].entry.full.branches[0] : null;
    const groups = first ? lines.rateGroups(first).map(group => group.names.join(", ")) : [];
    const signature = JSON.stringify([colors.key, groups, runs.map(run => [run.id, run.name, run.color]), [...hidden], [...state.hiddenRuns]]);
    if (signature === this.legendSignature) {
      return;
    }
    this.legendSignature = signature;
    const focused = document.activeElement && document.activeElement.dataset.key;
    this.names.replaceChildren(...(one ? [] : runs.map(run => toggled(state.hiddenRuns, run.id, dot(run.color), run.name))));
    this.kinds.replaceChildren(...KINDS.map(([kind, word]) => {
      const many = kind === "rate" && groups.length > 1;
      const button = toggled(hidden, kind, swatch(kind, one ? colors.colors[kind === "rate" || kind === "planned" ? 1 : 0] : colors.soft),
        many && groups.length > lines.MOST_GROUPS ? words("legendGroups", groups.length) : many ? `${words(word)}: ${groups[0]}` : words(word));
      if (many && groups.length <= lines.MOST_GROUPS) {
        groups.slice(1).forEach((name, i) => button.append(swatch(kind, lines.groupColor(i + 1, groups.length, colors)),
          el("span", { class: "given" }, name)));
      }
      return button;
    }));
    if (focused) {
      [...this.names.children, ...this.kinds.children].find(button => button.dataset.key === focused)?.focus();
    }
  }

  toggle(set, key) {
    if (set.has(key)) {
      set.delete(key);
    } else {
      set.add(key);
    }
    this.redraw();
  }

  drawNote(left, right) {
    const sentences = [];
    if (this.runs.length === 1) {
      const series = lines.seriesOf(this.runs[0]);
      if (series && series.branches.length > 1) {
        sentences.push(words("branchNote"));
      }
      if (series && series.exact === false) {
        const drawn = series.branches.reduce((sum, branch) => sum + branch.x.length, 0);
        const range = data.zoom && data.x === "step" ? data.zoom : [0, Infinity];
        const made = this.runs[0].entry.full.branches.reduce((sum, branch) => sum + Math.max(0, Math.floor(Math.min(range[1],
          branch.step.at(-1) ?? 0)) - Math.ceil(Math.max(range[0], branch.from ?? 0))), 0);
        sentences.push(words("refined", count(drawn), count(Math.max(made, drawn))));
      }
    }
    if (right.below) {
      sentences.push(words("below", rate(right.below, 2)));
    }
    if (left.outside !== null) {
      sentences.push(words("offScale", fixed(left.outside, 2)));
    }
    put(this.note, sentences.join(document.documentElement.lang === "zh" ? "" : " "));
    show(this.note, sentences.length > 0);
  }

  drawLesser(colors, range, shared, any) {
    const wanted = new Map();
    if (any) {
      wanted.set("grad_norm", { title: words("legendNorm"), lines: lines.updateLines(this.runs, "grad_norm", colors, range) });
      for (const name of lines.metricNames(this.runs)) {
        wanted.set("metric:" + name, { title: metricName(name), lines: lines.metricLines(this.runs, name, colors) });
      }
      wanted.set("tokens_per_second", { title: words("speed"), lines: lines.updateLines(this.runs, "tokens_per_second", colors, range) });
    }
    for (const [name, plot] of this.plots) {
      if (name !== "main" && !wanted.has(name)) {
        plot.destroy();
        this.plots.delete(name);
      }
    }
    for (const [name, { title, lines: drawn }] of wanted) {
      if (!this.plots.has(name)) {
        this.plots.set(name, new Plot(this.lesser, name, 168));
      }
      const log = name === "grad_norm" && lines.spansDecade(drawn);
      this.plots.get(name).update(drawn, {
        ...shared, x: { ...shared.x, label: "" }, describe: words("chartHelp", title), right: null, marks: [],
        left: { ...lines.leftAxis(drawn, range, log, name !== "grad_norm" && !name.startsWith("metric:")),
          format: log ? "log" : name === "tokens_per_second" ? "count" : "plain", label: title },
      });
    }
  }

  read(name) {
    const plot = this.plots.get(name) || this.plots.get("metric:" + name);
    return plot ? plot.read() : null;
  }
}

function dot(color) {
  const element = el("span", { class: "dot", "aria-hidden": "true" });
  element.style.background = color;
  return element;
}

function swatch(kind, color) {
  const look = LOOKS[kind];
  return svg("svg", { width: 22, height: 12, class: "swatch-line", "aria-hidden": "true" }, look
    ? svg("path", { d: "M1 6h20", fill: "none", stroke: color, ...look })
    : svg("circle", { cx: 11, cy: 6, r: 4, fill: "none", stroke: color, "stroke-width": 2 }));
}
