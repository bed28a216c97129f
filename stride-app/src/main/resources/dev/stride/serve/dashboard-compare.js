// Tables that set runs beside each other: those that are compared, and the trials of a sweep.
import { data, now } from "./dashboard-data.js";
import { section, sentences } from "./dashboard-detail.js";
import { metricNames, metricNumber } from "./dashboard-lines.js";
import { count, currentLanguage, duration, either, el, fixed, metricName, number, put, rate, shape, show, signed, term, words } from "./dashboard-text.js";

const HIGHER = /^(bleu|rouge|accuracy|macro-f1|f1|precision|recall)/;

// A cell holds { text, value, delta }; a column says which of its numbers is the best.
function column(heading, cells, better, format) {
  const values = cells.map(cell => cell.value);
  const known = values.filter(Number.isFinite);
  const best = better && new Set(known).size > 1 ? better(...known) : undefined;
  return { heading, right: true, cells: cells.map((cell, i) => ({
    ...cell, best: best !== undefined && cell.value === best,
    delta: i > 0 && format && Number.isFinite(cell.value) && Number.isFinite(values[0]) ? signed(cell.value - values[0], format) : "",
  })) };
}

function table(holder, columns, names) {
  const signature = JSON.stringify([columns, names]);
  if (holder.dataset.signature === signature) {
    return;
  }
  holder.dataset.signature = signature;
  const shown = columns.filter(one => one.cells.some(cell => cell.text !== "–" && cell.text !== ""));
  holder.replaceChildren(el("thead", {}, el("tr", {}, ...[names, ...shown].map((one, i) =>
    el("th", { scope: "col", class: i > 0 && one.right ? "number" : null }, one.heading)))),
  el("tbody", {}, ...names.rows.map((row, i) => el("tr", { data: { row: row.id ?? row.name } },
    el("th", { scope: "row" }, row.color ? dot(row.color) : null, el("button", { type: "button", class: "plain given", disabled: row.id === undefined, data: { open: row.id ?? "" } }, row.name)),
    ...shown.map(one => el("td", { class: [one.right ? "number" : "", one.long && one.cells[i].text.length > 24 ? "long" : "", one.cells[i].best ? "best" : ""].filter(Boolean).join(" ") || null },
      el("span", { class: "given" }, one.cells[i].text), one.cells[i].delta ? el("span", { class: "delta" }, one.cells[i].delta) : null))))));
}

function dot(color) {
  const element = el("span", { class: "dot", "aria-hidden": "true" });
  element.style.background = color;
  return element;
}

export class Comparison {
  constructor(open) {
    const { element, heading } = section("comparison", "comparison");
    this.table = el("table", { class: "runs" });
    this.note = el("p", { class: "note", data: { word: "comparisonNote" } });
    this.element = element;
    element.replaceChildren(heading, el("div", { class: "scroll" }, this.table), this.note);
    this.table.addEventListener("click", event => {
      const button = event.target.closest("[data-open]");
      if (button) {
        open(button.dataset.open);
      }
    });
  }

  draw(runs) {
    show(this.element, runs.length > 1);
    if (runs.length < 2) {
      return;
    }
    const of = (heading, value, format, better, deltas) => column(heading, runs.map(run => {
      const one = value(run);
      return { text: one === undefined ? "–" : format(one), value: number(one) };
    }), better, deltas ? format : null);
    const evals = run => run.entry && run.entry.full ? run.entry.full.evals : [];
    const scores = (run, name) => evals(run).map(one => number(one.values[name])).filter(Number.isFinite);
    const lowest = run => evals(run).filter(one => Number.isFinite(number(one.values.loss)))
      .reduce((least, one) => !least || number(one.values.loss) < number(least.values.loss) ? one : least, null);
    const columns = [
      of(words("peakRate"), run => peak(run), rate),
      of(words("trainLoss"), run => number(run.card.smoothed_loss ?? run.card.loss), fixed, null, true),
      of(words("valLoss"), run => scores(run, "loss").at(-1), value => fixed(value, 4), Math.min, true),
      of(words("lowestLoss"), run => lowest(run) ? number(lowest(run).values.loss) : undefined, value => fixed(value, 4), Math.min, true),
      of(words("atStep"), run => lowest(run) ? lowest(run).step : undefined, count),
      ...metricNames(runs).filter(name => name !== "loss").map(name => of(metricName(name), run => scores(run, name).at(-1),
        value => metricNumber(name, value), HIGHER.test(name) ? Math.max : null, true)),
      of(words("throughput"), run => number(run.card.tokens_per_second), count),
      of(words("time"), run => run.card.started ? seconds(run) : undefined, duration),
      of(words("steps"), run => run.card.step, count),
      { heading: words("status"), cells: runs.map(run => ({ text: term("status", run.card.status) })) },
    ];
    table(this.table, columns, { heading: words("run"), rows: runs.map(run => ({ id: run.id, name: run.name, color: run.color })) });
  }
}

