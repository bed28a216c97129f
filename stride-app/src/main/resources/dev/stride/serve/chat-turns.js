// One turn: the own message, and below it the answer of each column.
import { Prose } from "./chat-prose.js";
import { modelNamed, settings, state } from "./chat-state.js";
import {
  answerAgain, deleteTurn, giveResult, lanesOf, page, retry, reword, rewrite, stopVersion, vote,
} from "./chat-talk.js";
import { copyButton, count, currentLanguage, duration, hasWord, icon, iconButton, make, words } from "./chat-text.js";
import { isWhole, lastStep, shownVersion } from "./chat-tree.js";

const proses = new WeakMap(); // step -> its prose, kept while the page draws again around it
const armed = new Map(); // id of a version -> when it is tried again

export function proseOf(step) {
  const known = proses.get(step);
  if (known?.language === currentLanguage()) {
    return known.prose;
  }
  const prose = new Prose(make("div", { className: "prose given" }));
  proses.set(step, { prose, language: currentLanguage() }); // the words on its buttons are of one language
  return prose;
}

export function nameOf(id) {
  return modelNamed(id) ? id : words("notServed", id);
}

export function turnElement(turn, group, isLast, askForKey) {
  const conversation = state.current;
  const lanes = lanesOf(conversation).filter(lane => lane === 0 || turn.lanes[lane]);
  const answers = make("div", { className: "answers", "data-columns": lanes.length },
    ...lanes.map(lane => answerElement(turn, lane, lanes.length > 1, askForKey)));
  const asked = lanesOf(conversation).length > turn.lanes.length && isLast && lanes.every(lane => isWhole(shownVersion(turn, lane)));
  const late = asked ? make("button", { type: "button", className: "small ask-too", "data-focus": "ask:" + turn.id,
    textContent: words("askToo", nameOf(conversation.models[1])), onclick: () => answerAgain(turn, 1) }) : null;
  return make("section", { className: "turn", "data-turn": turn.id }, ownElement(turn, group), answers, late);
}

function pager(holder, all, key) {
  if (all.length < 2) {
    return null;
  }
  const busy = all.some(one => state.live.has(one.id));
  return make("span", { className: "pager", role: "group" },
    iconButton("earlier", words("earlier"), { "data-focus": "earlier:" + key, "data-act": "earlier", disabled: busy || holder.at === 0, onclick: () => page(holder, -1) }),
    make("span", { className: "at", textContent: words("version", holder.at + 1, all.length) }),
    iconButton("later", words("later"), { "data-focus": "later:" + key, "data-act": "later", disabled: busy || holder.at === all.length - 1, onclick: () => page(holder, 1) }));
}

function ownElement(turn, group) {
  if (state.editing === turn.id) {
    return editor(turn, group);
  }
  const working = turn.lanes.some(lane => lane.versions.some(version => state.live.has(version.id)));
  return make("div", { className: "mine", "data-role": "user" },
    make("div", { className: "bubble given", dir: "auto", textContent: turn.user }),
    make("div", { className: "acts" },
      pager(group, group.turns, "own:" + turn.id),
      iconButton("pencil", words("editHint"), { "data-focus": "edit:" + turn.id, "data-act": "edit", disabled: working, onclick: () => edit(turn.id) }),
      copyButton(words("copy"), turn.user),
      iconButton("bin", words("deleteTurn"), { "data-focus": "delete:" + turn.id, "data-act": "delete", onclick: () => deleteTurn(group, turn) })));
}

let redraw = () => {};
export function onEdit(listener) {
  redraw = listener;
}

export function edit(id) {
  state.editing = id;
  redraw();
}

function editor(turn, group) {
  return editForm(turn.id, turn.user, words("editHint"), words("sendEdited"), false, text => reword(group, text));
}

// A field in place of a text. Enter sends a message; in an answer, which is longer, Ctrl+Enter saves.
function editForm(id, text, label, done, isAnswer, take) {
  const field = make("textarea", { className: "given", dir: "auto", rows: Math.min(18, text.split("\n").length + 1 + Math.floor(text.length / 90)), value: text,
    "aria-label": label, "data-focus": "editor:" + id });
  const submit = () => {
    if (field.value.trim()) {
      take(field.value);
    }
  };
  field.addEventListener("keydown", event => {
    if (event.key === "Enter" && !event.isComposing && (isAnswer ? event.ctrlKey || event.metaKey : !event.shiftKey)) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      edit(null);
    }
  });
  return make("form", { className: isAnswer ? "editor" : "mine editor", "data-role": isAnswer ? "assistant" : "user", onsubmit: event => {
    event.preventDefault();
    submit();
  } }, field, make("div", { className: "buttons" },
    make("button", { type: "button", textContent: words("cancel"), "data-act": "cancel", onclick: () => edit(null) }),
    make("button", { type: "submit", className: "strong", textContent: done, "data-act": "send-edit" })));
}

