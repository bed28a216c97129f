// Which lines a run has on which chart, and the ranges of their axes.
import { linearRange, logRange, spread } from "./dashboard-axis.js";
import { data } from "./dashboard-data.js";
import { position } from "./dashboard-series.js";
import { count, duration, either, fixed, metricName, number, rate, term, words } from "./dashboard-text.js";

const DASHES = [undefined, [8, 4], [3, 4], [12, 4, 3, 4]];
export const MOST_GROUPS = 6; // rates of more groups than this are one bundle in the legend
const SHOWN_BELOW_PEAK = 100; // as on a run's page

export function seriesOf(run) {
  return run.entry ? (data.zoom && run.entry.part) || run.entry.full : null;
}

// Groups whose rates are the same at every update are one line.
export function rateGroups(branch) {
  const groups = [];
  for (const [name, values] of Object.entries(branch.lr || {})) {
    const same = groups.find(group => group.values.every((value, i) => value === values[i]));
    if (same) {
      same.names.push(name);
    } else {
      groups.push({ names: [name], values });
    }
  }
  return groups;
}

// Of few groups each has a colour of its own.
export function groupColor(g, groups, colors) {
  return colors.colors[groups <= MOST_GROUPS ? [1, 4, 3, 2, 5, 6][g] : 1];
}

const middle = values => values[values.length >> 1] ?? 0;
const positive = values => values.map(value => value > 0 ? value : null);

function dash(i) {
  return i === 0 ? undefined : DASHES[1 + (i - 1) % 3];
}

export function mainLines(runs, colors, hidden, logLoss, wholePlan) {
  const one = runs.length === 1;
  const lines = [];
  for (const run of runs) {
    const series = seriesOf(run);
    if (!series) {
      continue;
    }
    const group = one ? "" : run.name;
    const lossColor = one ? colors.colors[0] : run.color;
    const ofLoss = values => logLoss ? positive(values) : values;
    const planned = one || !hidden.has("planned") ? plannedLine(run, series, one ? colors.colors[1] : run.color, wholePlan) : null;
    if (planned && !hidden.has("planned")) {
      lines.push({ ...planned, group });
    }
    series.branches.forEach((branch, i) => {
      const suffix = i === 0 ? "" : " · " + branch.name;
      const shared = { x: branch.x, group, dash: dash(i) };
      const groups = rateGroups(branch);
      // of many groups the highest and the lowest rate are told
      const order = groups.map((rates, g) => [g, middle(rates.values)]).sort((a, b) => b[1] - a[1]).map(([g]) => g);
      const told = new Set(groups.length <= MOST_GROUPS ? order : [order[0], order[order.length - 1]]);
      if (!hidden.has("rate")) {
        groups.forEach((rates, g) => lines.push({
          ...shared, key: "lr " + rates.names.join(", ") + suffix, kind: "rate", y: positive(rates.values), scale: "right", width: 1.4,
          alpha: g === 0 ? 1 : one && groups.length <= MOST_GROUPS ? 0.9 : 0.5, format: rate, tip: told.has(g),
          color: one ? groupColor(g, groups.length, colors) : run.color,
          name: (groups.length > 1 ? rates.names.slice(0, 2).join(", ") : words("learningRate")) + suffix,
        }));
      }
      const raw = !hidden.has("raw");
      const smooth = !hidden.has("loss") && data.smooth > 0;
      if (raw || !hidden.has("loss") && data.smooth === 0) {
        lines.push({
          ...shared, dash: undefined, key: "loss" + suffix, kind: "raw", y: ofLoss(branch.loss), scale: "left", color: lossColor,
          width: smooth ? 1 : 1.6, alpha: smooth ? 0.32 : 1, format: fixed, name: words("loss") + suffix, tip: true,
        });
      }
      if (smooth) {
        lines.push({
          ...shared, key: "smoothed" + suffix, kind: "loss", y: ofLoss(branch.smoothed), scale: "left", color: lossColor,
          width: 2.2, format: fixed, name: words("smoothed") + suffix, tip: true,
        });
      }
      if (!hidden.has("eval")) {
        const evals = evalsOf(series, branch, i, "loss");
        lines.push({
          ...shared, dash: undefined, key: "eval loss" + suffix, kind: "eval", x: evals.x, y: ofLoss(evals.y), scale: "left",
          color: lossColor, width: 0, points: 8, hollow: true, format: fixed, name: words("legendEval") + suffix, tip: true, background: true,
        });
      }
    });
  }
  return lines;
}

