// The conversation that is shown: draws its turns, lets answers grow calmly, follows the end only where the person is at it.
import { on, state } from "./chat-state.js";
import { words } from "./chat-text.js";
import { path } from "./chat-tree.js";
import { nameOf, onEdit, problemText, proseOf, turnElement } from "./chat-turns.js";

const scroller = document.getElementById("thread");
const holder = document.getElementById("turns");
const newest = document.getElementById("newest");
const spoken = document.getElementById("spoken");
let atEnd = true;
let askForKey = () => {};

export function onKeyNeeded(ask) {
  askForKey = ask;
}

function follow() {
  if (atEnd) {
    scroller.scrollTop = scroller.scrollHeight;
  }
}

export function toEnd() {
  atEnd = true;
  follow();
  newest.hidden = true;
}

scroller.addEventListener("scroll", () => {
  atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 48;
  newest.hidden = atEnd;
}, { passive: true });
newest.addEventListener("click", toEnd);
new ResizeObserver(follow).observe(scroller);

// Drawing again must not take the focus away from who uses the keyboard.
function keepingFocus(draw) {
  const focused = document.activeElement;
  const key = focused && holder.contains(focused) ? focused.dataset.focus : null;
  const caret = key && focused.selectionStart !== undefined ? focused.selectionStart : null;
  draw();
  if (key !== null && key !== undefined) {
    const again = holder.querySelector(`[data-focus="${CSS.escape(key)}"]`);
    if (again && !again.disabled) {
      again.focus({ preventScroll: true });
      if (caret !== null && again.setSelectionRange) {
        again.setSelectionRange(caret, caret);
      }
    } else {
      document.getElementById("message").focus({ preventScroll: true });
    }
  }
}

function drawThread() {
  const conversation = state.current;
  if (!conversation) {
    return;
  }
  const shown = path(conversation);
  document.getElementById("welcome").hidden = shown.length > 0;
  holder.hidden = shown.length === 0;
  document.body.dataset.columns = conversation.compare && state.info.models.length > 1 ? "2" : "1";
  keepingFocus(() => holder.replaceChildren(...shown.map(({ turn, group }, i) => turnElement(turn, group, i === shown.length - 1, askForKey))));
  if (state.editing !== null) {
    const field = holder.querySelector("form.editor textarea");
    if (field && document.activeElement !== field) {
      field.focus();
      field.setSelectionRange(field.value.length, field.value.length);
    }
  }
  follow();
}

function drawTurn(turn) {
  const old = holder.querySelector(`[data-turn="${CSS.escape(turn.id)}"]`);
  const shown = state.current ? path(state.current) : [];
  const at = shown.findIndex(one => one.turn === turn);
  if (!old || at < 0) {
    return;
  }
  keepingFocus(() => old.replaceWith(turnElement(turn, shown[at].group, at === shown.length - 1, askForKey)));
  follow();
}

// Answers that grew since the last picture of the screen; a long one is drawn less often, so that the page stays quick.
const grown = new Map();
let due = false;
let notBefore = 0;

function drawGrown() {
  due = false;
  if (performance.now() < notBefore) {
    schedule();
    return;
  }
  let cost = 0;
  for (const { turn, version, step } of grown.values()) {
    const article = holder.querySelector(`[data-version="${CSS.escape(version.id)}"]`);
    if (!article || !state.live.has(version.id)) {
      continue;
    }
    const prose = proseOf(step);
    if (step.calls.length > 0 || article.querySelector(".waiting") || !article.contains(prose.host)) {
      drawTurn(turn);
    } else {
      prose.show(step.text, false);
    }
    cost += prose.cost;
  }
  grown.clear();
  follow();
  notBefore = performance.now() + 3 * cost;
}

function schedule() {
  if (!due) {
    due = true;
    requestAnimationFrame(drawGrown);
  }
}

on("part", part => {
  grown.set(part.version.id, part);
  schedule();
});
on("turn", drawTurn);
on("thread", why => {
  if (why === "sent" || why === "opened") {
    atEnd = true;
    newest.hidden = true;
  }
  drawThread();
});
onEdit(drawThread);

// Who listens to the page hears an answer once, when it is there.
on("ended", ({ version, step, conversation }) => {
  if (conversation === state.current) {
    const text = step.error ? problemText(step.error) : step.finish === "stopped" ? words("answerStopped") + " " + step.text : step.text;
    spoken.append(Object.assign(document.createElement("p"), { textContent: words("answered", nameOf(version.model), text) }));
    while (spoken.childElementCount > 2) {
      spoken.firstElementChild.remove();
    }
  }
});
