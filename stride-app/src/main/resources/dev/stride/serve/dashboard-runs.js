// The list of sweeps with their trials and of single runs. Only what changed is written.
import { data, isActive } from "./dashboard-data.js";
import { state } from "./dashboard-state.js";
import { count, duration, either, el, fill, fixed, levelName, number, put, rate, recall, remember, shape, show, svg, term, words } from "./dashboard-text.js";

const ORDERS = ["activity", "name", "loss", "rate", "worry"];
const RANK = { running: 0, silent: 1, waiting: 2 };
const LEVELS = { bad: 0, look: 1, ok: 2 };

export class RunList {
  constructor(list, filter, sort, note, select, compare) {
    this.list = list;
    this.filter = filter;
    this.sort = sort;
    this.note = note;
    this.select = select;
    this.compare = compare;
    this.items = new Map(); // key -> { element, part.., shown }
    this.open = new Map(); // sweep id -> whether its trials are shown
    this.order = [];
    const kept = recall("sort");
    this.by = ORDERS.includes(kept) ? kept : "activity";
    filter.addEventListener("input", () => this.draw());
    sort.addEventListener("change", () => {
      this.by = sort.value;
      remember("sort", this.by);
      this.draw();
    });
  }

  translate() {
    fill(this.filter, { placeholder: words("filterHint") });
    this.sort.replaceChildren(...ORDERS.map(order => el("option", { value: order },
      words("by" + order[0].toUpperCase() + order.slice(1)))));
    this.sort.value = this.by;
    this.items.forEach(item => {
      item.shown = null;
    });
    this.draw();
  }

  // What stands in the list, from top to bottom, as { key, kind, id, json, trial }.
  entries() {
    const wanted = this.filter.value.trim().toLowerCase();
    const matches = (card, ...more) => wanted === "" || [card.name, card.id, card.host, card.status, term("status", card.status),
      ...more].some(text => String(text ?? "").toLowerCase().includes(wanted));
    const tops = [];
    const trials = new Set();
    for (const sweep of data.sweeps.values()) {
      const cards = sweep.trials.map(trial => this.trialCard(sweep, trial));
      sweep.trials.forEach(trial => trials.add(trial.run));
      const found = cards.filter(card => matches(card, sweep.name));
      if (found.length > 0 || matches(sweep)) {
        const open = wanted !== "" || (this.open.get(sweep.id) ?? (sweep.status === "running" || state.kind === "sweep" && state.id === sweep.id));
        tops.push({ kind: "sweep", id: sweep.id, json: sweep, open, rows: open ? found : [], order: orderOf(sweep, cards) });
      }
    }
    for (const card of data.runs.values()) {
      if (!trials.has(card.id) && matches(card)) {
        tops.push({ kind: "run", id: card.id, json: card, rows: [], order: orderOf(card, [card]) });
      }
    }
    const compare = comparison(this.by);
    tops.sort((a, b) => compare(a.order, b.order) || a.order.name.localeCompare(b.order.name, undefined, { numeric: true }));
    return tops.flatMap(top => [top, ...top.rows.map(card => ({ kind: "trial", id: card.id, json: card }))]);
  }

  // A trial that waits has no folder yet, and no run.
  trialCard(sweep, trial) {
    return data.runs.get(trial.run) || { id: trial.run ?? sweep.id + "/" + trial.name, name: trial.name, status: trial.status, lr: trial.lr, step: trial.steps,
      planned_steps: trial.planned_steps, absent: true };
  }

  draw() {
    const entries = this.entries();
    const seen = new Set();
    const wanted = entries.map(entry => {
      const key = entry.kind + ":" + entry.id;
      seen.add(key);
      let item = this.items.get(key);
      if (!item) {
        item = entry.kind === "sweep" ? this.sweepItem(entry.id) : this.runItem(entry.id, entry.kind === "trial");
        this.items.set(key, item);
      }
      this.write(item, entry);
      return item.element;
    });
    for (const [key, item] of this.items) {
      if (!seen.has(key)) {
        // an entry that is only filtered away comes back unchanged
        item.element.remove();
        if (!data.runs.has(item.element.dataset.item) && !data.sweeps.has(item.element.dataset.item)) {
          this.items.delete(key);
        }
      }
    }
    wanted.forEach((element, i) => {
      if (this.list.children[i] !== element) {
        this.list.insertBefore(element, this.list.children[i] || null);
      }
    });
    this.order = entries.filter(entry => !entry.json.absent);
    const total = data.runs.size + data.sweeps.size;
    show(this.note, data.loaded && entries.length === 0 || this.filter.value.trim() !== "");
    put(this.note, total === 0 ? words("emptyHint", data.root || "runs") : entries.length === 0 ? words("noMatch")
      : words("listCount", entries.filter(entry => entry.kind !== "sweep").length, data.runs.size));
  }

