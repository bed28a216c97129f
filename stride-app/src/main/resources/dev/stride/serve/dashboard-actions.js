// What a person asks of a running run: sent to the server, taken by the run between two updates, seen in its events.
import { act, data } from "./dashboard-data.js";
import { clock, count, el, fill, put, show, words } from "./dashboard-text.js";

const SLOW_SECONDS = 90; // an evaluation or a long update may lie between the request and its event
const TAKEN_SECONDS = 120; // what was taken is in the events
const ACTIONS = ["stop", "evaluate", "halve", "note"];
const WORD = { stop: "stop", evaluate: "evaluate", halve: "halve", note: "addNote" };
const ASKS = { stop: ["stopAsk", "stopText"], halve: ["halveAsk", "halveText"], note: ["noteAsk", "noteText"] };

export class Actions {
  constructor(dialog) {
    this.dialog = dialog;
    this.part = id => document.getElementById("ask-" + id);
    this.requests = []; // { run, action, state, at, step, problem, text }
    this.buttons = ACTIONS.map(action => el("button", { type: "button", data: { action }, on: { click: () => this.ask(action) } }));
    this.why = el("p", { class: "note", id: "actions-why" });
    this.states = el("ul", { id: "requests", role: "status", "aria-live": "polite" });
    this.element = el("div", { class: "actions", role: "group" }, el("div", { class: "buttons" }, ...this.buttons), this.why, this.states);
    this.part("cancel").addEventListener("click", () => dialog.close());
    this.part("form").addEventListener("submit", event => {
      event.preventDefault();
      this.confirmed();
    });
    setInterval(() => this.drawStates(), 5000);
  }

  draw(card) {
    this.card = card;
    this.element.setAttribute("aria-label", words("actions"));
    const why = !card || card.status !== "running" && card.status !== "silent" ? "isOver" : data.connection.state !== "live" ? "offline"
      : !data.canAct ? "noToken" : null;
    this.buttons.forEach(button => {
      put(button, words(WORD[button.dataset.action]));
      fill(button, { disabled: why !== null, "aria-describedby": why ? "actions-why" : null, title: why ? words(why) : null });
    });
    put(this.why, why ? words(why) : "");
    show(this.why, why === "noToken" || why === "offline");
    // a run that is over needs no buttons; that they are off is said where somebody looks for them
    show(this.element, Boolean(card));
    this.element.classList.toggle("over", why === "isOver");
    this.drawStates();
  }

  ask(action) {
    this.action = action;
    this.run = this.card;
    if (!ASKS[action]) {
      this.send(this.run, action, "");
      return;
    }
    const [title, text] = ASKS[action];
    put(this.part("heading"), words(title, this.run.name));
    put(this.part("text"), words(text));
    put(this.part("send"), words(action === "note" ? "send" : WORD[action]));
    show(this.part("field"), action === "note");
    show(this.part("problem"), false);
    this.part("input").value = "";
    this.dialog.dataset.action = action;
    this.dialog.showModal();
    (action === "note" ? this.part("input") : this.part("cancel")).focus();
  }

  confirmed() {
    const text = this.part("input").value.trim();
    if (this.action === "note" && text === "") {
      put(this.part("problem"), words("noteEmpty"));
      show(this.part("problem"), true);
      return;
    }
    this.dialog.close();
    this.send(this.run, this.action, this.action === "note" ? text : "");
  }

  async send(card, action, text) {
    const request = { run: card.id, action, text, state: "sending", at: new Date(), after: lastEvent(card.id) };
    this.requests.unshift(request);
    this.requests.length = Math.min(this.requests.length, 20);
    this.drawStates();
    try {
      await act(card.id, action, text);
      request.state = request.state === "sending" ? "sent" : request.state;
    } catch (error) {
      request.state = "refused";
      request.problem = error.status === 403 ? words("forbidden") : error.message;
    }
    this.look(card.id);
  }

  // Looks for the events that answer the requests of a run.
  look(id) {
    const detail = data.details.get(id);
    const events = detail && detail.json ? detail.json.events || [] : [];
    const used = new Set(this.requests.filter(request => request.run === id && request.event !== undefined).map(request => request.event));
    for (const request of [...this.requests].reverse()) {
      if (request.run === id && (request.state === "sent" || request.state === "sending")) {
        const answer = events.find(event => event.i > request.after && !used.has(event.i) && answers(event, request));
        if (answer) {
          request.state = "taken";
          request.takenAt = Date.now();
          request.step = answer.step;
          request.event = answer.i;
          used.add(answer.i);
        }
      }
    }
    this.drawStates();
  }

  drawStates() {
    const mine = this.card ? this.requests.filter(request => request.run === this.card.id
      && !(request.state === "taken" && Date.now() - request.takenAt > TAKEN_SECONDS * 1000)).slice(0, 3) : [];
    this.states.replaceChildren(...mine.map(request => el("li", { data: { request: request.action, state: request.state } },
      this.sentence(request))));
  }

  sentence(request) {
    const name = words(WORD[request.action]);
    const over = this.card.status !== "running" && this.card.status !== "silent";
    switch (request.state) {
      case "sending":
        return words("sending", name);
      case "taken":
        return words("taken", name, count(request.step));
      case "refused":
        return words("refused", name, request.problem);
      default:
        return over ? words("ended", name)
          : words(Date.now() - request.at > SLOW_SECONDS * 1000 ? "slow" : "sent", name, clock(request.at));
    }
  }
}

function lastEvent(id) {
  const detail = data.details.get(id);
  const events = detail && detail.json ? detail.json.events || [] : [];
  return events.reduce((most, event) => Math.max(most, event.i), -1);
}

function oneLine(text) {
  return String(text).replace(/\s+/g, " ").trim();
}

function answers(event, request) {
  switch (request.action) {
    case "stop":
      return event.type === "verdict" && event.who === "person" && event.action === "stop";
    case "halve":
      return event.type === "verdict" && event.who === "person" && event.action === "reduce-lr";
    case "note":
      return event.type === "note" && oneLine(event.text).includes(oneLine(request.text));
    default:
      return event.type === "note" && String(event.text).includes("person");
  }
}
