// Puts the page together: what is looked at, when it is drawn, and the keys.
import { Actions } from "./dashboard-actions.js";
import { Comparison, SweepView } from "./dashboard-compare.js";
import { data, listen } from "./dashboard-data.js";
import { Events, Findings, Head, Ledger } from "./dashboard-detail.js";
import { Figures } from "./dashboard-figures.js";
import { RunList } from "./dashboard-runs.js";
import { Samples } from "./dashboard-samples.js";
import { setView } from "./dashboard-series.js";
import { colorSlot, paint, rampColor, readAddress, shownIds, slotColor, state, writeAddress } from "./dashboard-state.js";
import { retryNow, start, watch } from "./dashboard-stream.js";
import { clock, currentLanguage, el, fill, number, put, recall, remember, setLanguage, show, svg, words } from "./dashboard-text.js";
import { Verdict, worries } from "./dashboard-verdict.js";

const $ = id => document.getElementById(id);
const THEMES = ["auto", "light", "dark"];
const KEYS = [["j k", "keyMove"], ["x", "keyCompare"], ["c", "keyClear"], ["w", "keyWorry"], ["l", "keyLog"], ["s", "keySmooth"],
  ["z", "keyZoom"], ["p", "keyPlan"], ["a", "keyAxis"], ["/", "keyFilter"], ["← → + −", "keyChart"], ["?", "keyHelp"]];
const narrow = matchMedia("(max-width: 899px)");
const darkPaper = matchMedia("(prefers-color-scheme: dark)");
let theme = THEMES.includes(recall("theme")) ? recall("theme") : "auto";
let narrowView = "list";

const verdict = new Verdict((kind, id) => select(kind, id));
const list = new RunList($("runs"), $("filter"), $("sort"), $("list-note"), (kind, id) => select(kind, id), id => compare(id));
const actions = new Actions($("ask"));
const head = new Head(actions.element);
const sweepView = new SweepView(id => select("run", id));
const figuresHolder = el("section", { id: "charts", "aria-labelledby": "chart-heading" });
const figures = new Figures(figuresHolder, () => draw(), (id, event) => events.open(event));
const events = new Events();
const findings = new Findings();
const comparison = new Comparison(id => select("run", id));
const ledger = new Ledger();
const samples = new Samples();
$("run").append(head.element, sweepView.head, sweepView.answer, figuresHolder, comparison.element, sweepView.trialsSection,
  el("div", { class: "pair" }, events.element, findings.element), sweepView.course, samples.element, ledger.element);

// ---- drawing: at most once a frame, and never while the page is hidden

let wanted = new Set();
let frame = 0;

function draw(...parts) {
  (parts.length ? parts : ["list", "details", "charts"]).forEach(part => wanted.add(part));
  if (!frame) {
    frame = requestAnimationFrame(() => {
      frame = 0;
      const now = wanted;
      wanted = new Set();
      if (now.has("list")) {
        list.draw();
      }
      if (now.has("details")) {
        drawDetails();
      }
      if (now.has("charts")) {
        drawCharts();
      }
    });
  }
}

function shownRuns() {
  const ids = shownIds();
  const colors = paint();
  const sweep = state.kind === "sweep" ? data.sweeps.get(state.id) : null;
  const trials = sweep ? sweep.trials.map(trial => trial.run) : [];
  // colours go from the lowest value to the highest
  const ordered = sweep ? [...sweep.trials].sort((a, b) => (number(a.lr) || 0) - (number(b.lr) || 0)).map(trial => trial.run) : [];
  return ids.map(id => {
    const entry = data.details.get(id);
    const detail = entry ? entry.json : null;
    const card = data.runs.get(id) || detail;
    return {
      id, card: card || { id, name: id }, detail, error: entry ? entry.error : null, name: (card || { name: id }).name,
      entry: data.series.get(id),
      color: trials.includes(id) ? rampColor(ordered.indexOf(id), ordered.length, colors) : slotColor(colorSlot(id, ids), colors),
    };
  });
}

