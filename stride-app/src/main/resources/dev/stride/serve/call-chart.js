// The run that made the model: its loss and its rate, growing while it trains.
import { headers } from "./chat-api.js";
import { linearRange, spread } from "./dashboard-axis.js";
import { Plot } from "./dashboard-plot.js";
import { fixed, setLanguage as setPlotLanguage } from "./dashboard-text.js";
import { chosenModel, on, state } from "./call-state.js";
import { currentLanguage, make, rate, words } from "./call-text.js";

const POLL_MILLIS = 2_000;
const $ = id => document.getElementById(id);
let plot = null;
let data = null;
let timer = 0;
let asked = 0;

export async function follow() {
  clearTimeout(timer);
  const turn = ++asked;
  const place = state.info.chart?.[state.model];
  if (!place) {
    data = null;
    draw();
    return;
  }
  let next = null;
  try {
    // below this page's own address, wherever a proxy puts it
    const answer = await fetch(new URL(place.replace(/^\/call\//, ""), document.baseURI), { headers: headers({}), cache: "no-store" });
    next = answer.ok ? await answer.json() : answer.status === 404 ? null : undefined;
  } catch {
    next = undefined;
  }
  if (turn !== asked) {
    return; // another model was chosen meanwhile
  }
  $("chart-wrong").hidden = next !== undefined;
  if (next !== undefined) {
    data = next;
    draw();
  }
  if (next === undefined || next?.running) {
    timer = setTimeout(follow, POLL_MILLIS);
  }
}

function paint() {
  const style = getComputedStyle(document.documentElement);
  const value = name => style.getPropertyValue(name).trim();
  return { key: value("--paper") + currentLanguage(), paper: value("--paper"), soft: value("--soft"), rule: value("--rule"), ink: value("--ink"),
    font: "12px " + getComputedStyle(document.body).fontFamily, loss: value("--loss"), rate: value("--rate"), evals: value("--evals") };
}

function extent(lines) {
  return spread(lines.flatMap(line => line.y.filter(Number.isFinite)), false);
}

export function draw() {
  setPlotLanguage(currentLanguage());
  $("run").dataset.empty = String(data === null);
  $("no-run").hidden = data !== null;
  $("chart").hidden = data === null;
  const steps = data?.steps ?? [];
  $("run-name").textContent = data ? data.name : "";
  $("run-state").textContent = data ? data.running ? words("training", steps.at(-1) ?? 0, data.total) : words("trained", steps.at(-1) ?? 0) : "";
  $("run-state").dataset.running = String(Boolean(data?.running));
  const facts = (currentLanguage() === "zh" ? data?.facts_zh : data?.facts) ?? data?.facts ?? [];
  $("facts").textContent = facts.join(currentLanguage() === "zh" ? "" : " ");
  $("facts").hidden = $("facts").textContent === "";
  drawLegend();
  if (data === null) {
    return;
  }
  const colors = paint();
  plot ??= new Plot($("chart"), "run", 250);
  const evals = data.evals ?? [];
  const lines = [
    { key: "planned", x: data.planned?.steps ?? [], y: data.planned?.lr ?? [], scale: "right", color: colors.rate, width: 9, alpha: 0.18, name: words("planned"),
      group: "", format: rate, tip: true, background: true },
    { key: "rate", x: steps, y: data.lr, scale: "right", color: colors.rate, width: 1.6, name: words("rateAxis"), group: "", format: rate, tip: true },
    { key: "loss", x: steps, y: data.loss, scale: "left", color: colors.loss, width: 1.8, name: words("loss"), group: "", format: fixed, tip: true },
    { key: "evals", x: evals.map(one => one.step), y: evals.map(one => one.loss), scale: "left", color: colors.evals, width: 0, points: 8, name: words("evalLoss"),
      group: "", format: fixed, tip: true },
  ];
  const losses = extent(lines.filter(line => line.scale === "left")) ?? [0, 1];
  const rates = extent(lines.filter(line => line.scale === "right")) ?? [0, 1e-3];
  const last = Math.max(data.total || 0, steps.at(-1) ?? 1, 1);
  plot.update(lines, {
    paint: colors, x: { range: [0, last * 1.01], kind: "step", label: words("steps"), whole: [0, last * 1.01] },
    left: { range: linearRange(losses), log: false, format: "plain", label: words("loss") },
    right: { range: [0, rates[1] * 1.08 || 1e-3], log: false, format: "rate", label: words("rateAxis") },
    marks: (data.verdicts ?? []).map((one, i) => ({ x: one.step, key: "v" + i, number: i + 1, level: one.action === "stop" ? "bad" : "look",
      text: `${words("verdictMark")} · ${one.action}\n${one.reason}`, open: () => {} })),
    titleAt: x => words("steps") + " " + Math.round(x), describe: words("chartOf", data.name, steps.at(-1) ?? 0, data.total), onZoom: () => {},
  });
}

function drawLegend() {
  $("legend").replaceChildren(...(data === null ? [] : [["loss", "loss"], ["evals", "evalLoss"], ["rate", "rateAxis"], ["planned", "planned"]])
    .filter(([kind]) => kind !== "evals" || data.evals?.length).filter(([kind]) => kind !== "planned" || data.planned?.steps?.length)
    .map(([kind, word]) => make("li", { "data-kind": kind, textContent: words(word) })));
}

// What is drawn, for tests.
export function read() {
  return plot?.read() ?? null;
}

export function origin() {
  const run = chosenModel()?.run;
  return run ? [words("ofRun", run.name), ...(typeof run.peak_lr === "number" ? [words("peakRate", rate(run.peak_lr))] : []),
    ...(typeof run.best_value === "number" ? [words("best", run.best_metric, Number(run.best_value.toPrecision(4)), run.best_step)] : [])].join(" · ")
    : chosenModel()?.adapter === "" ? words("plainBase") : "";
}

on("model", follow);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => state.info && draw());