function plannedLine(run, series, color, wholePlan) {
  const plan = run.detail ? run.detail.planned_lr || [] : [];
  const last = series.branches.reduce((most, branch) => Math.max(most, branch.step[branch.step.length - 1] ?? 0), 0);
  const x = [];
  const y = [];
  for (const [step, value] of plan) {
    const at = position(run.entry.full, "main", step);
    const before = data.zoom && at < data.zoom[0] - (data.zoom[1] - data.zoom[0]);
    if (at === undefined || before) {
      continue;
    }
    x.push(at);
    y.push(number(value) > 0 ? number(value) : null);
    if (step > last && !wholePlan && !data.zoom) {
      break;
    }
  }
  return {
    key: "planned", kind: "planned", x, y, scale: "right", color, width: 6, alpha: 0.24, format: rate, name: words("legendPlanned"),
    tip: true, background: true,
  };
}

function evalsOf(series, branch, i, metric) {
  const x = [];
  const y = [];
  for (const one of [...series.evals].sort((a, b) => a.x - b.x)) {
    const value = number(one.values[metric]);
    if ((one.branch || "main") === branch.name && value !== undefined && one.x !== undefined) {
      x.push(one.x);
      y.push(Number.isFinite(value) ? value : null);
    }
  }
  return { x, y };
}

export function metricNames(runs) {
  const names = new Set();
  for (const run of runs) {
    const series = run.entry && run.entry.full;
    (run.detail && run.detail.metrics || []).forEach(name => names.add(name));
    (series ? series.evals : []).forEach(one => Object.keys(one.values).forEach(name => names.add(name)));
  }
  return [...names].filter(name => runs.some(run => run.entry && run.entry.full
    && run.entry.full.evals.some(one => number(one.values[name]) !== undefined)));
}

export function metricLines(runs, metric, colors) {
  const one = runs.length === 1;
  return runs.flatMap(run => (seriesOf(run) ? seriesOf(run).branches : []).map((branch, i) => ({
    ...evalsOf(seriesOf(run), branch, i, metric), key: metric + (i === 0 ? "" : " · " + branch.name), scale: "left", dash: dash(i),
    color: one ? colors.colors[0] : run.color, width: 1.6, points: 6, format: value => metricNumber(metric, value),
    group: one ? "" : run.name, name: metricName(metric) + (i === 0 ? "" : " · " + branch.name), tip: true,
  })));
}

export function metricNumber(metric, value) {
  const n = number(value);
  return n === undefined ? "–" : /^rouge/.test(metric) || Math.abs(n) > 5 && metric !== "loss" ? fixed(n, 2) : fixed(n, 4);
}

export function updateLines(runs, name, colors, range) {
  const one = runs.length === 1;
  const color = name === "grad_norm" ? colors.colors[3] : colors.colors[2];
  const lines = runs.flatMap(run => (seriesOf(run) ? seriesOf(run).branches : []).map((branch, i) => ({
    x: branch.x, y: name === "grad_norm" ? positive(branch[name]) : branch[name], key: name + (i === 0 ? "" : " · " + branch.name),
    scale: "left", color: one ? color : run.color, width: 1, alpha: one ? 0.9 : 0.75, format: name === "grad_norm" ? fixed : count,
    group: one ? "" : run.name, tip: true, name: words(name === "grad_norm" ? "norm" : "throughput") + (i === 0 ? "" : " · " + branch.name),
  })));
  if (name === "grad_norm") {
    const clips = new Set(runs.map(run => run.detail && number(run.detail.clip)).filter(clip => clip > 0));
    clips.forEach(clip => lines.push({
      x: [range[0], range[1]], y: [clip, clip], key: "clip", scale: "left", color: one ? color : colors.soft, width: 1.3, dash: [6, 4],
      format: fixed, group: one ? "" : words("legendClip"), name: words("legendClip"), tip: one, background: true,
    }));
  }
  return lines;
}

// ---- ranges

export function xRange(runs, wholePlan) {
  if (data.zoom) {
    return data.zoom;
  }
  return wholeRange(runs, wholePlan);
}

