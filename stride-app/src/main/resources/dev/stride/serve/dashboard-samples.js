// Generated texts of one evaluation, those of compared runs side by side.
import { getJson } from "./dashboard-data.js";
import { section } from "./dashboard-detail.js";
import { metricNumber } from "./dashboard-lines.js";
import { count, el, fill, metricName, put, show, words } from "./dashboard-text.js";

const FIRST = 4;
const MORE = 20;

export class Samples {
  constructor() {
    const { element, heading } = section("samples", "samples");
    this.element = element;
    this.earlier = el("button", { type: "button", class: "small", on: { click: () => this.move(-1) } }, "‹");
    this.later = el("button", { type: "button", class: "small", on: { click: () => this.move(1) } }, "›");
    this.choice = el("select", { id: "sample-step", on: { change: () => this.choose(Number(this.choice.value)) } });
    this.label = el("label", { class: "field", for: "sample-step" });
    this.tools = el("div", { class: "tools" }, this.label, el("span", { class: "segments" }, this.earlier, this.choice, this.later));
    this.holder = el("div", {});
    this.note = el("p", { class: "note" });
    this.more = el("button", { type: "button", class: "small", on: { click: () => {
      this.limit += MORE;
      this.load();
    } } });
    element.replaceChildren(el("div", { class: "section-head" }, heading, this.tools), this.holder, this.note, this.more);
    this.limit = FIRST;
    this.chosen = null; // null follows the newest
    this.turn = 0;
  }

  draw(runs) {
    const ids = runs.map(run => run.id).join("\n");
    if (ids !== this.ids) {
      this.ids = ids;
      this.limit = FIRST;
      this.chosen = null;
      this.loaded = null;
      this.results = null;
    }
    this.runs = runs;
    this.steps = [...new Set(runs.flatMap(run => run.detail ? run.detail.sample_steps || [] : []))].sort((a, b) => a - b);
    put(this.label, words("samplesAt"));
    fill(this.earlier, { "aria-label": words("earlier"), title: words("earlier") });
    fill(this.later, { "aria-label": words("later"), title: words("later") });
    put(this.more, words("more"));
    const step = this.step();
    show(this.tools, this.steps.length > 0);
    const options = this.steps.join(",") + document.documentElement.lang;
    if (this.options !== options) {
      this.options = options;
      this.choice.replaceChildren(...this.steps.map(one => el("option", { value: one }, words("step", count(one)))));
    }
    this.choice.value = String(step);
    this.earlier.disabled = this.steps.indexOf(step) <= 0;
    this.later.disabled = this.steps.indexOf(step) >= this.steps.length - 1;
    const wanted = JSON.stringify([ids, step, this.limit, runs.map(run => run.detail ? (run.detail.sample_steps || []).length : 0)]);
    if (step === undefined) {
      this.holder.replaceChildren();
      put(this.note, runs.some(run => run.detail) ? words("noSamples") : "");
      show(this.more, false);
    } else if (wanted !== this.loaded) {
      this.loaded = wanted;
      this.load();
    } else {
      this.write();
    }
  }

  step() {
    return this.chosen !== null && this.steps.includes(this.chosen) ? this.chosen : this.steps.at(-1);
  }

  choose(step) {
    this.chosen = step === this.steps.at(-1) ? null : step;
    this.draw(this.runs);
  }

  move(by) {
    const next = this.steps[this.steps.indexOf(this.step()) + by];
    if (next !== undefined) {
      this.choose(next);
    }
  }

  async load() {
    const turn = ++this.turn;
    const step = this.step();
    const runs = this.runs.slice(0, 6).filter(run => run.detail && (run.detail.sample_steps || []).length);
    const results = await Promise.all(runs.map(async run => {
      // a run that was not evaluated at this step shows its last evaluation before it
      const own = run.detail.sample_steps.filter(one => one <= step).at(-1);
      try {
        return own === undefined ? null : { run, json: await getJson("api/samples", { id: run.id, step: own, limit: this.limit }) };
      } catch {
        return null;
      }
    }));
    if (turn === this.turn) {
      this.results = results.filter(result => result !== null);
      this.written = null;
      this.write();
    }
  }

  write() {
    if (!this.results) {
      return;
    }
    const many = this.runs.length > 1;
    const colors = new Map(this.runs.map(run => [run.id, run.color]));
    const signature = JSON.stringify([document.documentElement.lang, this.turn, [...colors.values()], many]);
    if (signature === this.written) {
      return;
    }
    this.written = signature;
    const prompts = new Map();
    for (const { json } of this.results) {
      const seen = new Map();
      for (const row of json.rows) {
        // a prompt may stand twice in the data
        const times = (seen.get(row.prompt) || 0) + 1;
        seen.set(row.prompt, times);
        const key = row.prompt + "\u0000" + times;
        prompts.set(key, prompts.get(key) || row);
        row.key = key;
      }
    }
    const step = this.step();
    this.holder.replaceChildren(...[...prompts].map(([key, first]) => el("article", { class: "sample" },
      text("prompt", words("prompt"), first.prompt),
      el("div", { class: "answers" },
        text("reference", words("reference"), first.reference),
        ...this.results.map(({ run, json }) => {
          const row = json.rows.find(one => one.key === key);
          const title = many ? run.name + (json.step !== step ? " · " + words("step", count(json.step)) : "") : words("step", count(json.step));
          const box = text("answer", title, row ? row.text : words("noSampleHere"));
          if (many) {
            box.style.setProperty("--c", colors.get(run.id) || "");
            box.classList.add("colored");
          }
          const scores = row ? Object.entries(row.scores || {}).map(([name, value]) => `${metricName(name)} ${metricNumber(name, value)}`) : [];
          box.append(el("p", { class: "scores" }, scores.join(" · ")));
          return box;
        })))));
    const total = Math.max(0, ...this.results.map(({ json }) => json.total));
    put(this.note, words("samplesShown", count(prompts.size), count(total)));
    show(this.more, this.results.some(({ json }) => json.rows.length < json.total));
  }
}

function text(className, title, content) {
  const empty = String(content ?? "").trim() === "";
  return el("div", { class: className }, el("h4", { class: "given" }, title),
    el("div", { class: "text given", dir: "auto" }, empty ? el("em", {}, words("emptyText")) : String(content)));
}
