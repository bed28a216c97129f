// The call page. Everything it loads and calls is of this server.
import { hasKey, keyIsTaken, readInfo, useKey } from "./chat-api.js";
import * as captions from "./call-captions.js";
import * as chart from "./call-chart.js";
import * as side from "./call-side.js";
import { loudness } from "./call-sound.js";
import { emit, notify, on, state } from "./call-state.js";
import * as talk from "./call-talk.js";
import { currentLanguage, make, recall, remember, setLanguage, words } from "./call-text.js";

const $ = id => document.getElementById(id);
const THEMES = ["auto", "light", "dark"];
let theme = THEMES.includes(recall("theme")) ? recall("theme") : "auto";

function drawWords() {
  document.documentElement.lang = currentLanguage();
  document.documentElement.dataset.theme = theme;
  document.querySelectorAll("[data-word]").forEach(element => {
    element.textContent = words(element.dataset.word);
  });
  document.querySelectorAll("[data-label]").forEach(element => element.setAttribute("aria-label", words(element.dataset.label)));
  for (const tag of ["en", "zh"]) {
    $(tag).setAttribute("aria-pressed", String(tag === currentLanguage()));
  }
  $("message").placeholder = words("typeHint");
  const word = words("theme") + ": " + words({ auto: "themeAuto", light: "themeLight", dark: "themeDark" }[theme]);
  $("theme").setAttribute("aria-label", word);
  $("theme").title = word;
  $("theme").dataset.theme = theme;
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
    default: state.typing ? $("message").focus() : talk.mute();
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
$("mute").addEventListener("click", talk.mute);
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
  if (event.key === "Escape" && talk.inCall()) {
    event.preventDefault();
    talk.hangUp();
    $("press").focus();
  } else if (!writes && event.key.toLowerCase() === "m" && !event.repeat) {
    talk.mute();
  } else if (!writes && event.key === "/") {
    event.preventDefault();
    $("message").focus();
  } else if ((event.key === " " || event.key === "Enter") && !event.repeat && event.target === document.body && !talk.inCall()) {
    event.preventDefault();
    press();
  }
});

// ---- typing

async function ask(text) {
  if (!state.info || text === "") {
    return;
  }
  if (!talk.inCall()) {
    waiting = text;
    await talk.start();
    return;
  }
  if (state.phase === "connecting") {
    waiting = text;
    return;
  }
  talk.type(text);
}

// A question that opened the call is asked as soon as the server is there.
let waiting = null;
on("phase", () => {
  if (waiting !== null && state.phase === "listening") {
    const text = waiting;
    waiting = null;
    talk.type(text);
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
  } else if (talk.inCall()) {
    talk.wakeUp();
    if (Date.now() - hiddenAt > 3_000 && state.notice === null) {
      notify({ text: words("hiddenNote"), act: { text: words("hang"), run: talk.hangUp } });
    }
  }
});
addEventListener("online", talk.wakeUp);
addEventListener("pagehide", talk.hangUp);

// ---- the key

let afterKey = () => {};
function askForKey(then) {
  afterKey = then;
  $("key-wrong").hidden = true;
  if (!$("key").open) {
    $("key").showModal();
  }
  $("key-field").focus();
}

$("key-form").addEventListener("submit", async event => {
  event.preventDefault();
  const given = $("key-field").value.trim();
  if (!given) {
    return;
  }
  useKey(given);
  let wrong = null;
  try {
    wrong = await keyIsTaken() ? null : "keyWrong";
  } catch {
    wrong = "error_network";
  }
  $("key-wrong").hidden = wrong === null;
  if (wrong !== null) {
    $("key-wrong").textContent = words(wrong);
    $("key-field").select();
    return;
  }
  $("key-field").value = "";
  $("key").close();
  await readServer();
  afterKey();
});
$("key-cancel").addEventListener("click", () => $("key").close());
talk.onKeyNeeded(askForKey);

// ---- the page

for (const tag of ["en", "zh"]) {
  $(tag).addEventListener("click", () => {
    setLanguage(tag);
    drawWords();
    if (!talk.inCall() && state.info) {
      side.choose();
    }
  });
}
$("theme").addEventListener("click", () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  remember("theme", theme);
  drawWords();
});
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
