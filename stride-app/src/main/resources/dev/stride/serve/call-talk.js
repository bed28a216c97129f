// A call from its beginning to its end: what the buttons do, and a connection that is lost.
import { hasKey, readInfo } from "./chat-api.js";
import * as answer from "./call-answer.js";
import { closeEars, openEars } from "./call-ears.js";
import { heard } from "./call-events.js";
import { beginRecording, endRecording, recordPlayed } from "./call-keep.js";
import { dial, dialNow, hangLine, send, tick } from "./call-line.js";
import * as sound from "./call-sound.js";
import { emit, inCall, notify, setPhase, state } from "./call-state.js";
import { words } from "./call-text.js";
import * as turns from "./call-turns.js";

let needKey = () => {};

export function onKeyNeeded(listener) {
  needKey = listener;
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
  setPhase("connecting");
  emit("latency");
  emit("recording");
  try {
    await sound.openSound(answer.played, recordPlayed);
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
  dial(state.model, { opened, event: heard, sound: answer.soundCame, lost });
}

export function hangUp() {
  hangLine();
  closeEars();
  answer.silence();
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

export function interrupt() {
  send({ type: "response.cancel" });
  if (state.phase === "thinking") {
    setPhase("listening"); // a question that is still being understood is given up without a word
  }
}

function opened() {
  turns.newEpoch();
  configure();
  for (const one of turns.history()) {
    const mine = one.who === "you";
    send({ type: "conversation.item.create", item: { type: "message", role: mine ? "user" : "assistant",
      content: [{ type: mine ? "input_text" : "output_text", text: one.text }] } });
  }
}

// Tells what was chosen; also in the midst of a call.
export function configure() {
  send({ type: "session.update", session: { type: "realtime", instructions: "", audio: { output: { voice: state.voice } },
    stride: { binary: true, ears: state.ears === "server" ? "server" : "client", mouth: state.mouth === "server" ? "server" : "client", language: state.speech } } });
  answer.useVoice(state.speech, state.browserVoice);
}

export function changeModel() {
  if (inCall()) {
    hangLine();
    answer.silence();
    turns.settle();
    setPhase("connecting");
    connect();
  }
}

async function lost(wait, wasOpen, code, reason) {
  answer.silence();
  turns.settle();
  state.away = true;
  setPhase("connecting");
  const text = reason ? words("lostReason", reason) : words("lost", Math.max(1, Math.round(wait / 1000)));
  notify({ text, level: "alert", act: { text: words("now"), run: dialNow } });
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

export function wakeUp() {
  if (inCall()) {
    sound.wake();
    tick();
  }
}