function peak(run) {
  const planned = (run.detail ? run.detail.planned_lr || [] : []).map(([, value]) => number(value)).filter(Number.isFinite);
  return planned.length ? planned.reduce((most, value) => Math.max(most, value), 0) : run.card.lr;
}

function seconds(run) {
  const end = run.card.status === "running" ? now() : Date.parse(run.card.changed) / 1000;
  return Math.max(0, Math.round(end - Date.parse(run.card.started) / 1000));
}

// A sweep: its answer, its trials, what it saved, and the command of the final run.
export class SweepView {
  constructor(open) {
    this.title = el("h2", { class: "given", id: "sweep-title" });
    this.status = el("span", { class: "chip" });
    this.worry = el("p", { class: "worry" });
    this.links = el("p", { class: "links" });
    this.head = el("div", { class: "head" }, el("div", { class: "head-row" }, el("div", { class: "head-title" },
      el("div", { class: "title-row" }, this.title, this.status), this.worry), el("div", { class: "head-side" }, this.links)));
    this.sentence = el("p", { class: "conclusion given", id: "sweep-answer" });
    this.command = el("pre", { class: "command given", id: "sweep-command" });
    this.copy = el("button", { type: "button", class: "small", id: "copy-command", on: { click: () => this.copyCommand() } });
    this.commandBox = el("div", { class: "command-box" }, el("h4", { data: { word: "command" } }), this.command, this.copy);
    this.answer = el("section", { id: "answer" }, this.sentence, this.commandBox);
    const trials = section("trials", "trials");
    this.trials = el("table", { class: "runs" });
    trials.element.append(el("div", { class: "scroll" }, this.trials));
    this.trialsSection = trials.element;
    this.trials.addEventListener("click", event => {
      const button = event.target.closest("[data-open]");
      if (button) {
        open(button.dataset.open);
      }
    });
    const course = section("course", "updates");
    this.updates = el("p", {});
    this.saved = el("p", { class: "note" });
    this.warningsHeading = el("h4", { data: { word: "warnings" } });
    this.warnings = el("ul", { class: "warnings" });
    this.notesHeading = el("h4", { data: { word: "course" } });
    this.notes = el("ul", { class: "warnings" });
    course.element.append(this.updates, this.saved, this.warningsHeading, this.warnings, this.notesHeading, this.notes);
    this.course = course.element;
  }

  draw(sweep, runs) {
    put(this.title, sweep.name);
    put(this.status, term("status", sweep.status));
    this.status.dataset.status = sweep.status;
    const worry = sweep.worry || { level: "ok" };
    if (this.worryText !== worry.level + either(worry)) {
      this.worryText = worry.level + either(worry);
      this.worry.dataset.level = worry.level;
      this.worry.replaceChildren(shape(worry.level), el("span", { class: "given" }, either(worry)));
    }
    if (this.linked !== sweep.id + currentLanguage()) {
      this.linked = sweep.id + currentLanguage();
      this.links.replaceChildren(el("a", { href: `report?id=${encodeURIComponent(sweep.id)}`, target: "_blank", rel: "noopener" }, words("report")));
    }
    const answer = sweep.answer;
    put(this.sentence, answer ? currentLanguage() === "zh" && answer.sentence_zh ? answer.sentence_zh : answer.sentence : words("noAnswer"));
    this.answer.classList.toggle("none", !answer);
    show(this.commandBox, Boolean(answer && answer.command));
    put(this.command, answer ? answer.command || "" : "");
    put(this.copy, words("copy"));
    this.drawTrials(sweep, runs);
    this.drawUpdates(sweep.updates || {}, sweep.status !== "running");
    sentences(this.warnings, (sweep.warnings || []).map(String));
    sentences(this.notes, (sweep.notes || []).map(String));
    show(this.warningsHeading, (sweep.warnings || []).length > 0);
    show(this.notesHeading, (sweep.notes || []).length > 0);
  }

