// The chat page. Everything it loads and calls is of this server; conversations stay in this browser.
import { hasKey, readInfo } from "./chat-api.js";
import { fit } from "./chat-compose.js";
import { drawFrame, keyDialogue, onChoice } from "./chat-frame.js";
import { emit, notify, on, state } from "./chat-state.js";
import { onChosen, open } from "./chat-side.js";
import { onOtherTab, openStore, readOne } from "./chat-store.js";
import { save, startNew } from "./chat-talk.js";
import { icon, make, recall, remember, words } from "./chat-text.js";
import { onKeyNeeded } from "./chat-thread.js";
import { everyTurn } from "./chat-tree.js";
import "./chat-settings.js";

const $ = id => document.getElementById(id);

function drawWords() {
  drawFrame(words);
  $("system").placeholder = words("systemHint");
  $("set-stop").placeholder = words("stopHint");
  drawTitle();
}

// Lists and panels: beside the conversation where there is room, else above it, and then the rest is out of reach.
const DRAWERS = { side: matchMedia("(max-width: 820px)"), panel: matchMedia("(max-width: 1180px)") };
let opener = null;

function isOpen(name) {
  return !$(name).hidden;
}

function setDrawer(name, shown, from) {
  const over = DRAWERS[name].matches;
  $(name).hidden = !shown;
  $(name + "-open").setAttribute("aria-expanded", String(shown));
  if (!over) {
    remember("chat-" + name, shown ? "1" : "0");
  }
  for (const other of ["side", "panel"]) {
    if (other !== name && shown && over && DRAWERS[other].matches) {
      $(other).hidden = true;
    }
  }
  const open = ["side", "panel"].find(one => DRAWERS[one].matches && isOpen(one));
  document.body.dataset.drawer = open ?? "";
  $("shade").hidden = !open;
  $("main").inert = Boolean(open);
  if (open && from) {
    opener = from;
    $(open).querySelector("button, textarea")?.focus();
  } else if (!open && opener) {
    opener.focus();
    opener = null;
  }
}

for (const name of ["side", "panel"]) {
  $(name + "-open").addEventListener("click", event => setDrawer(name, !isOpen(name), event.currentTarget));
  $(name + "-close").addEventListener("click", () => setDrawer(name, false));
  const settle = () => setDrawer(name, !DRAWERS[name].matches && recall("chat-" + name) !== "0" && (name === "side" || recall("chat-panel") === "1"));
  DRAWERS[name].addEventListener("change", settle);
  settle();
}
$("shade").addEventListener("click", () => closeDrawer());
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && document.body.dataset.drawer) {
    event.preventDefault();
    closeDrawer();
  }
}, true);
function closeDrawer() {
  if (document.body.dataset.drawer) {
    setDrawer(document.body.dataset.drawer, false);
  }
}
onChosen(() => DRAWERS.side.matches && closeDrawer());

// One calm line at the bottom, with an undo where there is one.
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
    ...(notice.undo ? [make("button", { type: "button", className: "small", "data-act": "undo", textContent: words("undo"), onclick: () => {
      notify(null);
      notice.undo();
    } })] : []),
    make("button", { type: "button", className: "icon", "aria-label": words("close"), onclick: () => notify(null) }, icon("close")));
  if (notice.level !== "alert") {
    gone = setTimeout(() => notify(null), notice.undo ? 15_000 : 6_000);
  }
}

const askForKey = keyDialogue(words, () => {});
onKeyNeeded(askForKey);

onChoice(() => {
  drawWords();
  ["list", "head", "settings", "thread", "notice"].forEach(name => emit(name));
}, drawWords);

// An answer that was being written when the page was closed says so.
function settleInterrupted(conversation) {
  for (const turn of everyTurn(conversation)) {
    for (const lane of turn.lanes) {
      for (const version of lane.versions) {
        const step = version.steps[version.steps.length - 1];
        if (step.finish === null && step.error === null && !state.live.has(version.id)) {
          step.error = { kind: "interrupted", text: "", wait: 0 };
        }
      }
    }
  }
  return conversation;
}

onOtherTab(async id => {
  const at = state.conversations.findIndex(one => one.id === id);
  if ([...state.live.values()].some(one => one.conversation.id === id)) {
    return; // it is being written here
  }
  const read = await readOne(id);
  const known = state.conversations[at];
  if (read && known) {
    state.conversations[at] = settleInterrupted(read);
  } else if (read) {
    state.conversations.unshift(settleInterrupted(read));
  } else if (known && known !== state.current) {
    state.conversations.splice(at, 1);
  }
  if (known && known === state.current && read && state.editing === null) {
    state.current = read;
    emit("thread");
  }
  emit("list");
});

async function readServer() {
  $("loading").hidden = false;
  $("loading").replaceChildren(make("span", { textContent: words("loading") }));
  try {
    state.info = await readInfo();
  } catch (e) {
    const sentence = e.kind === "network" ? words("noServer") : words("error_" + (e.kind ?? "server"), e.message);
    $("loading").replaceChildren(make("span", { textContent: sentence }),
      make("button", { type: "button", className: "small", textContent: words("again"), onclick: readServer }));
    if (e.kind === "key") {
      askForKey(readServer);
    }
    return;
  }
  $("loading").hidden = true;
  $("main").dataset.ready = "true";
  $("version").textContent = "Stride " + (state.info.version ?? "");
  if (!state.current) {
    const before = recall("chat-current");
    const known = state.conversations.find(one => one.id === before);
    if (known) {
      open(known);
    } else {
      startNew();
    }
  }
  fit();
  if (!document.body.dataset.drawer) {
    $("message").focus();
  }
  if (state.info.can_chat === false && !hasKey()) {
    askForKey(() => {});
  }
}

on("notice", drawNotice);
function drawTitle() {
  document.title = (state.current?.title || words("title")) + " · Stride";
}

// What an answer has so far is kept when the page goes away.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") {
    new Set([...state.live.values()].map(one => one.conversation)).forEach(save);
  }
});
on("list", drawTitle);
on("list", () => state.current && remember("chat-current", state.conversations.includes(state.current) ? state.current.id : ""));
drawWords();
state.conversations = (await openStore() ?? []).map(settleInterrupted);
emit("list");
await readServer();