  write(item, entry) {
    const json = entry.json;
    const selected = state.id === entry.id && (entry.kind === "sweep") === (state.kind === "sweep");
    const picked = state.compared.includes(entry.id);
    const flags = `${selected}|${picked}|${entry.open}`;
    if (item.shown === json && item.flags === flags) {
      return;
    }
    item.shown = json;
    item.flags = flags;
    item.element.classList.toggle("selected", selected);
    fill(item.button, { "aria-current": selected ? "true" : null });
    if (entry.kind === "sweep") {
      this.writeSweep(item, json, entry.open);
    } else {
      this.writeRun(item, json, picked);
    }
  }

  runItem(id, isTrial) {
    const item = {
      mark: el("span", { class: "mark-shape" }), name: el("span", { class: "name given" }), status: el("span", { class: "status" }),
      facts: el("span", { class: "facts" }), left: el("span", { class: "left" }), bar: el("span", { class: "bar" }, el("span", {})),
      spark: svg("path", { "vector-effect": "non-scaling-stroke" }),
    };
    item.button = el("button", { type: "button", class: "open", data: { run: id }, on: { click: () => this.select("run", id) } },
      item.mark, el("span", { class: "line" }, item.name, item.status), el("span", { class: "line minor" }, item.facts, item.left), item.bar);
    item.button.append(svg("svg", { class: "spark", viewBox: "0 0 80 24", preserveAspectRatio: "none", "aria-hidden": "true" }, item.spark));
    item.pick = el("button", { type: "button", class: "pick", data: { compare: id }, on: { click: () => this.compare(id) } });
    item.element = el("li", { class: isTrial ? "run trial" : "run", data: { item: id } }, item.button, item.pick);
    return item;
  }

  writeRun(item, card, picked) {
    const level = card.status === "waiting" ? "wait" : card.worry ? card.worry.level : "ok";
    if (item.level !== level) {
      item.level = level;
      item.mark.replaceChildren(shape(level));
    }
    item.element.dataset.status = card.status;
    item.element.dataset.level = level;
    item.button.disabled = Boolean(card.absent);
    put(item.name, card.name);
    put(item.status, term("status", card.status));
    const parts = [card.loss !== undefined || card.smoothed_loss !== undefined ? brief(card.smoothed_loss ?? card.loss) : null,
      number(card.lr) > 0 ? rate(card.lr, 2) : null].filter(part => part !== null);
    put(item.facts, parts.join(" · "));
    put(item.left, card.status === "running" && Number.isFinite(number(card.seconds_left)) ? words("left", duration(card.seconds_left))
      : card.step !== undefined ? card.planned_steps ? `${count(card.step)} / ${count(card.planned_steps)}` : count(card.step) : "");
    const share = card.planned_steps ? Math.min(1, (card.step || 0) / card.planned_steps) : 0;
    // a bar that is full says nothing that the status does not
    item.bar.firstChild.style.transform = `scaleX(${share < 1 || isActive(card) ? share : 0})`;
    item.spark.setAttribute("d", sparkPath(card.spark));
    fill(item.pick, { "aria-pressed": String(picked), "aria-label": words("compareRun", card.name), title: words("compare") + " (x)" });
    item.pick.hidden = Boolean(card.absent);
    fill(item.button, { "aria-label": [card.name, term("status", card.status), level === "wait" ? "" : levelName(level), either(card.worry), item.facts.textContent,
      item.left.textContent].filter(Boolean).join(", "), title: either(card.worry) || null });
  }

  sweepItem(id) {
    const item = {
      mark: el("span", { class: "mark-shape" }), name: el("span", { class: "name given" }), status: el("span", { class: "status" }),
      facts: el("span", { class: "facts" }), bar: el("span", { class: "bar" }, el("span", {})),
    };
    item.button = el("button", { type: "button", class: "open", data: { sweep: id }, on: { click: () => this.select("sweep", id) } },
      item.mark, el("span", { class: "line" }, item.name, item.status), el("span", { class: "line minor" }, item.facts), item.bar);
    item.fold = el("button", { type: "button", class: "fold", on: { click: () => {
      this.open.set(id, item.fold.getAttribute("aria-expanded") !== "true");
      this.draw();
    } } });
    item.element = el("li", { class: "sweep", data: { item: id } }, item.button, item.fold);
    return item;
  }

