// The curves of the runs that are looked at: asked for as the chart needs them, and grown by the rows that arrive.
import { data, getJson, refreshDetail, tell } from "./dashboard-data.js";
import { number } from "./dashboard-text.js";

const MOST_ROWS = 3000; // more drawn rows than this are thinned by the server again

function entryOf(id) {
  let entry = data.series.get(id);
  if (!entry) {
    entry = { full: null, part: null, error: null, loading: 0, pending: [], fetched: 0, stale: false };
    data.series.set(id, entry);
  }
  return entry;
}

function points() {
  return String(Math.max(240, Math.min(1200, Math.floor(7200 / Math.max(1, data.shown.length)))));
}

export async function loadSeries(id) {
  const entry = entryOf(id);
  const turn = ++entry.loading;
  entry.stale = false;
  const wanted = { id, x: data.x, smooth: String(data.smooth), points: points() };
  try {
    const asked = [getJson("api/series", wanted)];
    if (data.zoom) {
      asked.push(getJson("api/series", { ...wanted, from: String(data.zoom[0]), to: String(data.zoom[1]) }));
    }
    const [full, part] = await Promise.all(asked);
    if (turn !== entry.loading || data.series.get(id) !== entry) {
      return;
    }
    entry.error = null;
    entry.full = prepared(full);
    entry.part = part ? prepared(part) : null;
    entry.fetched = rowsOf(entry.full);
  } catch (error) {
    if (turn !== entry.loading) {
      return;
    }
    entry.error = error;
  }
  entry.loading = 0;
  const pending = entry.pending;
  entry.pending = [];
  if (entry.full) {
    pending.forEach(takeRows);
  }
  tell("series", id);
}

export function reloadSeries() {
  data.shown.forEach(loadSeries);
}

export function setView(changes) {
  Object.assign(data, changes);
  if (data.zoom === null) {
    data.series.forEach(entry => {
      entry.part = null;
    });
    if (!("x" in changes) && !("smooth" in changes)) {
      tell("series", null);
      return;
    }
  }
  reloadSeries();
}

function prepared(json) {
  for (const branch of json.branches || []) {
    for (const name of ["loss", "smoothed", "grad_norm", "tokens_per_second"]) {
      branch[name] = (branch[name] || []).map(finite);
    }
    for (const group of Object.keys(branch.lr || {})) {
      branch.lr[group] = branch.lr[group].map(finite);
    }
    // the average goes on from here with the rows that arrive
    branch.seen = branch.step.length ? branch.step[branch.step.length - 1] - (branch.from || 0) : 0;
  }
  return json;
}

// null is a gap in a line
function finite(value) {
  const n = number(value);
  return Number.isFinite(n) ? n : null;
}

function rowsOf(series) {
  return series.branches.reduce((sum, branch) => sum + branch.x.length, 0);
}

export function takeRows(message) {
  const entry = data.series.get(message.id);
  if (!entry) {
    return;
  }
  if (entry.loading) {
    entry.pending.push(message);
    return;
  }
  const full = entry.full;
  if (!full || message.reload || message.generation !== full.generation || message.from > full.records) {
    reload(message.id, entry);
    refreshDetail(message.id, 300);
    return;
  }
  if (message.to <= full.records) {
    return;
  }
  full.records = message.to;
  const known = (message.rows || []).every(row => append(full, row));
  if (entry.part && data.zoom) {
    (message.rows || []).forEach(row => {
      const x = coordinate(row);
      if (x >= data.zoom[0] && x <= data.zoom[1]) {
        append(entry.part, row);
      }
    });
  }
  takeEvals(full, message.evals || []);
  takeEvents(message.id, message.events || []);
  if (message.evals && message.evals.length) {
    refreshDetail(message.id, 1500);
  }
  if (!known || rowsOf(full) > Math.max(MOST_ROWS, entry.fetched * 1.6)) {
    reload(message.id, entry);
  } else {
    tell("series", message.id);
  }
}

function reload(id, entry) {
  if (document.hidden) {
    entry.stale = true;
  } else {
    loadSeries(id);
  }
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    data.series.forEach((entry, id) => entry.stale && loadSeries(id));
  }
});

function coordinate(row) {
  return data.x === "tokens" ? row.tokens : data.x === "seconds" ? row.seconds : row.step;
}

// False where the row is of a branch that the series does not know.
function append(series, row) {
  const branch = series.branches.find(one => one.name === (row.branch || "main"));
  if (!branch) {
    return false;
  }
  const steps = branch.step;
  if (steps.length && row.step <= steps[steps.length - 1]) {
    return true;
  }
  const loss = finite(row.loss);
  branch.x.push(coordinate(row));
  steps.push(row.step);
  branch.loss.push(loss);
  branch.grad_norm.push(finite(row.grad_norm));
  branch.tokens_per_second.push(finite(row.tokens_per_second));
  for (const [group, value] of Object.entries(row.lr || {})) {
    branch.lr[group] ??= new Array(steps.length - 1).fill(null);
    branch.lr[group].push(finite(value));
  }
  const last = branch.smoothed.findLast(value => value !== null);
  const keep = data.smooth;
  if (loss === null || last === undefined) {
    branch.smoothed.push(loss ?? last ?? null);
  } else {
    // m = keep m + (1 - keep) loss, shown divided by 1 - keep^n, where n updates were averaged
    const mean = last * (1 - keep ** branch.seen) * keep + (1 - keep) * loss;
    branch.smoothed.push(mean / (1 - keep ** (branch.seen + 1)));
  }
  branch.seen++;
  series.last = Math.max(series.last ?? 0, coordinate(row));
  return true;
}

function takeEvals(series, evals) {
  for (const one of evals) {
    const name = one.branch || "main";
    if (!series.evals.some(old => (old.branch || "main") === name && old.step === one.step)) {
      series.evals.push({ ...one, x: position(series, name, one.step) });
    }
  }
}

// Where a step of a branch lies on the horizontal axis; before and behind what is known it goes on evenly.
export function position(series, name, step) {
  if (series.x === "step") {
    return step;
  }
  const branch = series.branches.find(one => one.name === name) || series.branches[0];
  if (!branch || !branch.step.length) {
    return undefined;
  }
  if (step < branch.step[0] && branch.parent) {
    return position(series, branch.parent, step);
  }
  const last = branch.step.length - 1;
  let high = branch.step.findIndex(known => known >= step);
  if (high === 0) {
    return branch.x[0] * step / Math.max(1, branch.step[0]);
  }
  high = high < 0 ? last : high;
  const low = high === last && step > branch.step[last] ? 0 : Math.max(0, high - 1);
  if (branch.step[high] === branch.step[low]) {
    return branch.x[high];
  }
  const slope = (branch.x[high] - branch.x[low]) / (branch.step[high] - branch.step[low]);
  return branch.x[high] + slope * (step - branch.step[high]);
}

function takeEvents(id, events) {
  const detail = data.details.get(id);
  if (!events.length || !detail) {
    return;
  }
  if (detail.json) {
    detail.json.events ??= [];
    const known = new Set(detail.json.events.map(event => event.i));
    const fresh = events.filter(event => !known.has(event.i));
    detail.json.events.push(...fresh);
    detail.json.num_events = (detail.json.num_events || 0) + fresh.length;
  }
  if (events.some(event => event.type === "branch" || event.type === "verdict")) {
    refreshDetail(id, 800);
  }
  tell("events", id, events);
}
