// The line above the conversation: models, what is known of their runs, and the columns of narrow screens.
import { emit, modelNamed, on, state } from "./chat-state.js";
import { isWorking, lanesOf, modelOf, save } from "./chat-talk.js";
import { make, rate, words } from "./chat-text.js";

const $ = id => document.getElementById(id);

// Where a model comes from, in one line.
export function originOf(model) {
  if (!model) {
    return "";
  }
  if (!model.run) {
    return model.adapter === "" ? words("plainBase") : "";
  }
  const run = model.run;
  const parts = [words("ofRun", run.name)];
  if (typeof run.peak_lr === "number") {
    parts.push(words("peakRate", rate(run.peak_lr)));
  }
  if (typeof run.best_value === "number") {
    parts.push(words("best", run.best_metric, Number(run.best_value.toPrecision(4)), run.best_step));
  }
  return parts.join(" · ");
}

function picker(lane, lanes) {
  const conversation = state.current;
  const chosen = modelOf(conversation, lane);
  const select = make("select", { "data-lane": lane, "aria-label": lanes > 1 ? words("modelOf", words(lane === 0 ? "left" : "right")) : words("model"),
    disabled: isWorking(conversation) },
    ...state.info.models.map(model => make("option", { value: model.id, textContent: model.id })));
  select.value = chosen;
  select.addEventListener("change", () => {
    conversation.models[lane] = select.value;
    if (state.conversations.includes(conversation)) {
      save(conversation);
    }
    emit("head");
    emit("thread");
    $("models").querySelector(`select[data-lane="${lane}"]`)?.focus();
  });
  const origin = originOf(modelNamed(chosen));
  return make("div", { className: "picker" }, select, make("p", { className: "origin given", title: origin, textContent: origin }));
}

function draw() {
  if (!state.info || !state.current) {
    return;
  }
  const lanes = lanesOf(state.current);
  $("models").replaceChildren(...lanes.map(lane => picker(lane, lanes.length)));
  const able = state.info.models.length > 1;
  $("compare").disabled = !able;
  $("compare").title = words(able ? "compareHint" : "compareNeeds");
  $("compare").setAttribute("aria-pressed", String(lanes.length > 1));
  $("lanes").hidden = lanes.length < 2;
  $("lanes").replaceChildren(...lanes.map(lane => make("button", { type: "button", role: "tab", className: "given",
    "aria-selected": String(state.lane === lane), "data-lane": lane, tabindex: state.lane === lane ? "0" : "-1", onclick: () => showLane(lane),
    textContent: modelOf(state.current, lane), onkeydown: event => {
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
        showLane(1 - lane);
        $("lanes").children[1 - lane].focus();
      }
    } })));
  document.body.dataset.lane = String(state.lane);
}

function showLane(lane) {
  state.lane = lane;
  draw();
}

$("compare").addEventListener("click", () => {
  const conversation = state.current;
  conversation.compare = !conversation.compare;
  if (state.conversations.includes(conversation)) {
    save(conversation);
  }
  emit("head");
  emit("thread");
});
on("head", draw);
on("working", draw);
