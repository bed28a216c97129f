// What the call page knows, and who wants to hear of changes.
export const state = {
  info: null,
  model: null, // the chosen model's name
  phase: "idle", // idle, connecting, listening, thinking, speaking
  hearing: false, // the person speaks just now
  muted: false,
  away: false, // the connection was lost during this call
  typing: false, // this call has no ears: questions are typed
  level: 0,
  ears: "server", // server, client, none
  mouth: "server",
  voice: "", // of the server
  browserVoice: "",
  speech: "", // language that is spoken: zh or en
  keep: false,
  recording: null, // { blob, seconds } of the call that ended
  lines: [],
  latency: null,
  notice: null, // { text, level, act: { text, run } }
};

const listeners = new Map();

export function on(name, listener) {
  listeners.set(name, [...(listeners.get(name) ?? []), listener]);
}

export function emit(name) {
  (listeners.get(name) ?? []).forEach(listener => listener());
}

export function setPhase(phase) {
  state.phase = phase;
  if (phase !== "listening") {
    state.hearing = false;
  }
  emit("phase");
}

export function inCall() {
  return state.phase !== "idle";
}

// A question was put.
export function think() {
  if (state.phase === "listening") {
    setPhase("thinking");
  }
}

export function notify(notice) {
  state.notice = notice;
  emit("notice");
}

export function chosenModel() {
  return state.info?.models.find(model => model.id === state.model) ?? null;
}
