// The field in which messages are written, and the keys of the page.
import { on, state } from "./chat-state.js";
import { isWorking, lanesOf, modelOf, send, stopAll } from "./chat-talk.js";
import { icon, words } from "./chat-text.js";
import { path } from "./chat-tree.js";
import { edit } from "./chat-turns.js";
import { onExample } from "./chat-welcome.js";

const $ = id => document.getElementById(id);
const field = $("message");
const button = $("send");

export function fit() {
  field.style.height = "auto";
  field.style.height = Math.min(field.scrollHeight + 2, Math.round(innerHeight * 0.4)) + "px";
}

function submit() {
  if (field.value.trim() && send(field.value)) {
    field.value = "";
    fit();
  }
  draw();
}

function draw() {
  if (!state.current) {
    return;
  }
  const working = isWorking(state.current);
  const count = [...state.live.values()].filter(one => one.conversation === state.current).length;
  const word = words(working ? (count > 1 ? "stopBoth" : "stop") : "send");
  button.dataset.does = working ? "stop" : "send";
  button.replaceChildren(icon(working ? "stop" : "send"));
  button.title = word;
  button.setAttribute("aria-label", word);
  button.disabled = !working && !field.value.trim();
  field.placeholder = words("messageHint", lanesOf(state.current).map(lane => modelOf(state.current, lane)).join(" · "));
  fit();
}

field.addEventListener("input", () => {
  fit();
  draw();
});
field.addEventListener("keydown", event => {
  // while a Chinese word is being composed, Enter takes the word; Safari says so by the key code alone
  if (event.isComposing || event.keyCode === 229) {
    return;
  }
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    submit();
  } else if (event.key === "ArrowUp" && field.value === "") {
    const last = path(state.current).pop();
    if (last && !isWorking(state.current)) {
      event.preventDefault();
      edit(last.turn.id);
    }
  }
});
$("compose").addEventListener("submit", event => {
  event.preventDefault();
  if (isWorking(state.current)) {
    stopAll(state.current);
  } else {
    submit();
  }
  field.focus();
});
onExample(text => {
  field.value = text;
  fit();
  draw();
  field.focus();
});

document.addEventListener("keydown", event => {
  if (event.isComposing || event.defaultPrevented) {
    return;
  }
  const typing = event.target.closest?.("input, textarea, select, dialog");
  if ((event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey)) {
    event.preventDefault();
    field.focus();
  } else if (event.key === "Escape" && state.current && !document.body.dataset.drawer && !document.querySelector("dialog[open]")) {
    if (state.editing !== null) {
      edit(null);
    } else {
      stopAll(state.current);
    }
  }
});
for (const name of ["working", "thread", "head"]) {
  on(name, draw);
}
addEventListener("resize", fit);

