// One call: what the buttons do, what the server says, what is heard and played.
import { hasKey, readInfo } from "./chat-api.js";
import { Ears, isEcho, Mouth } from "./call-client.js";
import { beginRecording, endRecording, recordMic, recordPlayed } from "./call-keep.js";
import { Line } from "./call-line.js";
import * as sound from "./call-sound.js";
import { emit, notify, setPhase, state } from "./call-state.js";
import { words } from "./call-text.js";
import * as turns from "./call-turns.js";

const TOLD_MILLIS = 200;
const VAIN_HOLDS = 2; // in one answer; then there is noise or an echo, and holding again would only make the answer stutter

let line = null;
let ears = null;
let dropped = -1; // answers up to this turn were interrupted: what still comes of them is stale
let toldAt = 0;
let playing = null; // the turn that sounds
let holding = null; // the turn that may be the person's: until that is known the answer is held
let vain = 0;
let needKey = () => {};

export function onKeyNeeded(listener) {
  needKey = listener;
}

const mouth = new Mouth({
  begun: turn => {
    playing = turn;
    setPhase("speaking");
  },
  heard: (turn, text, ms) => {
    turns.heardChars(turn, turns.answerText(turn).length >= text.length ? text.length : Infinity);
    tellPlayed(turn, ms, false, text);
  },
  ended: turn => {
    turns.heardAll(turn);
    line?.send({ type: "stride.spoken", turn });
    finished(turn);
  },
});
setInterval(() => state.phase === "speaking" && state.mouth === "client" && mouth.report(), TOLD_MILLIS);

export function inCall() {
  return state.phase !== "idle";
}

export async function start() {
  if (inCall()) {
    return;
  }
  if (state.info.can_call === false && !hasKey()) {
    needKey(start);
    return;
  }
  notify(null);
  turns.newEpoch();
  turns.clearLines();
  state.latency = null;
  state.recording = null;
  state.muted = false;
  state.away = false;
  dropped = -1;
  setPhase("connecting");
  emit("latency");
  emit("recording");
  try {
    await sound.openSound(played, recordPlayed);
  } catch (e) {
    hangUp();
    notify({ text: words("noSound", e.message), level: "alert", act: { text: words("again"), run: start } });
    return;
  }
  if (!inCall()) {
    return; // hung up while the sound was opened
  }
  if (state.keep) {
    beginRecording();
  }
  await openEars();
  if (inCall()) {
    connect();
  }
}

function connect() {
  line = new Line(state.model, { opened, event: heard, sound: came, lost });
}

export function hangUp() {
  line?.close();
  line = null;
  closeEars();
  mouth.clear();
  playing = null;
  if (inCall()) {
    turns.settle();
  }
  endRecording();
  sound.closeSound();
  state.away = false;
  state.muted = false;
  state.level = 0;
  notify(null);
  setPhase("idle");
}

// ---- ears

export async function openEars() {
  closeEars();
  state.typing = state.ears === "none";
  try {
    if (state.ears === "server") {
      await sound.openMic(frame, () => {
        sound.closeMic();
        micWrong("NotReadableError");
      });
      sound.muteMic(state.muted);
    } else if (state.ears === "client") {
      ears = new Ears(state.speech, { partial: heardHere, said: saidHere, hearing: hearing => {
        state.hearing = hearing;
        emit("phase");
      }, failed: error => {
        ears = null;
        micWrong({ "not-allowed": "NotAllowedError", "audio-capture": "NotFoundError" }[error] ?? "recognizer");
      } });
    }
  } catch (e) {
    micWrong(e.name);
  }
  emit("phase");
}

function closeEars() {
  sound.closeMic();
  ears?.close();
  ears = null;
}

function micWrong(name) {
  if (!inCall()) {
    return;
  }
  state.typing = true;
  state.hearing = false;
  const key = { NotAllowedError: "micDenied", NotFoundError: "micNone", SecurityError: "micInsecure", NotReadableError: "micGone", recognizer: "recognizerGone" }[name];
  notify({ text: words(key ?? "micWrong", name), level: "alert", act: { text: words("again"), run: tryMic } });
  emit("phase");
}

async function tryMic() {
  notify(null);
  await openEars();
}

