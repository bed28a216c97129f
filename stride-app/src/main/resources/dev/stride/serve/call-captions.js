// Both sides' words. An answer's text turns dark as far as it was heard; the person's stays grey until it is final.
import { emit, on, state } from "./call-state.js";
import { make, words } from "./call-text.js";

const $ = id => document.getElementById(id);
const drawn = new Map();
let ask = () => {};

export function onAsk(listener) {
  ask = listener;
}

function element(line) {
  let one = drawn.get(line.id);
  if (!one) {
    const said = make("span", { className: "said" });
    const rest = make("span", { className: "rest" });
    const mark = make("small", { className: "soft" });
    const who = make("span", { className: "unseen" });
    one = { said, rest, mark, who, row: make("li", { className: "line given", "data-who": line.who, dir: "auto" }, who, make("p", {}, said, rest, mark)) };
    drawn.set(line.id, one);
  }
  return one;
}

function put(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

export function draw() {
  const list = $("lines");
  const box = $("captions");
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  for (const [id, one] of drawn) {
    if (!state.lines.some(line => line.id === id)) {
      one.row.remove();
      drawn.delete(id);
    }
  }
  state.lines.forEach((line, i) => {
    const one = element(line);
    if (list.children[i] !== one.row) {
      list.insertBefore(one.row, list.children[i] ?? null);
    }
    const mine = line.who === "you";
    put(one.who, (mine ? words("you") : state.model) + ": ");
    put(one.said, mine ? line.partial ? "" : line.text : line.text.slice(0, line.heard));
    put(one.rest, mine ? line.partial ? line.text : "" : line.text.slice(line.heard));
    put(one.mark, line.interrupted ? " " + (line.text === "" ? words("nothingHeard") : "— " + words("interruptedMark")) : "");
  });
  $("try").hidden = state.lines.length > 0;
  if (atEnd) {
    box.scrollTop = box.scrollHeight;
  }
}

export function drawExamples() {
  $("examples").replaceChildren(...["example1", "example2", "example3"].map(key =>
    make("li", {}, make("button", { type: "button", className: "given", textContent: words(key), onclick: () => ask(words(key)) }))));
}

on("lines", draw);
// who only reads hears the answer from a screen reader
on("answered", () => put($("spoken"), state.lines.findLast(line => line.who === "model")?.text ?? ""));
export const redraw = () => emit("lines");
