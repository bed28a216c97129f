// The call page. Everything it loads and calls is of this server.
import { hasKey, readInfo } from "./chat-api.js";
import { drawFrame, keyDialogue, onChoice } from "./chat-frame.js";
import * as captions from "./call-captions.js";
import * as chart from "./call-chart.js";
import * as ears from "./call-ears.js";
import * as side from "./call-side.js";
import { loudness } from "./call-sound.js";
import { emit, inCall, notify, on, state } from "./call-state.js";
import * as talk from "./call-talk.js";
import { make, words } from "./call-text.js";

const $ = id => document.getElementById(id);

function drawWords() {
  drawFrame(words);
  $("message").placeholder = words("typeHint");
  captions.drawExamples();
  drawPhase();
  if (state.info) {
    side.draw();
    chart.draw();
    captions.redraw();
  }
}

// ---- the button

function drawPhase() {
  const { phase } = state;
  const quiet = phase === "listening";
  const muted = quiet && state.muted;
  const typing = quiet && state.typing;
  document.body.dataset.phase = typing ? "typing" : muted ? "muted" : phase;
  document.body.dataset.hearing = String(state.hearing && quiet && !muted);
  const word = phase === "connecting" && state.away ? "away" : muted ? "mutedPhase" : typing ? "typingPhase" : quiet && state.hearing ? "hearing" : phase;
  $("phase").textContent = words(word);
  const hint = { idle: "idleHint", connecting: "hintConnecting", thinking: "hintThinking", speaking: "hintSpeaking",
    listening: muted ? "hintMuted" : typing ? "hintTyping" : "hintListening" }[phase];
  $("hint").textContent = words(hint);
  $("press").setAttribute("aria-label", words({ idle: "press", connecting: "hang", thinking: "stopTalking", speaking: "stopTalking",
    listening: muted ? "unmute" : typing ? "typingPhase" : "mute" }[phase]));
  const calling = phase !== "idle";
  $("call-tools").dataset.on = String(calling);
  for (const id of ["mute", "stop", "hang"]) {
    $(id).disabled = !calling;
  }
  $("mute").disabled ||= state.typing || phase === "connecting";
  $("stop").disabled ||= phase !== "thinking" && phase !== "speaking";
  $("mute").setAttribute("aria-pressed", String(state.muted));
  $("mute-word").textContent = words(state.muted ? "unmute" : "mute");
  document.title = (calling ? words(word) : words("title")) + " · Stride";
  animate();
}

function press() {
  if (!state.info) {
    return;
  }
  switch (state.phase) {
    case "idle": talk.start(); break;
    case "connecting": talk.hangUp(); break;
    case "thinking": case "speaking": talk.interrupt(); break;
    default: state.typing ? $("message").focus() : ears.mute();
  }
}

// The ring is as wide as what is heard or spoken is loud.
let frame = 0;
function animate() {
  cancelAnimationFrame(frame);
  const level = state.phase === "speaking" ? loudness() : state.phase === "listening" ? state.level : 0;
  $("ring").style.setProperty("--level", Math.min(1, Math.sqrt(level) * 1.6).toFixed(3));
  if (state.phase === "speaking" || state.phase === "listening") {
    frame = requestAnimationFrame(animate);
  }
}

$("press").addEventListener("click", press);
$("mute").addEventListener("click", ears.mute);
$("stop").addEventListener("click", talk.interrupt);
$("hang").addEventListener("click", () => {
  talk.hangUp();
  $("press").focus();
});
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || $("key").open) {
    return;
  }
  const writes = event.target.matches("input:not([type=checkbox]), textarea, select");
  if (event.key === "Escape" && inCall()) {
    event.preventDefault();
    talk.hangUp();
    $("press").focus();
  } else if (!writes && event.key.toLowerCase() === "m" && !event.repeat) {
    ears.mute();
  } else if (!writes && event.key === "/") {
    event.preventDefault();
    $("message").focus();
  } else if ((event.key === " " || event.key === "Enter") && !event.repeat && event.target === document.body && !inCall()) {
    event.preventDefault();
    press();
  }
});

// ---- typing

async function ask(text) {
  if (!state.info || text === "") {
    return;
  }
  if (!inCall()) {
    waiting = text;
    await talk.start();
    return;
  }
  if (state.phase === "connecting") {
    waiting = text;
    return;
  }
  ears.type(text);
}

// A question that opened the call is asked as soon as the server is there.
let waiting = null;
on("phase", () => {
  if (waiting !== null && state.phase === "listening") {
    const text = waiting;
    waiting = null;
    ears.type(text);
  } else if (state.phase === "idle") {
    waiting = null;
  }
});
captions.onAsk(ask);
$("compose").addEventListener("submit", event => {
  event.preventDefault();
  const text = $("message").value.trim();
  if (text !== "") {
    $("message").value = "";
    ask(text);
  }
});

// ---- one calm line

let gone = 0;
function drawNotice() {
  clearTimeout(gone);
  const notice = state.notice;
  $("notice").hidden = notice === null;
  if (notice === null) {
    return;
  }
  $("notice").dataset.level = notice.level ?? "";
  $("notice").replaceChildren(make("span", { className: "given", textContent: notice.text }),
    ...(notice.act ? [make("button", { type: "button", className: "small", textContent: notice.act.text, onclick: notice.act.run })] : []),
    make("button", { type: "button", className: "icon", "aria-label": words("close"), textContent: "×", onclick: () => notify(null) }));
  if (notice.level !== "alert") {
    gone = setTimeout(() => notify(null), 6_000);
  }
}

let hiddenAt = 0;
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    hiddenAt = Date.now();
  } else if (inCall()) {
    talk.wakeUp();
    if (Date.now() - hiddenAt > 3_000 && state.notice === null) {
      notify({ text: words("hiddenNote"), act: { text: words("hang"), run: talk.hangUp } });
    }
  }
});
addEventListener("online", talk.wakeUp);
addEventListener("pagehide", talk.hangUp);

// ---- the page

const askForKey = keyDialogue(words, () => readServer());
talk.onKeyNeeded(askForKey);
onChoice(() => {
  drawWords();
  if (!inCall() && state.info) {
    side.choose();
  }
}, drawWords);
on("notice", drawNotice);
on("phase", drawPhase);

async function readServer() {
  try {
    state.info = await readInfo();
  } catch (e) {
    if (e.kind === "key") {
      askForKey(() => {});
    }
    notify({ text: e.kind === "network" ? words("noServer") : words("error_" + (e.kind ?? "server"), e.message), level: "alert",
      act: { text: words("again"), run: readServer } });
    return;
  }
  notify(null);
  side.choose();
  emit("model");
  $("press").disabled = false;
  document.body.dataset.ready = "true";
  if (state.info.can_call === false && !hasKey()) {
    askForKey(() => {});
  }
}

drawWords();
await readServer();