  drawTrials(sweep, runs) {
    const colors = new Map(runs.map(run => [run.id, run.color]));
    const cards = sweep.trials.map(trial => data.runs.get(trial.run));
    const scores = new Set(sweep.trials.flatMap(trial => Object.keys(trial.metrics || {})));
    const score = (trial, card, name) => number((trial.metrics || {})[name] ?? (card && card.eval ? card.eval[name] : undefined));
    if (cards.some(card => card && card.eval && card.eval.loss !== undefined)) {
      scores.add("loss");
    }
    const ended = trial => trial.status === "finished";
    const scored = [...scores].sort((a, b) => (b === sweep.metric) - (a === sweep.metric));
    const columns = [
      { heading: sweep.vary === "lr" || !sweep.vary ? words("learningRate") : term("vary", sweep.vary), right: true,
        cells: sweep.trials.map(trial => ({ text: trial.value !== undefined ? String(trial.value) : rate(trial.lr) })) },
      { heading: words("status"), cells: sweep.trials.map(trial => ({ text: term("status", trial.status) })) },
      { heading: words("steps"), right: true, cells: sweep.trials.map((trial, i) => ({
        text: `${count((cards[i] && trial.status === "running" ? cards[i].step : trial.steps) ?? 0)} / ${count(trial.planned_steps)}` })) },
      column(words("trainLoss"), cards.map(card => ({ text: card ? fixed(card.smoothed_loss ?? card.loss) : "–" }))),
      ...scored.map(name => {
        const values = sweep.trials.map((trial, i) => score(trial, cards[i], name));
        const final = values.filter((value, i) => ended(sweep.trials[i]) && Number.isFinite(value));
        const best = new Set(final).size > 1 ? name === "loss" ? Math.min(...final) : HIGHER.test(name) ? Math.max(...final) : undefined : undefined;
        return { heading: metricName(name), right: true, cells: values.map((value, i) => ({
          text: metricNumber(name, value), best: best !== undefined && value === best && ended(sweep.trials[i]) })) };
      }),
      { heading: words("why"), long: true, cells: sweep.trials.map((trial, i) => ({ text: trial.reason || (cards[i] && !ended(trial) ? cards[i].reason || "" : "") })) },
    ];
    table(this.trials, columns, { heading: words("trial"), rows: sweep.trials.map(trial => ({ id: trial.run, name: trial.name,
      color: colors.get(trial.run) })) });
  }

  drawUpdates(updates, over) {
    const saved = Object.values(updates.saved || {}).reduce((sum, value) => sum + (number(value) || 0), 0);
    show(this.updates, updates.made !== undefined);
    const share = updates.grid ? Math.round(100 * saved / updates.grid) : 0;
    put(this.updates, saved > 0 && updates.grid
      ? words(over ? "updatesMade" : "updatesSoFar", count(updates.made), count(updates.grid), count(saved), share)
      : words("updatesNone", count(updates.made)));
    put(this.saved, Object.entries(updates.saved || {}).filter(([, value]) => number(value) > 0)
      .map(([name, value]) => words("savedBy_" + name, count(value))).join(" · "));
  }

  async copyCommand() {
    try {
      await navigator.clipboard.writeText(this.command.textContent);
    } catch {
      // where the clipboard is closed to pages, the command is at least marked
      getSelection().selectAllChildren(this.command);
      return;
    }
    put(this.copy, words("copied"));
    setTimeout(() => put(this.copy, words("copy")), 2000);
  }
}
