// One run in words and numbers: how far it is, what was decided and why.
import { data, now } from "./dashboard-data.js";
import { eventLevel, eventNumbers, eventText, eventTitle, metricNumber } from "./dashboard-lines.js";
import { bytes, count, duration, either, el, entryName, fixed, metricName, put, rate, roughly, shape, show, term,
  words } from "./dashboard-text.js";

export function section(id, word) {
  const heading = el("h3", { id: id + "-heading", data: { word } });
  return { element: el("section", { id, "aria-labelledby": id + "-heading" }, heading), heading };
}

// The head of a run: its name, what to think of it, how far it is, and what is known of the process.
export class Head {
  constructor(actions) {
    this.kicker = el("p", { class: "kicker" });
    this.title = el("h2", { class: "given", id: "run-title" });
    this.status = el("span", { class: "chip" });
    this.worry = el("p", { class: "worry" });
    this.bar = el("div", { class: "progress", role: "progressbar", "aria-valuemin": "0" }, el("span", {}));
    this.facts = el("dl", { class: "facts-strip" });
    this.links = el("p", { class: "links" });
    this.element = el("div", { class: "head" },
      el("div", { class: "head-row" }, el("div", { class: "head-title" }, this.kicker, el("div", { class: "title-row" }, this.title, this.status),
        this.worry), el("div", { class: "head-side" }, actions, this.links)),
      this.bar, this.facts);
    this.cells = new Map();
  }

  draw(card, sweep) {
    put(this.kicker, sweep ? sweep.name : "");
    show(this.kicker, Boolean(sweep));
    put(this.title, card.name);
    put(this.status, term("status", card.status));
    this.status.dataset.status = card.status;
    const worry = card.worry || { level: "ok" };
    const gone = data.gone.has(card.id) && !data.runs.has(card.id);
    const text = gone ? words("gone") : either(worry) || card.reason || "";
    if (this.worryText !== worry.level + text) {
      this.worryText = worry.level + text;
      this.worry.dataset.level = worry.level;
      this.worry.replaceChildren(shape(worry.level), el("span", { class: "given" }, text));
    }
    const share = card.planned_steps ? Math.min(1, (card.step || 0) / card.planned_steps) : 0;
    this.bar.firstChild.style.transform = `scaleX(${share})`;
    this.bar.setAttribute("aria-valuenow", String(card.step || 0));
    this.bar.setAttribute("aria-valuemax", String(card.planned_steps || card.step || 0));
    this.bar.setAttribute("aria-label", words("progress"));
    this.bar.dataset.status = card.status;
    show(this.bar, Boolean(card.planned_steps));
    this.drawFacts(card);
    this.drawLinks(card);
  }