  writeSweep(item, sweep, open) {
    const level = sweep.worry ? sweep.worry.level : "ok";
    if (item.level !== level) {
      item.level = level;
      item.mark.replaceChildren(shape(level));
    }
    item.element.dataset.status = sweep.status;
    item.element.dataset.level = level;
    put(item.name, sweep.name);
    put(item.status, term("status", sweep.status));
    const ended = sweep.trials.filter(trial => !["running", "waiting", "silent"].includes(trial.status)).length;
    put(item.facts, words("trialsOf", ended, sweep.trials.length));
    const steps = sweep.trials.map(trial => ["running", "waiting", "silent"].includes(trial.status) && trial.planned_steps
      ? Math.min(1, (trial.steps || 0) / trial.planned_steps) : trial.status === "waiting" ? 0 : 1);
    const share = steps.reduce((sum, one) => sum + one, 0) / Math.max(1, steps.length);
    item.bar.firstChild.style.transform = `scaleX(${share < 1 ? share : 0})`;
    fill(item.fold, { "aria-expanded": String(Boolean(open)), "aria-label": words("showTrials", sweep.name) });
    fill(item.button, { "aria-label": [sweep.name, term("status", sweep.status), levelName(level), either(sweep.worry),
      item.facts.textContent].filter(Boolean).join(", "), title: either(sweep.worry) || null });
  }

  // The entry that lies `by` places from the selected one.
  neighbour(by) {
    const here = this.order.findIndex(entry => entry.id === state.id && (entry.kind === "sweep") === (state.kind === "sweep"));
    const next = this.order[here < 0 ? 0 : Math.max(0, Math.min(this.order.length - 1, here + by))];
    return next ? { kind: next.kind === "sweep" ? "sweep" : "run", id: next.id } : null;
  }

  reveal() {
    const item = this.items.get((state.kind === "sweep" ? "sweep:" : "run:") + state.id) || this.items.get("trial:" + state.id);
    if (item) {
      item.element.scrollIntoView({ block: "nearest" });
    }
  }
}

// A loss in the little room of an entry.
function brief(loss) {
  const n = number(loss);
  return Math.abs(n) >= 1 && Math.abs(n) < 10 ? fixed(n, 3) : fixed(n);
}

function orderOf(json, cards) {
  const losses = cards.map(card => number(card.smoothed_loss ?? card.loss)).filter(Number.isFinite);
  return {
    rank: Math.min(RANK[json.status] ?? 3, ...cards.map(card => RANK[card.status] ?? 3)),
    changed: Math.max(...cards.map(card => Date.parse(card.changed) || 0), 0), active: cards.some(isActive), name: String(json.name),
    loss: losses.length ? Math.min(...losses) : Infinity, rate: Math.max(...cards.map(card => number(card.lr) || 0), 0),
    worry: Math.min(LEVELS[json.worry ? json.worry.level : "ok"] ?? 2),
  };
}

function comparison(by) {
  switch (by) {
    case "name":
      return () => 0;
    case "loss":
      return (a, b) => a.loss - b.loss || 0;
    case "rate":
      return (a, b) => b.rate - a.rate;
    case "worry":
      return (a, b) => a.worry - b.worry || a.rank - b.rank;
    default:
      // what runs stays in one order, though each of them changes every second
      return (a, b) => a.rank - b.rank || (a.rank > 2 ? b.changed - a.changed : 0);
  }
}

function sparkPath(values) {
  const numbers = (values || []).map(number);
  const finite = numbers.filter(Number.isFinite);
  if (finite.length < 2) {
    return "";
  }
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  let pen = "M";
  return numbers.map((value, i) => {
    if (!Number.isFinite(value)) {
      pen = "M";
      return "";
    }
    const point = `${pen}${(i * 80 / (numbers.length - 1)).toFixed(1)} ${(22 - 20 * (high > low ? (value - low) / (high - low) : 0.5)).toFixed(1)}`;
    pen = "L";
    return point;
  }).join("");
}