// A device came or went: where the call has no ears, the new one may give some.
navigator.mediaDevices?.addEventListener?.("devicechange", async () => {
  if (inCall() && state.ears === "server" && !sound.hasMic() && state.notice?.level === "alert") {
    const devices = await navigator.mediaDevices.enumerateDevices();
    if (devices.some(device => device.kind === "audioinput") && !sound.hasMic()) {
      tryMic();
    }
  }
});

function frame(samples, level) {
  state.level = state.muted ? 0 : level;
  recordMic(samples);
  if (state.ears === "server" && !state.away) {
    line?.sendSound(samples);
  }
}

export function mute() {
  if (!inCall() || state.typing) {
    return;
  }
  state.muted = !state.muted;
  sound.muteMic(state.muted);
  ears?.mute(state.muted);
  emit("phase");
}

// The browser's recognizer: the server decides whether a partial text interrupts; its own voice is no question.
function isOwnVoice(text) {
  return playing !== null && isEcho(text, turns.answerText(playing));
}

function heardHere(text) {
  if (!isOwnVoice(text)) {
    turns.said(null, text, true);
    line?.send({ type: "stride.partial", text });
  }
}

function saidHere(text) {
  if (text !== "" && !isOwnVoice(text)) {
    turns.said(null, text, false);
    line?.send({ type: "stride.said", text });
    think();
  } else {
    turns.ignored(null);
  }
}

export function type(text) {
  turns.said(null, text, false);
  line?.send({ type: "stride.said", text });
  think();
}

function think() {
  if (state.phase === "listening") {
    setPhase("thinking");
  }
}

export function interrupt() {
  line?.send({ type: "response.cancel" });
}

// ---- the server

function opened() {
  dropped = -1;
  turns.newEpoch();
  configure();
  for (const one of turns.history()) {
    const mine = one.who === "you";
    line.send({ type: "conversation.item.create", item: { type: "message", role: mine ? "user" : "assistant",
      content: [{ type: mine ? "input_text" : "output_text", text: one.text }] } });
  }
}

// Tells what was chosen; also in the midst of a call.
export function configure() {
  line?.send({ type: "session.update", session: { type: "realtime", instructions: "", audio: { output: { voice: state.voice } },
    stride: { binary: true, ears: state.ears === "server" ? "server" : "client", mouth: state.mouth === "server" ? "server" : "client", language: state.speech } } });
  mouth.language = state.speech;
  mouth.voice = state.browserVoice;
}

export function changeModel() {
  if (inCall()) {
    line?.close();
    silence();
    turns.settle();
    setPhase("connecting");
    connect();
  }
}

function silence() {
  release();
  sound.clearSound();
  mouth.clear();
  playing = null;
}

async function lost(wait, wasOpen, code, reason) {
  silence();
  turns.settle();
  state.away = true;
  setPhase("connecting");
  const text = reason ? words("lostReason", reason) : words("lost", Math.max(1, Math.round(wait / 1000)));
  notify({ text, level: "alert", act: { text: words("now"), run: () => line?.connect() } });
  if (!wasOpen) {
    try {
      const info = await readInfo();
      if (info.can_call === false && inCall()) {
        hangUp();
        needKey(start);
      }
    } catch (e) {
      if (e.kind === "key" && inCall()) {
        hangUp();
        needKey(start);
      }
    }
  }
}

function heard(event) {
  const turn = event.turn;
  const stale = typeof turn === "number" && turn <= dropped;
  switch (event.type) {
    case "session.updated":
      if (state.away) {
        state.away = false;
        notify({ text: words("back") });
      }
      if (state.phase === "connecting") {
        setPhase("listening");
      }
      break;
    case "stride.listening":
      hold(turn);
      break;
    case "input_audio_buffer.speech_started":
      believed();
      state.hearing = true;
      emit("phase");
      break;
    case "input_audio_buffer.speech_stopped":
      state.hearing = false;
      think();
      emit("phase");
      break;
    case "stride.partial":
      turns.said(turn, event.text, true);
      break;
    case "stride.ignored":
      turns.ignored(turn);
      vain += holding === null ? 0 : 1;
      release();
      break;
    case "conversation.item.input_audio_transcription.completed":
      turns.said(turn, event.transcript.trim(), false);
      if (event.transcript.trim() === "" && state.phase === "thinking") {
        setPhase("listening"); // nothing was understood, and nothing will be answered
      }
      break;
    case "stride.interrupted":
      interrupted(turn, event.heard);
      break;
    case "stride.latency":
      state.latency = event;
      emit("latency");
      break;
    case "stride.failed":
      notify({ text: words(event.passing ? "enginePassing" : "engineFailed", event.engine, event.message), level: "alert" });
      if (state.phase === "thinking" && event.engine === "model" && turns.answerText(turn) === "") {
        setPhase("listening");
      }
      break;
    case "error":
      if (event.error?.code !== "engine_failed") { // which stride.failed has told
        notify({ text: words("serverSays", event.error?.message ?? ""), level: "alert" });
      }
      break;
    default:
      if (!stale) {
        answer(event, turn);
      }
  }
}

