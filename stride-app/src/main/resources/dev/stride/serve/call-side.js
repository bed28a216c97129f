// Beside the call: how one talks, how long the last turn took, and what is sent where.
import { openEars } from "./call-ears.js";
import { saveRecording } from "./call-keep.js";
import { hasEars } from "./call-recognizer.js";
import { emit, inCall, on, state } from "./call-state.js";
import { changeModel, configure } from "./call-talk.js";
import { clock, currentLanguage, make, recall, remember, words } from "./call-text.js";
import { origin } from "./call-chart.js";
import { onVoices, voices } from "./call-voice.js";

const $ = id => document.getElementById(id);
const STAGES = ["end_of_turn", "recognition", "first_text", "first_piece", "first_sound"];

function ready(part) {
  return (state.info.engines ?? []).filter(engine => engine.part === part && engine.ready);
}

function earsOffered() {
  return [...(state.info.server_hears ? ["server"] : []), ...(hasEars ? ["client"] : []), "none"];
}

function mouthOffered() {
  return [...(state.info.server_speaks ? ["server"] : []), ...(voices(state.speech).length > 0 ? ["client"] : []), "none"];
}

function pick(name, offered, kept) {
  const before = kept ?? recall("call-" + name);
  return offered.includes(before) ? before : offered[0];
}

export function choose() {
  state.model = state.info.models.some(model => model.id === state.model) ? state.model : state.info.default_model;
  state.speech = pick("speech", ["zh", "en"], recall("call-speech") ?? currentLanguage());
  state.ears = pick("ears", earsOffered());
  state.mouth = pick("mouth", mouthOffered());
  state.voice = pick("voice", (state.info.voices ?? []).map(voice => voice.id)) ?? "";
  draw();
}

function options(select, list, chosen) {
  select.replaceChildren(...list.map(([value, text]) => make("option", { value, textContent: text })));
  select.value = chosen;
}

export function draw() {
  options($("model"), state.info.models.map(model => [model.id, model.id]), state.model);
  $("origin").textContent = origin();
  $("origin").title = origin();
  options($("speech"), [["zh", words("chinese")], ["en", words("english")]], state.speech);
  options($("ears"), earsOffered().map(one => [one, words(one)]), state.ears);
  options($("mouth"), mouthOffered().map(one => [one, words(one === "none" ? "noneMouth" : one)]), state.mouth);
  const own = state.mouth === "client";
  const list = own ? voices(state.speech).map(voice => [voice.voiceURI, voice.name])
    : (state.info.voices ?? []).filter(voice => !voice.languages || voice.languages.split(",").some(tag => tag.trim() === state.speech))
      .map(voice => [voice.id, voice.label || words("usual")]);
  const chosen = own ? state.browserVoice : state.voice;
  const known = list.some(([id]) => id === chosen) ? chosen : list[0]?.[0] ?? "";
  if (own) {
    state.browserVoice = known;
  } else if (state.mouth === "server") {
    state.voice = known;
  }
  options($("voice"), list, known);
  $("voice-row").hidden = state.mouth === "none" || list.length < 1;
  drawWhere();
  drawLatency();
  drawRecording();
}

function isAddress(engine) {
  return /^(https?|wss?):/.test(engine.where ?? "");
}

function drawWhere() {
  const sentences = [];
  const onward = (part, what) => ready(part).filter(isAddress).forEach(engine => sentences.push(words("sentOn", words(what), engine.name, new URL(engine.where).host)));
  sentences.push(words({ server: ready("hears").some(isAddress) ? "sentMicOn" : "sentMic", client: "sentClient", none: "sentType" }[state.ears], location.host));
  if (state.ears === "server") {
    onward("hears", "sentSound");
  }
  if (state.mouth === "client") {
    const voice = voices(state.speech).find(one => one.voiceURI === state.browserVoice);
    sentences.push(voice && voice.localService === false ? words("mouthRemote", voice.name) : words("mouthLocal"));
  } else if (state.mouth === "none" || !ready("speaks").some(isAddress)) {
    sentences.push(words(state.mouth === "server" ? "mouthServer" : "mouthNone"));
  }
  if (state.mouth === "server") {
    onward("speaks", "sentText");
  }
  $("sent").textContent = sentences.join(currentLanguage() === "zh" ? "" : " ");
  $("kept-where").textContent = words(state.keep && state.ears === "server" ? "sentKeptHere" : "sentKept");
  const engines = (state.info.engines ?? []).filter(engine => engine.ready);
  $("engines").textContent = engines.length === 0 ? ""
    : words("ready") + ": " + engines.map(engine => words("readyPart", engine.name, words(engine.part))).join(" · ");
  $("keep").disabled = inCall() || state.ears !== "server";
  $("keep-note").textContent = words(state.ears === "server" ? "keepNote" : "keepNot");
}

function drawRecording() {
  $("save").hidden = state.recording === null;
  if (state.recording !== null) {
    $("save").textContent = words("save", clock(state.recording.seconds));
  }
}

function drawLatency() {
  const told = state.latency;
  $("latency-none").hidden = told !== null;
  $("latency-bar").hidden = told === null;
  $("latency-stages").hidden = told === null;
  $("latency-sum").textContent = told === null || !Number.isFinite(told.all) ? "" : words("sum", words("millis", Math.round(told.all)));
  const stages = told === null ? [] : STAGES.filter(stage => Number.isFinite(told[stage]));
  $("latency-bar").replaceChildren(...stages.map(stage => {
    const part = make("i", { "data-stage": stage });
    part.style.flexGrow = String(Math.max(0, told[stage]));
    return part;
  }));
  $("latency-stages").replaceChildren(...stages.map(stage =>
    make("li", { "data-stage": stage }, make("span", { textContent: words(stage) }), make("b", { textContent: words("millis", Math.round(told[stage])) }))));
}

$("model").addEventListener("change", () => {
  state.model = $("model").value;
  draw();
  emit("model");
  changeModel();
});
for (const name of ["speech", "ears", "mouth", "voice"]) {
  $(name).addEventListener("change", async () => {
    const own = name === "voice" && state.mouth === "client";
    state[own ? "browserVoice" : name] = $(name).value;
    if (!own) {
      remember("call-" + name, $(name).value);
    }
    draw();
    configure();
    if (inCall() && (name === "ears" || name === "speech" && state.ears === "client")) {
      await openEars();
    }
  });
}
$("keep").addEventListener("change", () => {
  state.keep = $("keep").checked;
  drawWhere();
});
$("save").addEventListener("click", saveRecording);
onVoices(() => state.info && !inCall() && choose());
on("latency", drawLatency);
on("recording", drawRecording);
on("phase", () => state.info && drawWhere());
