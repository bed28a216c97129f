// The list of conversations, and the files that go out and come in.
import { everything, readEverything, trainingRows } from "./chat-export.js";
import { emit, notify, on, state } from "./chat-state.js";
import { save, startNew, stopAll } from "./chat-talk.js";
import { forget, keepsAnything } from "./chat-store.js";
import { iconButton, make, words } from "./chat-text.js";

const $ = id => document.getElementById(id);
let renaming = null;
let afterChoice = () => {};

export function onChosen(listener) {
  afterChoice = listener;
}

function titleOf(conversation) {
  return conversation.title || words("untitled");
}

export function open(conversation) {
  state.current = conversation;
  state.editing = null;
  emit("list");
  emit("head");
  emit("settings");
  emit("thread", "opened");
  afterChoice();
}

function draw() {
  const list = $("conversations");
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  list.replaceChildren(...state.conversations.map(entry));
  $("kept").textContent = words(keepsAnything() ? "keptHere" : "keepsNothing");
  if (focused) {
    list.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }
  if (renaming) {
    const field = list.querySelector("input");
    if (field && document.activeElement !== field) {
      field.focus();
      field.select();
    }
  }
}

function entry(conversation) {
  const title = titleOf(conversation);
  const current = conversation === state.current;
  if (renaming === conversation.id) {
    return make("li", {}, renameField(conversation));
  }
  const working = [...state.live.values()].some(one => one.conversation === conversation);
  return make("li", { className: current ? "current" : "", "data-conversation": conversation.id },
    make("button", { type: "button", className: "open given", title, dir: "auto", "aria-current": current ? "true" : null,
      "data-focus": "open:" + conversation.id, onclick: () => open(conversation), ondblclick: () => rename(conversation) },
      make("span", { className: "name", textContent: title }), working ? make("span", { className: "lamp", title: words("writing") }) : null),
    make("span", { className: "entry-tools" },
      iconButton("pencil", words("renameOf", title), { "data-focus": "rename:" + conversation.id, "data-act": "rename", onclick: () => rename(conversation) }),
      iconButton("bin", words("removeOf", title), { "data-focus": "remove:" + conversation.id, "data-act": "remove", onclick: () => remove(conversation) })));
}

function rename(conversation) {
  renaming = conversation.id;
  draw();
}

function renameField(conversation) {
  const field = make("input", { value: conversation.title, maxlength: 120, "aria-label": words("renameOf", titleOf(conversation)), dir: "auto" });
  const finish = kept => {
    if (renaming !== conversation.id) {
      return;
    }
    renaming = null;
    if (kept && field.value.trim()) {
      conversation.title = field.value.trim();
      conversation.named = true;
      save(conversation);
    }
    draw();
    $("conversations").querySelector(`[data-focus="open:${CSS.escape(conversation.id)}"]`)?.focus();
  };
  field.addEventListener("keydown", event => {
    if (event.isComposing) {
      return;
    }
    if (event.key === "Enter" || event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      finish(event.key === "Enter");
    }
  });
  field.addEventListener("blur", () => finish(true));
  return field;
}

function remove(conversation) {
  stopAll(conversation);
  const at = state.conversations.indexOf(conversation);
  state.conversations.splice(at, 1);
  forget(conversation.id);
  const wasCurrent = conversation === state.current;
  if (wasCurrent) {
    startNew();
  } else {
    emit("list");
  }
  $("new").focus();
  notify(words("deletedConversation", titleOf(conversation)), { undo: () => {
    state.conversations.splice(at, 0, conversation);
    save(conversation);
    if (wasCurrent) {
      open(conversation);
    } else {
      emit("list");
    }
  } });
}

function download(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = make("a", { href: address, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function today() {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(n => String(n).padStart(2, "0")).join("-");
}

function exportGood() {
  const { rows, broken } = trainingRows(state.conversations);
  const left = broken > 0 ? " " + words("exportBroken", broken) : "";
  if (rows.length === 0) {
    notify(words("exportNone") + left);
    return;
  }
  download(`stride-chat-${today()}.jsonl`, "application/jsonl", rows.map(row => JSON.stringify(row) + "\n").join(""));
  notify((rows.length === 1 ? words("exportedOne") : words("exported", rows.length)) + left);
}

async function importFile(file) {
  let found;
  try {
    found = readEverything(await file.text());
  } catch {
    notify(words("importWrong", file.name, words("importNotJson")), { level: "alert" });
    return;
  }
  if (found === null) {
    notify(words("importWrong", file.name, words("importNotOurs")), { level: "alert" });
    return;
  }
  const fresh = found.filter(one => !state.conversations.some(known => known.id === one.id));
  state.conversations = [...state.conversations, ...fresh].sort((a, b) => b.changed - a.changed);
  emit("list");
  notify(words("importedMany", fresh.length, found.length - fresh.length));
  for (const one of fresh) {
    await save(one);
  }
}

$("new").addEventListener("click", () => {
  startNew();
  afterChoice();
  $("message").focus();
});
$("export-good").addEventListener("click", exportGood);
$("export-all").addEventListener("click", () => download(`stride-chat-${today()}.json`, "application/json", everything(state.conversations)));
$("import").addEventListener("click", () => $("import-file").click());
$("import-file").addEventListener("change", async event => {
  const file = event.target.files[0];
  if (file) {
    await importFile(file);
  }
  event.target.value = "";
});
on("list", draw);
on("working", draw);