function answer(event, turn) {
  switch (event.type) {
    case "response.created":
      vain = 0;
      if (holding !== null && turn >= holding) {
        release(); // it was typed over
      }
      turns.answerBegins(turn);
      if (playing === null) {
        setPhase("thinking");
      }
      break;
    case "response.output_audio_transcript.delta":
      turns.answerGrows(turn, event.delta);
      break;
    case "stride.piece":
      if (state.mouth === "client") {
        mouth.take(turn, event.text);
      } else if (state.mouth === "server") {
        turns.pieceCame(turn, event.text);
      }
      break;
    case "stride.answered":
      if (state.mouth === "client") {
        mouth.whole(turn);
      } else if (state.mouth === "none") {
        turns.heardAll(turn);
        emit("answered");
        line?.send({ type: "stride.spoken", turn });
        finished(turn);
      }
      break;
    case "response.done":
      if (event.response?.status === "cancelled") {
        interrupted(turn, undefined);
      } else if (state.mouth === "server") {
        turns.answerWhole(turn);
        sound.playedWhole(turn);
      }
      break;
    default:
  }
}

function came(turn, rate, ints) {
  if (turn > dropped && state.mouth === "server") {
    turns.soundCame(turn, ints.length / rate * 1000);
    sound.play(turn, rate, ints);
    if (holding !== null && playing === null) {
      tellPlayed(turn, 0, false); // else the server's clock would count it as heard
    }
  }
}

// Somebody may be speaking. The server needs half a second to be sure of it; until then the answer is silent and keeps its place.
function hold(turn) {
  if ((state.phase === "speaking" || state.phase === "thinking") && vain < VAIN_HOLDS) {
    holding = turn;
    sound.holdSound(true);
    mouth.hold(true);
  }
}

function release() {
  if (holding !== null) {
    holding = null;
    sound.holdSound(false);
    mouth.hold(false);
  }
}

// The person does speak: the server has cut off what it takes for unheard; a rest that this page alone still has goes too.
function believed() {
  if (playing !== null) {
    interrupted(playing);
  }
  release();
  if (state.phase !== "connecting") {
    setPhase("listening");
  }
}

function interrupted(turn, heardText) {
  dropped = Math.max(dropped, turn);
  sound.dropTurn(turn);
  const spoken = mouth.drop(turn);
  if (spoken !== null && spoken.turn <= turn) {
    turns.heardChars(spoken.turn, spoken.text.length);
    tellPlayed(spoken.turn, spoken.ms, true, spoken.text);
  }
  turns.cutOff(turn, heardText);
  if (playing !== null && playing <= turn) {
    playing = null;
    release();
  }
  if (playing === null && inCall() && state.phase !== "connecting") {
    setPhase("listening");
  }
}

// ---- what is played

function played(message) {
  const { type, turn, ms } = message;
  if (type === "begun") {
    playing = turn;
    setPhase("speaking");
  }
  turns.heardUpTo(turn, ms);
  tellPlayed(turn, ms, type !== "playing" && type !== "begun");
  if (type === "ended") {
    turns.heardAll(turn);
    finished(turn);
  }
}

function tellPlayed(turn, ms, atOnce, text) {
  const now = performance.now();
  if (atOnce || now - toldAt >= TOLD_MILLIS) {
    toldAt = now;
    line?.send({ type: "stride.played", turn, ms: Math.round(ms), ...(text === undefined ? {} : { text }) });
  }
}

function finished(turn) {
  if (playing === turn || playing === null) {
    playing = null;
    if (inCall() && state.phase !== "connecting") {
      setPhase("listening");
    }
  }
}

export function wakeUp() {
  if (inCall()) {
    sound.wake();
    line?.tick();
  }
}