  drawFacts(card) {
    const evaluated = card.eval || {};
    const best = card.best;
    const silent = card.status === "silent" || card.status === "running" && now() - Date.parse(card.changed) / 1000 > 20;
    const facts = [
      ["progress", card.planned_steps ? `${count(card.step || 0)} / ${count(card.planned_steps)}` : count(card.step),
        card.epoch !== undefined ? words("epoch", fixed(card.epoch, 2)) : ""],
      ["trainLoss", fixed(card.smoothed_loss ?? card.loss), card.loss !== undefined ? words("loss") + " " + fixed(card.loss) : ""],
      ["valLoss", evaluated.loss !== undefined ? fixed(evaluated.loss) : "–",
        best ? words("best", (best.metric === "loss" ? "" : metricName(best.metric) + " ") + metricNumber(best.metric, best.value), count(best.step))
          : evaluated.step !== undefined ? words("step", count(evaluated.step)) : ""],
      ["rate", rate(card.lr), ""],
      card.status === "running" ? ["timeLeft", duration(card.seconds_left), ""] : null,
      silent ? ["lastChange", words("ago", roughly(now() - Date.parse(card.changed) / 1000)), ""] : null,
      ["throughput", card.tokens_per_second !== undefined ? count(card.tokens_per_second) : "–", ""],
      card.phase && card.status === "running" ? ["phase", term("phase", card.phase.what),
        card.phase.total > 1 && card.phase.what !== "training" ? words("phaseCount", count(card.phase.done), count(card.phase.total)) : ""] : null,
      card.resident ? ["memory", bytes(card.resident), card.peak ? words("memoryHint", bytes(card.peak)) : ""] : null,
      card.device && card.device.allocated ? ["device", bytes(card.device.allocated), card.device.name || ""] : null,
      card.host ? ["host", card.host, card.pid ? words("process", card.pid) : ""] : null,
    ].filter(fact => fact !== null);
    const wanted = new Set(facts.map(fact => fact[0]));
    for (const [key, cell] of this.cells) {
      if (!wanted.has(key)) {
        cell.element.remove();
        this.cells.delete(key);
      }
    }
    facts.forEach(([key, value, hint], i) => {
      let cell = this.cells.get(key);
      if (!cell) {
        cell = { name: el("dt", {}), value: el("dd", { class: "given" }), hint: el("dd", { class: "hint given" }) };
        cell.element = el("div", { data: { fact: key } }, cell.name, cell.value, cell.hint);
        this.cells.set(key, cell);
      }
      if (this.facts.children[i] !== cell.element) {
        this.facts.insertBefore(cell.element, this.facts.children[i] || null);
      }
      put(cell.name, words(key));
      put(cell.value, value);
      put(cell.hint, hint);
    });
  }

  drawLinks(card) {
    const signature = card.id + document.documentElement.lang;
    if (signature !== this.linked) {
      this.linked = signature;
      const id = encodeURIComponent(card.id);
      this.links.replaceChildren(el("span", {}, words("export") + ": "),
        el("a", { href: `export?id=${id}&format=csv`, download: true }, words("csv")), " · ",
        el("a", { href: `export?id=${id}&format=jsonl`, download: true }, words("jsonl")), " · ",
        el("a", { href: `report?id=${id}`, target: "_blank", rel: "noopener" }, words("report")));
    }
  }
}

// Verdicts and other events, newest first.
export class Events {
  constructor() {
    const { element, heading } = section("events", "events");
    this.saves = el("button", { type: "button", class: "toggle small", "aria-pressed": "false", on: { click: () => {
      this.saves.setAttribute("aria-pressed", String(this.saves.getAttribute("aria-pressed") !== "true"));
      this.draw(this.id, this.detail);
    } } });
    this.list = el("ol", { class: "events" });
    this.note = el("p", { class: "note" });
    this.element = element;
    element.replaceChildren(el("div", { class: "section-head" }, heading, this.saves), this.list, this.note);
    this.items = new Map();
  }

  draw(id, detail) {
    if (this.id !== id || this.language !== document.documentElement.lang) {
      this.items.clear();
      this.list.replaceChildren();
    }
    this.id = id;
    this.language = document.documentElement.lang;
    this.detail = detail;
    put(this.saves, words("withSaves"));
    const withSaves = this.saves.getAttribute("aria-pressed") === "true";
    const events = (detail ? detail.events || [] : []).filter(event => withSaves || event.type !== "save").sort((a, b) => b.i - a.i);
    const numbers = eventNumbers(detail ? detail.events : []);
    const seen = new Set();
    events.forEach((event, place) => {
      seen.add(event.i);
      if (!this.items.has(event.i)) {
        this.items.set(event.i, el("li", { tabindex: "-1", data: { event: event.i, level: eventLevel(event), type: event.type } },
          el("span", { class: "badge", "aria-hidden": "true" }, String(numbers.get(event.i) ?? "·")),
          el("span", { class: "when" }, words("eventAt", count(event.step)) + (event.branch && event.branch !== "main" ? " · " + event.branch : "")),
          " ", el("strong", {}, eventTitle(event)), " ", el("span", { class: "given why" }, eventText(event))));
      }
      const item = this.items.get(event.i);
      if (this.list.children[place] !== item) {
        this.list.insertBefore(item, this.list.children[place] || null);
      }
    });
    for (const [i, item] of this.items) {
      if (!seen.has(i)) {
        item.remove();
        this.items.delete(i);
      }
    }
    const older = detail ? (detail.num_events || 0) - (detail.events || []).length : 0;
    const text = events.length === 0 ? words("noEvents") : older > 0 ? words("olderEvents", count(older)) : "";
    put(this.note, text);
    show(this.note, text !== "");
  }

