// What the person looks at: kept in the address, so that it can be passed on, and in the browser, so that it stays.
import { data } from "./dashboard-data.js";
import { recall, remember } from "./dashboard-text.js";

export const state = {
  kind: null, // "run" or "sweep"
  id: null,
  chosen: false, // whether the person chose it, or the page did
  compared: [], // ids that stay beside whatever is selected
  logLoss: recall("log") === "1",
  wholePlan: false,
  hidden: { one: new Set(), many: new Set(["raw", "planned"]) },
  hiddenRuns: new Set(),
  colors: new Map(), // id -> slot
};

export function readAddress() {
  const query = new URLSearchParams(location.hash.slice(1));
  const run = query.get("run");
  const sweep = query.get("sweep");
  state.kind = run !== null ? "run" : sweep !== null ? "sweep" : null;
  state.id = run ?? sweep;
  state.chosen = state.id !== null;
  state.compared = [...new Set(query.getAll("with"))];
  const x = query.get("x");
  data.x = ["step", "tokens", "seconds"].includes(x) ? x : "step";
  const smooth = recall("smooth");
  data.smooth = smooth !== null && Number(smooth) >= 0 && Number(smooth) <= 0.99 ? Number(smooth) : 0.9;
}

export function writeAddress() {
  const query = new URLSearchParams();
  if (state.id !== null && state.chosen) {
    query.set(state.kind, state.id);
  }
  state.compared.forEach(id => query.append("with", id));
  if (data.x !== "step") {
    query.set("x", data.x);
  }
  const hash = query.toString();
  if (hash !== location.hash.slice(1)) {
    history.replaceState(null, "", hash ? "#" + hash : location.pathname);
  }
}

export function smoothTo(value) {
  if (value > 0) {
    remember("smooth-last", String(value));
  }
  remember("smooth", String(value));
  return { smooth: value };
}

// The ids whose curves are drawn: the trials of a sweep, or the selected run and those beside it.
export function shownIds() {
  if (state.kind === "sweep") {
    const sweep = data.sweeps.get(state.id);
    const trials = (sweep ? sweep.trials : []).map(trial => trial.run).filter(id => data.runs.has(id));
    return [...trials, ...state.compared.filter(id => !trials.includes(id))];
  }
  return state.kind === "run" ? [...new Set([state.id, ...state.compared])] : [];
}

// A run keeps its colour as long as it is compared.
export function colorSlot(id, shown) {
  for (const known of state.colors.keys()) {
    if (!shown.includes(known)) {
      state.colors.delete(known);
    }
  }
  if (!state.colors.has(id)) {
    const used = new Set(state.colors.values());
    let slot = 0;
    while (used.has(slot)) {
      slot++;
    }
    state.colors.set(id, slot);
  }
  return state.colors.get(id);
}

// The colours of the style sheet as they are now.
export function paint() {
  const style = getComputedStyle(document.documentElement);
  const value = name => style.getPropertyValue(name).trim();
  const dark = value("--dark") === "1";
  return {
    key: String(dark) + document.documentElement.lang, dark, paper: value("--paper"), soft: value("--soft"), rule: value("--rule"),
    ink: value("--ink"), font: "12px " + getComputedStyle(document.body).fontFamily,
    colors: [0, 1, 2, 3, 4, 5, 6].map(i => value("--c" + i)), ramp: [0, 1, 2, 3, 4, 5, 6, 7, 8].map(i => value("--r" + i)),
  };
}

// Seven named colours; further runs get hues far from their neighbours'.
export function slotColor(slot, colors) {
  return slot < colors.colors.length ? colors.colors[slot]
    : `hsl(${Math.round((slot * 137.5) % 360)} 55% ${colors.dark ? 68 : 40}%)`;
}

export function rampColor(index, count, colors) {
  const last = colors.ramp.length - 1;
  return colors.ramp[count <= 1 ? 1 : Math.round(index * last / (count - 1))];
}
