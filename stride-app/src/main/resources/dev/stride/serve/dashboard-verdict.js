// The answer to "must I worry?", in a sentence, in the page's title and in its icon.
import { data, now } from "./dashboard-data.js";
import { either, el, levelName, put, recall, remember, shape, show, words } from "./dashboard-text.js";

const DAY_SECONDS = 86400;
const LEVELS = { bad: 0, look: 1, ok: 2 };
const COUNTED = ["running", "silent", "waiting", "finished", "stopped", "failed", "interrupted", "pruned", "damaged"];
const COLORS = { ok: "#2e8b57", look: "#d98a00", bad: "#c8321e" };

let acknowledged = new Set();
try {
  acknowledged = new Set(JSON.parse(recall("seen") || "[]"));
} catch {
  // what cannot be read was not kept
}

// What a worry is about: it counts again when the run or the sentence changes.
function mark(kind, json) {
  return [kind, json.id, json.status, json.worry.level, json.status === "silent" ? "" : json.worry.en].join("|");
}

// Worries that count, the worst first. A trial that ended is its sweep's matter: a rate that diverges is what a search is
// for. What ended more than a day ago, or was marked as seen, is history.
export function worries() {
  const found = [];
  const sweeps = new Map();
  for (const sweep of data.sweeps.values()) {
    sweep.trials.forEach(trial => sweeps.set(trial.run, sweep));
    add(found, "sweep", sweep, sweep.status === "running");
  }
  for (const card of data.runs.values()) {
    const active = card.status === "running" || card.status === "silent";
    const owner = sweeps.get(card.id);
    if (active || !owner) {
      add(found, "run", card, active);
    }
  }
  return found.sort((a, b) => LEVELS[a.json.worry.level] - LEVELS[b.json.worry.level] || b.active - a.active || b.changed - a.changed);
}

function add(found, kind, json, active) {
  const changed = Date.parse(json.changed) / 1000 || 0;
  const old = !active && kind === "run" && now() - changed > DAY_SECONDS;
  if (json.worry && json.worry.level !== "ok" && !old && !acknowledged.has(mark(kind, json))) {
    found.push({ kind, json, active, changed });
  }
}

export function counts() {
  const numbers = new Map();
  for (const card of data.runs.values()) {
    numbers.set(card.status, (numbers.get(card.status) || 0) + 1);
  }
  for (const sweep of data.sweeps.values()) {
    for (const trial of sweep.trials) {
      if (!data.runs.has(trial.run)) {
        numbers.set(trial.status, (numbers.get(trial.status) || 0) + 1);
      }
    }
  }
  return numbers;
}

export class Verdict {
  constructor(select) {
    this.part = id => document.getElementById(id);
    this.select = select;
    this.next = 0;
    this.part("verdict-open").addEventListener("click", () => this.found[0] && select(this.found[0].kind, this.found[0].json.id));
    this.part("verdict-more").addEventListener("click", () => this.goOn());
    this.part("verdict-seen").addEventListener("click", () => this.seen());
  }

  draw() {
    this.found = worries();
    const numbers = counts();
    const running = numbers.get("running") || 0;
    const worst = this.found[0];
    const level = worst ? worst.json.worry.level : "ok";
    const sentence = !data.loaded ? words("loading") : worst ? words("needsLook", worst.json.name, either(worst.json.worry))
      : data.runs.size + data.sweeps.size === 0 ? words("empty") : words(running > 0 ? "wellRunning" : "wellIdle");
    const box = this.part("verdict");
    if (this.level !== level) {
      this.level = level;
      box.dataset.level = level;
      this.part("verdict-shape").replaceChildren(shape(level), el("span", { class: "unseen", id: "verdict-level" }));
    }
    put(this.part("verdict-level"), levelName(level) + ": ");
    const open = this.part("verdict-open");
    put(open, sentence);
    open.disabled = !worst;
    put(this.part("verdict-more"), words("andMore", this.found.length - 1));
    show(this.part("verdict-more"), this.found.length > 1);
    show(this.part("verdict-seen"), Boolean(worst) && !worst.active);
    this.part("verdict-seen").title = words("seenHint");
    put(this.part("counts"), COUNTED.filter(status => numbers.get(status)).map(status =>
      words("num" + status[0].toUpperCase() + status.slice(1), numbers.get(status))).join(" · "));
    this.drawTitle(level, running, worst);
  }

  // The icon and the title are written also while the page is hidden: they are what is seen of it then.
  drawTitle(level, running, worst) {
    const away = data.connection.state === "away";
    const sign = away ? "?" : level === "bad" ? "✕" : level === "look" ? "▲" : "●";
    const title = [sign + " " + (away ? words("noAnswerTitle") : worst ? worst.json.name : words("numRunning", running)), words("title")].join(" · ");
    if (document.title !== title) {
      document.title = title;
    }
    const icon = away ? "away" : level;
    if (this.icon !== icon) {
      this.icon = icon;
      this.part("favicon").href = drawIcon(icon);
    }
  }

  goOn() {
    this.next = (this.next + 1) % Math.max(1, this.found.length);
    const worry = this.found[this.next];
    if (worry) {
      this.select(worry.kind, worry.json.id);
    }
  }

  seen() {
    const worst = this.found[0];
    acknowledged.add(mark(worst.kind, worst.json));
    remember("seen", JSON.stringify([...acknowledged].slice(-500)));
    this.draw();
  }
}

// A disc, a triangle or an octagon, since not everybody can tell the colours apart.
function drawIcon(level) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 32;
  const pen = canvas.getContext("2d");
  if (!pen) {
    return "data:,";
  }
  const path = points => {
    pen.beginPath();
    points.forEach(([x, y], i) => i === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y));
  };
  pen.lineJoin = pen.lineCap = "round";
  pen.fillStyle = COLORS[level] || "#7a828a";
  pen.strokeStyle = "#fff";
  pen.lineWidth = 4;
  if (level === "look") {
    path([[16, 2], [31, 30], [1, 30]]);
    pen.fill();
    path([[16, 12], [16, 19]]);
    pen.stroke();
    path([[16, 25], [16, 25.1]]);
  } else if (level === "bad") {
    path([[10, 1], [22, 1], [31, 10], [31, 22], [22, 31], [10, 31], [1, 22], [1, 10]]);
    pen.fill();
    path([[10, 10], [22, 22]]);
    pen.stroke();
    path([[22, 10], [10, 22]]);
  } else {
    pen.beginPath();
    pen.arc(16, 16, 15, 0, 2 * Math.PI);
    pen.fill();
    path(level === "ok" ? [[9, 17], [14, 22], [23, 11]] : [[9, 16], [23, 16]]);
  }
  pen.stroke();
  return canvas.toDataURL("image/png");
}