  open(event) {
    const item = this.items.get(event.i);
    if (item) {
      item.scrollIntoView({ block: "center" });
      item.focus({ preventScroll: true });
    }
  }
}

// Diagnosis, warnings and what could not be read.
export class Findings {
  constructor() {
    const { element } = section("diagnosis", "diagnosis");
    this.element = element;
    this.list = el("ul", { class: "findings" });
    this.warnings = el("ul", { class: "warnings" });
    this.warningsHeading = el("h4", { data: { word: "warnings" } });
    this.damaged = el("ul", { class: "warnings" });
    this.damagedHeading = el("h4", { data: { word: "damaged" } });
    element.append(this.list, this.warningsHeading, this.warnings, this.damagedHeading, this.damaged);
  }

  draw(detail) {
    const texts = (detail && detail.diagnosis || []).map(either).filter(Boolean);
    sentences(this.list, texts.length ? texts : [words("noDiagnosis")]);
    this.list.classList.toggle("none", texts.length === 0);
    const warnings = detail ? detail.warnings || [] : [];
    const damaged = detail ? detail.damaged || [] : [];
    sentences(this.warnings, warnings.map(String));
    sentences(this.damaged, damaged.map(String));
    show(this.warningsHeading, warnings.length > 0);
    show(this.damagedHeading, damaged.length > 0);
  }
}

export function sentences(list, texts) {
  const signature = texts.join("\n");
  if (list.dataset.signature !== signature) {
    list.dataset.signature = signature;
    list.replaceChildren(...texts.map(text => el("li", { class: "given" }, text)));
  }
}

// The ledger: every number with its reason; the settings and the environment behind folds.
export class Ledger {
  constructor() {
    const { element, heading } = section("plan", "plan");
    this.element = element;
    this.body = el("tbody", {});
    this.headings = ["name", "value", "reason"].map(word => el("th", { scope: "col", data: { word } }));
    this.table = el("table", { class: "ledger" }, el("thead", {}, el("tr", {}, ...this.headings)), this.body);
    this.note = el("p", { class: "note" });
    this.config = el("pre", { class: "command given" });
    this.configFold = el("details", {}, el("summary", { data: { word: "config" } }), this.config);
    this.environment = el("tbody", {});
    this.environmentFold = el("details", {}, el("summary", { data: { word: "environment" } }), el("div", { class: "scroll" },
      el("table", { class: "environment" }, this.environment)));
    element.replaceChildren(heading, el("div", { class: "scroll" }, this.table), this.note, this.configFold, this.environmentFold);
  }

  draw(detail) {
    const rows = detail ? detail.ledger || [] : [];
    const environment = Object.entries(detail && detail.environment || {});
    const signature = JSON.stringify([document.documentElement.lang, rows, environment, detail ? detail.config : ""]);
    if (signature === this.signature) {
      return;
    }
    this.signature = signature;
    this.body.replaceChildren(...rows.map(row => el("tr", {}, el("th", { scope: "row" }, entryName(String(row.name))),
      el("td", { class: "given" }, String(row.value)), el("td", { class: "given" }, String(row.reason ?? "")))));
    show(this.table, rows.length > 0);
    put(this.note, rows.length > 0 ? words("reasonsNote") : words("noPlan"));
    show(this.note, rows.length === 0 || document.documentElement.lang === "zh");
    put(this.config, detail ? detail.config || "" : "");
    show(this.configFold, Boolean(detail && detail.config));
    this.environment.replaceChildren(...environment.map(([name, value]) => el("tr", {}, el("th", { scope: "row", class: "given" }, name),
      el("td", { class: "given" }, typeof value === "object" ? JSON.stringify(value) : String(value)))));
    show(this.environmentFold, environment.length > 0);
  }
}