function answerElement(turn, lane, named, askForKey) {
  const version = shownVersion(turn, lane);
  const live = state.live.has(version.id);
  const last = lastStep(version);
  const kind = live ? "writing" : last.error ? "error" : last.calls.some(call => call.result === null) ? "asks" : last.finish === "stopped" ? "stopped" : "whole";
  const article = make("article", { className: "answer", "data-lane": lane, "data-version": version.id, "data-state": kind,
    "data-vote": version.vote, "aria-label": words("answerOf", nameOf(version.model)), "aria-busy": live ? "true" : null });
  if (named) {
    article.append(make("h3", { className: "given", textContent: nameOf(version.model) }));
  }
  for (const step of version.steps) {
    article.append(...(step === last && state.editing === version.id
      ? [editForm(version.id, step.text, words("editAnswer"), words("save"), true, text => rewrite(turn, lane, version, text))]
      : stepElements(turn, lane, version, step, live && step === last)));
  }
  if (state.editing === version.id) {
    return article;
  }
  if (last.error && !live) {
    article.append(problem(turn, lane, version, last.error, askForKey));
  }
  article.append(below(turn, lane, version, live));
  return article;
}

function stepElements(turn, lane, version, step, live) {
  const prose = proseOf(step);
  prose.show(step.text, !live);
  prose.host.classList.toggle("growing", live && step.text !== "");
  const found = [prose.host];
  if (live && !step.text && step.calls.length === 0) {
    found.push(make("p", { className: "waiting" }, make("span", { className: "unseen", textContent: words("thinking") }),
      make("i"), make("i"), make("i")));
  } else if (!live && !step.text && step.calls.length === 0 && !step.error) {
    found.push(make("p", { className: "soft", textContent: words("empty") }));
  }
  found.push(...step.calls.map(call => callCard(turn, lane, version, call, live)));
  return found;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function callCard(turn, lane, version, call, live) {
  const card = make("section", { className: "call", "data-call": call.name },
    make("h4", {}, icon("tool"), make("span", { className: "soft", textContent: words("call") }), make("code", { className: "given", textContent: call.name })),
    make("pre", { tabindex: "0", "aria-label": words("callArguments") }, make("code", { textContent: live ? call.arguments : pretty(call.arguments) })));
  if (call.result !== null) {
    card.append(make("p", { className: "soft", textContent: words("callSent") }), make("pre", { className: "result", tabindex: "0" }, make("code", { textContent: pretty(call.result) })));
  } else if (!live) {
    const field = make("textarea", { rows: 2, placeholder: words("callHint"), value: state.drafts.get(call.id) ?? "",
      "aria-label": words("callResult", call.name), "data-focus": "result:" + call.id, oninput: () => state.drafts.set(call.id, field.value) });
    const give = () => giveResult(turn, lane, version, call, field.value);
    field.addEventListener("keydown", event => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        give();
      }
    });
    card.append(field, make("div", { className: "buttons" }, make("button", { type: "button", className: "strong small",
      textContent: words("callSend"), "data-act": "send-result", onclick: give })));
  }
  return card;
}

export function problemText(error) {
  const seconds = Math.ceil((error.wait - Date.now()) / 1000);
  if (error.kind === "busy" && seconds > 0) {
    return words("error_busy_after", seconds);
  }
  const key = error.kind === "interrupted" ? "interrupted" : "error_" + error.kind;
  return hasWord(key) ? words(key, error.text) : words("error_server", error.text);
}

function problem(turn, lane, version, error, askForKey) {
  const again = make("button", { type: "button", className: "small", "data-focus": "retry:" + version.id, "data-act": "retry",
    textContent: words("retry"), onclick: () => tryLater(turn, lane, version, error) });
  const key = error.kind === "key" ? make("button", { type: "button", className: "small", "data-act": "key", textContent: words("giveKey"),
    onclick: () => askForKey(() => retry(turn, lane, version)) }) : null;
  if (armed.has(version.id)) {
    showWait(again, armed.get(version.id));
  }
  return make("p", { className: "problem", "data-kind": error.kind }, make("span", { className: "given", textContent: problemText(error) }), key ?? again);
}