export function wholeRange(runs, wholePlan) {
  let low = Infinity;
  let high = -Infinity;
  for (const run of runs) {
    const series = run.entry && run.entry.full;
    for (const branch of series ? series.branches : []) {
      if (branch.x.length) {
        low = Math.min(low, branch.x[0]);
        high = Math.max(high, branch.x[branch.x.length - 1]);
      }
    }
    if (series && wholePlan && run.card && run.card.planned_steps) {
      high = Math.max(high, position(series, "main", run.card.planned_steps) ?? high);
    }
  }
  if (low > high) {
    return [0, 1];
  }
  const margin = (high - low) * 0.012 || 1;
  return [low - margin, high + margin];
}

function within(lines, range) {
  const values = [];
  for (const line of lines) {
    for (let i = 0; i < line.x.length; i++) {
      const value = line.y[i];
      if (value !== null && value !== undefined && line.x[i] >= range[0] && line.x[i] <= range[1]) {
        values.push(value);
      }
    }
  }
  return values;
}

// The left axis: its range, and the limit above which values lie outside, if any.
export function leftAxis(lines, range, log, limitOutliers) {
  const values = within(lines.filter(line => line.scale === "left"), range);
  const extent = spread(log ? values.filter(value => value > 0) : values, limitOutliers && !log);
  const seen = extent || [log ? 0.1 : 0, 1];
  const outside = values.some(value => value > seen[1]) ? seen[1] : null;
  return { range: log ? logRange(seen) : linearRange(seen), log, outside };
}

export function rateAxis(lines, range) {
  const values = within(lines.filter(line => line.scale === "right"), range);
  const extent = spread(values, false);
  if (!extent) {
    return { range: [1e-6, 1e-3], log: true, below: null };
  }
  // two decades below the lowest peak, so that every trial of a sweep is seen
  const peaks = lines.filter(line => line.scale === "right").map(line => spread(within([line], range), false)).filter(Boolean)
    .map(([, peak]) => peak);
  const floor = Math.min(...peaks) / SHOWN_BELOW_PEAK;
  const low = Math.max(extent[0], floor);
  return { range: logRange([low, extent[1]]), log: true, below: extent[0] < floor || lines.some(hasZero) ? low : null };
}

function hasZero(line) {
  return line.scale === "right" && line.y.includes(null);
}

export function spansDecade(lines) {
  const extent = spread(lines.flatMap(line => line.key === "clip" ? [] : line.y.filter(value => value > 0)), false);
  return Boolean(extent) && extent[1] / extent[0] > 12;
}

// ---- events

export function eventLevel(event) {
  if (event.type === "skip" || event.type === "verdict" && event.action === "stop" && event.who !== "person") {
    return "bad";
  }
  return event.type === "verdict" && event.action !== "keep" ? "look" : "info";
}

export function eventTitle(event) {
  switch (event.type) {
    case "verdict":
      return words("verdict", term("guard", event.who), term("action", event.action));
    case "branch":
      return event.branch || words("branch");
    case "note": case "skip": case "save":
      return words(event.type);
    default:
      return event.type;
  }
}

export function eventText(event) {
  return either({ en: event.text, zh: event.text_zh }) || event.text || "";
}

// The number of each event on the chart and in the list; that a checkpoint was saved is no event to look at.
export function eventNumbers(events) {
  return new Map((events || []).filter(event => event.type !== "save").map((event, i) => [event.i, i + 1]));
}

export function marksOf(runs, open) {
  const marks = [];
  for (const run of runs.length > 3 ? runs.slice(0, 1) : runs) {
    const series = run.entry && run.entry.full;
    const numbers = series && run.detail ? eventNumbers(run.detail.events) : new Map();
    for (const event of series && run.detail ? run.detail.events || [] : []) {
      if (event.type !== "save") {
        const x = position(series, event.branch || "main", event.step);
        if (x !== undefined) {
          marks.push({
            x, key: run.id + "/" + event.i, number: numbers.get(event.i), level: eventLevel(event), open: () => open(run.id, event),
            text: `${runs.length > 1 ? run.name + " · " : ""}${words("eventAt", count(event.step))} · ${eventTitle(event)}\n${eventText(event)}`,
          });
        }
      }
    }
  }
  return marks;
}

export function xTitle(x) {
  return data.x === "step" ? words("step", count(x)) : data.x === "tokens" ? `${count(x)} ${words("xTokens")}` : duration(x);
}