function drawDetails() {
  const runs = shownRuns();
  const sweep = state.kind === "sweep" ? data.sweeps.get(state.id) : null;
  const first = runs[0];
  const known = sweep || first && (data.runs.has(first.id) || first.detail);
  const missing = state.id !== null && data.loaded && !known;
  show($("run"), Boolean(known));
  show($("details-note"), !known);
  put($("details-note"), missing ? words("notFound") : data.loaded && data.runs.size + data.sweeps.size === 0
    ? words("emptyHint", data.root || "runs") : data.loaded ? "" : words("loading"));
  document.body.dataset.view = narrow.matches ? narrowView : "both";
  show($("back"), narrow.matches);
  put($("back"), "‹ " + words("allRuns"));
  if (!known) {
    return;
  }
  const one = state.kind === "run";
  for (const [part, visible] of [[head.element, one], [sweepView.head, !one], [sweepView.answer, !one], [sweepView.trialsSection, !one],
    [sweepView.course, !one], [events.element.parentElement, one], [ledger.element, one]]) {
    show(part, visible);
  }
  if (one) {
    head.draw(first.card, [...data.sweeps.values()].find(other => other.trials.some(trial => trial.run === first.id)));
    actions.draw(first.card);
    events.draw(first.id, first.detail);
    findings.draw(first.detail);
    ledger.draw(first.detail);
  } else {
    sweepView.draw(sweep, runs);
  }
  comparison.draw(one ? runs : []);
  samples.draw(runs);
}

function drawCharts() {
  const runs = shownRuns();
  show(figuresHolder, runs.length > 0);
  if (runs.length > 0 && !$("run").hidden) {
    figures.draw(runs);
  }
}

// ---- what is looked at

function select(kind, id, quiet) {
  const changed = kind !== state.kind || id !== state.id;
  state.kind = kind;
  state.id = id;
  state.chosen = !quiet;
  if (changed) {
    state.hiddenRuns.clear();
    setView({ zoom: null });
  }
  if (!quiet) {
    narrowView = "details";
    if (narrow.matches) {
      scrollTo({ top: 0 });
    }
  }
  follow();
  draw();
}

// A run that is compared stays beside whatever is selected next; the selected one can be kept the same way.
function compare(id) {
  state.compared = state.compared.includes(id) ? state.compared.filter(one => one !== id) : [...state.compared, id];
  state.chosen = true;
  follow();
  draw();
}

function follow() {
  writeAddress();
  watch(knownIds());
}

// A run that is not here is not asked for; a deleted one stays as it was read.
function knownIds() {
  return shownIds().filter(id => data.runs.has(id) || data.series.has(id));
}

// Where nobody chose anything: what needs a look, else what runs, else what ran last.
function choose() {
  if (state.chosen || data.runs.size + data.sweeps.size === 0 || state.id !== null && (data.runs.has(state.id) || data.sweeps.has(state.id))) {
    return;
  }
  const active = worries().find(worry => worry.active);
  const sweep = [...data.sweeps.values()].find(one => one.status === "running");
  const cards = [...data.runs.values()].sort((a, b) => (b.status === "running") - (a.status === "running")
    || (Date.parse(b.changed) || 0) - (Date.parse(a.changed) || 0));
  if (active) {
    select(active.kind, active.json.id, true);
  } else if (sweep && (!cards[0] || cards[0].status !== "running" || sweep.trials.some(trial => trial.run === cards[0].id))) {
    select("sweep", sweep.id, true);
  } else if (cards[0]) {
    select("run", cards[0].id, true);
  }
}

// ---- connection

function drawConnection() {
  const { state: now, retryAt } = data.connection;
  const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  $("connection").dataset.state = now;
  put($("connection-text"), now === "live" ? words("live") : now === "connecting" ? words("connecting") : words(now === "away" ? "away" : now === "busy" ? "busy"
    : "retryIn", seconds));
  show($("retry"), now === "away" || now === "retry" || now === "busy");
  show($("away-note"), now === "away");
  if (now === "away") {
    put($("away-note"), words("awayNote", data.lastHeard ? clock(new Date(data.lastHeard)) : "–"));
  }
}

// ---- words and colours

function translate() {
  document.documentElement.lang = currentLanguage() === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-word]")) {
    put(element, words(element.dataset.word));
  }
  for (const tag of ["en", "zh"]) {
    $(tag).setAttribute("aria-pressed", String(tag === currentLanguage()));
  }
  $("details").setAttribute("aria-label", words("details"));
  $("keys-list").replaceChildren(...KEYS.flatMap(([keys, word]) => [
    el("dt", {}, ...keys.split(" ").map(key => el("kbd", {}, key))), el("dd", {}, words(word))]));
  fill($("help"), { "aria-label": words("help"), title: words("help") + " (?)" });
  applyTheme();
  figures.translate();
  list.translate();
  verdict.draw();
  drawConnection();
  draw();
}