function showWait(button, until) {
  button.disabled = true;
  button.textContent = words("retryIn", Math.max(1, Math.ceil((until - Date.now()) / 1000)));
}

// A server that is busy said how long to wait: a click waits that long and tries once.
function tryLater(turn, lane, version, error) {
  if (Date.now() >= error.wait) {
    retry(turn, lane, version);
    return;
  }
  armed.set(version.id, error.wait);
  const conversation = state.current;
  const tick = () => {
    if (state.current !== conversation || shownVersion(turn, lane) !== version) {
      armed.delete(version.id); // the person went elsewhere
    } else if (Date.now() >= error.wait) {
      armed.delete(version.id);
      retry(turn, lane, version);
    } else {
      const button = document.querySelector(`[data-focus="retry:${CSS.escape(version.id)}"]`);
      if (button) {
        showWait(button, error.wait);
      }
      setTimeout(tick, Math.min(500, Math.max(20, error.wait - Date.now())));
    }
  };
  tick();
}

function below(turn, lane, version, live) {
  const row = make("div", { className: "acts below" });
  if (live) {
    row.append(make("button", { type: "button", className: "small stop", "data-act": "stop", "data-focus": "stop:" + version.id,
      onclick: () => stopVersion(version) }, icon("stop"), make("span", { textContent: words("stop") })));
    return row;
  }
  const holder = turn.lanes[lane] ?? turn.lanes[0];
  const whole = isWhole(version);
  const thumb = (name, value) => iconButton(name, words(value > 0 ? "good" : "bad"), { "data-focus": name + ":" + version.id, "data-act": name,
    "aria-pressed": String(version.vote === value), onclick: () => vote(turn, version, value) });
  const text = version.steps.map(step => step.text).filter(Boolean).join("\n\n");
  const again = iconButton("again", words("regenerate"), { "data-focus": "again:" + version.id, "data-act": "again",
    disabled: holder.versions.some(one => state.live.has(one.id)), onclick: () => answerAgain(turn, lane) });
  row.append(...[pager(holder, holder.versions, "answer:" + turn.id + lane), text ? copyButton(words("copy"), text) : null, again,
    ...(whole ? [thumb("up", 1), thumb("down", -1), iconButton("pencil", words("editAnswer"), { "data-focus": "rewrite:" + version.id, "data-act": "rewrite",
      onclick: () => edit(version.id) })] : [])].filter(Boolean), figures(version));
  return row;
}

// What was measured of an answer's last part, and how it ended.
function figures(version) {
  const step = lastStep(version);
  if (version.edited) {
    return make("span", { className: "figures", textContent: words("edited") });
  }
  const parts = [];
  const usage = step.usage;
  if (usage?.completion !== null && usage?.completion !== undefined) {
    parts.push(usage.completion === 1 ? words("tokenOne") : words("tokens", count(usage.completion)));
    const seconds = (step.millis - step.first) / 1000;
    if (step.first !== null && usage.completion > 1 && seconds > 0.1) {
      const speed = (usage.completion - 1) / seconds;
      parts.push(words("speed", speed < 10 ? speed.toFixed(1) : count(speed)));
    }
  }
  if (step.first !== null) {
    parts.push(words("first", duration(step.first)));
  }
  if (usage?.cached) {
    parts.push(words("cached", count(usage.cached)));
  }
  const context = modelNamed(version.model)?.context;
  if (usage?.prompt && context) {
    parts.push(words("context", count(usage.prompt + (usage.completion ?? 0)), count(context)));
  }
  const end = step.finish ? "finish_" + step.finish : null;
  const ended = end ? make("b", { className: step.finish === "length" || step.finish === "stopped" ? "look" : "", textContent: hasWord(end) ? words(end) : step.finish }) : null;
  const seed = version.seed !== null && settings().temperature > 0 ? words("seedOf", version.seed) : "";
  const line = make("span", { className: "figures", title: seed }, make("span", { textContent: parts.join(" · ") + (parts.length && ended ? " · " : "") }));
  if (ended) {
    line.append(ended);
  }
  return line;
}
