// The panel with system prompt, sampling and tools.
import { readTools } from "./chat-export.js";
import { modelNamed, on, resetSettings, setSetting, settings, state } from "./chat-state.js";
import { modelOf, save } from "./chat-talk.js";
import { make, remember, words } from "./chat-text.js";

const $ = id => document.getElementById(id);
const EXAMPLE = [{
  name: "get_weather", description: "The weather of a city now",
  parameters: { type: "object", properties: { city: { type: "string", description: "Name of the city" } }, required: ["city"] },
}];

// name, word, least, greatest, step, whether it has a slider, whether it is a whole number
const FIELDS = [
  ["temperature", "temperature", 0, 2, 0.05, true, false], ["top_p", "topP", 0.01, 1, 0.01, true, false],
  ["top_k", "topK", 0, 1_000_000, 1, false, true], ["max_tokens", "maxTokens", 1, 1_000_000, 1, false, true],
  ["seed", "seed", 0, 2 ** 53 - 1, 1, false, true], ["presence_penalty", "presence", -2, 2, 0.1, true, false],
  ["frequency_penalty", "frequency", -2, 2, 0.1, true, false],
];

// those that may be left empty, and what that means
const HINTS = { seed: "seedHint", max_tokens: "maxTokensHint" };

function field([name, word, least, greatest, step, slider, whole]) {
  const id = "set-" + name;
  const number = make("input", { type: "number", min: least, max: greatest, step, inputmode: whole ? "numeric" : "decimal", "data-setting": name });
  number.id = id;
  const range = slider ? make("input", { type: "range", min: name === "top_p" ? 0.05 : least, max: greatest, step, "aria-label": words(word) }) : null;
  const remark = make("output", { className: "remark", htmlFor: id });
  const wrong = make("p", { className: "wrong", hidden: true, role: "status" });
  wrong.id = id + "-wrong";
  number.setAttribute("aria-describedby", wrong.id);
  if (HINTS[name]) {
    number.placeholder = words(HINTS[name]);
  } else if (name === "top_k") {
    number.title = words("topKHint");
  }
  const show = () => {
    const value = settings()[name];
    number.value = value ?? "";
    if (range) {
      range.value = value;
    }
    remark.textContent = name === "temperature" && value === 0 ? words("greedy") : "";
    number.removeAttribute("aria-invalid");
    wrong.hidden = true;
  };
  const take = text => {
    const value = text === "" && HINTS[name] ? null : Number(text);
    const right = value === null || text !== "" && Number.isFinite(value) && value >= least && value <= greatest && (!whole || Number.isInteger(value));
    if (right) {
      setSetting(name, value);
      if (range && document.activeElement !== range) {
        range.value = value;
      }
      remark.textContent = name === "temperature" && value === 0 ? words("greedy") : "";
    } else {
      wrong.textContent = words("range", least, greatest, settings()[name] ?? words(HINTS[name]));
    }
    wrong.hidden = right;
    number.toggleAttribute("aria-invalid", !right);
  };
  number.addEventListener("input", () => take(number.value.trim()));
  number.addEventListener("change", () => wrong.hidden && show());
  range?.addEventListener("input", () => {
    number.value = range.value;
    take(range.value);
  });
  show();
  return make("div", { className: "setting" }, make("label", { htmlFor: id, textContent: words(word) }), remark, range ?? make("span"), number, wrong);
}

function draw() {
  if (!state.info || !state.current) {
    return;
  }
  $("sampling").replaceChildren(...FIELDS.map(field));
  const stop = $("set-stop");
  stop.value = settings().stop;
  if (document.activeElement !== $("system")) {
    $("system").value = state.current.system;
  }
  if (document.activeElement !== $("tools")) {
    $("tools").value = state.current.tools;
  }
  drawTools();
}

function drawTools() {
  const canUse = modelNamed(modelOf(state.current, 0))?.tools !== false;
  const { tools, wrong } = readTools(state.current.tools);
  $("tools").toggleAttribute("aria-invalid", Boolean(wrong));
  $("tools-wrong").hidden = !wrong;
  $("tools-wrong").textContent = wrong ? words(...wrong) : "";
  $("tools-note").textContent = !canUse ? words("toolsNone") : !tools || tools.length === 0 ? words("toolsHint")
    : tools.length === 1 ? words("toolsOne") : words("toolsUsed", tools.length);
  $("tools-example").hidden = $("tools").value.trim() !== "";
}

let due = 0;
function changed(name, value) {
  state.current[name] = value;
  remember("chat-" + name, value); // a new conversation begins with them
  clearTimeout(due);
  const conversation = state.current;
  if (state.conversations.includes(conversation)) {
    due = setTimeout(() => save(conversation), 400);
  }
}

$("system").addEventListener("input", event => changed("system", event.target.value));
$("tools").addEventListener("input", event => {
  changed("tools", event.target.value);
  drawTools();
});
$("tools-example").addEventListener("click", () => {
  $("tools").value = JSON.stringify(EXAMPLE, null, 2);
  changed("tools", $("tools").value);
  drawTools();
  $("tools").focus();
});
$("set-stop").addEventListener("input", event => setSetting("stop", event.target.value));
$("defaults").addEventListener("click", () => {
  resetSettings();
  draw();
});
on("settings", draw);
on("head", () => state.current && drawTools());