function applyTheme() {
  document.documentElement.dataset.theme = theme;
  const word = words("theme") + ": " + words({ auto: "themeAuto", light: "themeLight", dark: "themeDark" }[theme]);
  fill($("theme"), { "aria-label": word, title: word, "data-theme": theme });
  $("theme").replaceChildren(svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("circle", { cx: 8, cy: 8, r: 6, fill: theme === "dark" ? "currentColor" : "none", stroke: "currentColor", "stroke-width": 1.5 }),
    ...(theme === "auto" ? [svg("path", { d: "M8 2a6 6 0 0 1 0 12Z", fill: "currentColor" })] : [])));
}

// ---- keys

const COMMANDS = {
  j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
  x: () => picked() !== null && compare(picked()),
  c: () => {
    state.compared = [];
    follow();
    draw();
  },
  w: () => verdict.goOn(), l: () => figures.toggleLog(), s: () => figures.toggleSmooth(), z: () => figures.zoom(null),
  p: () => figures.togglePlan(), a: () => figures.nextX(),
  "/": () => {
    narrowView = "list";
    draw();
    $("filter").focus();
  },
  "?": () => $("keys").showModal(),
};

// The run whose entry has the focus, so that the keys alone can gather runs; else the selected one.
function picked() {
  const item = document.activeElement && document.activeElement.closest("#runs [data-item]");
  const id = item ? item.dataset.item : state.kind === "run" ? state.id : null;
  return id !== null && data.runs.has(id) ? id : null;
}

function step(by) {
  const focused = document.activeElement && document.activeElement.closest("#runs li");
  if (focused) {
    // in the list the focus moves, and Enter opens
    let next = focused;
    do {
      next = by > 0 ? next.nextElementSibling : next.previousElementSibling;
    } while (next && next.querySelector(".open").disabled);
    if (next) {
      next.querySelector(".open").focus();
    }
    return;
  }
  const next = list.neighbour(by);
  if (next) {
    select(next.kind, next.id);
    list.draw();
    list.reveal();
  }
}

document.addEventListener("keydown", event => {
  const typing = event.target.closest("input:not([type=range]), textarea, select, dialog");
  if (event.key === "Escape" && event.target === $("filter")) {
    $("filter").value = "";
    $("filter").blur();
    list.draw();
    return;
  }
  const arrow = event.key.startsWith("Arrow");
  // the arrows scroll the page unless the focus is in the list
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || arrow && !event.target.closest("#list")) {
    return;
  }
  const command = COMMANDS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (command) {
    event.preventDefault();
    command();
  }
});

$("en").addEventListener("click", () => {
  setLanguage("en");
  translate();
});
$("zh").addEventListener("click", () => {
  setLanguage("zh");
  translate();
});
$("theme").addEventListener("click", () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  remember("theme", theme);
  applyTheme();
  draw("charts", "details");
});
$("help").addEventListener("click", () => $("keys").showModal());
$("skip").addEventListener("click", event => {
  event.preventDefault();
  $("details").focus();
});
$("retry").addEventListener("click", retryNow);
$("back").addEventListener("click", () => {
  narrowView = "list";
  draw();
});
darkPaper.addEventListener("change", () => draw("charts", "details"));
narrow.addEventListener("change", () => draw());
addEventListener("hashchange", () => {
  readAddress();
  narrowView = state.chosen ? "details" : "list";
  setView({ zoom: null });
  follow();
  draw();
});

listen("overview", changed => {
  verdict.draw();
  choose();
  watch(knownIds());
  draw("list", "details");
  if (changed === null || state.kind === "sweep") {
    draw("charts");
  }
});
listen("series", () => draw("charts", "details"));
listen("detail", id => {
  actions.look(id);
  draw("details", "charts");
});
listen("events", id => {
  actions.look(id);
  draw("details", "charts");
});
listen("connection", () => {
  drawConnection();
  verdict.draw();
  draw("details");
});
setInterval(() => {
  if (!document.hidden) {
    drawConnection();
    draw("details");
  }
}, 1000);
setInterval(() => verdict.draw(), 60000);

// The list stands still below the head, which grows with its sentence.
new ResizeObserver(([entry]) => document.documentElement.style.setProperty("--head", entry.target.offsetHeight + "px"))
  .observe(document.querySelector("header"));

// What tests read: the values that a chart draws, and what is looked at.
window.strideDashboard = {
  chart: name => figures.read(name),
  charts: () => [...figures.plots.keys()],
  state: () => ({ kind: state.kind, id: state.id, shown: shownIds(), connection: data.connection.state, canAct: data.canAct,
    zoom: data.zoom, x: data.x, smooth: data.smooth, logLoss: state.logLoss, version: data.version }),
};

readAddress();
narrowView = state.chosen ? "details" : "list";
translate();
start();
