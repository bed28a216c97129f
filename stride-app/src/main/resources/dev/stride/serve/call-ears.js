// Who listens: the server through the microphone, this browser's recognizer, or nobody, and questions are typed.
import { sounding } from "./call-answer.js";
import { recordMic } from "./call-keep.js";
import { send, sendSound } from "./call-line.js";
import { Ears, isEcho } from "./call-recognizer.js";
import * as sound from "./call-sound.js";
import { emit, inCall, notify, state, think } from "./call-state.js";
import { words } from "./call-text.js";
import * as turns from "./call-turns.js";

let ears = null; // the recognizer

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

export function closeEars() {
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
    sendSound(samples);
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
  return sounding() !== null && isEcho(text, turns.answerText(sounding()));
}

function heardHere(text) {
  if (!isOwnVoice(text)) {
    turns.said(null, text, true);
    send({ type: "stride.partial", text });
  }
}

function saidHere(text) {
  if (text !== "" && !isOwnVoice(text)) {
    type(text);
  } else {
    turns.ignored(null);
  }
}

export function type(text) {
  turns.said(null, text, false);
  send({ type: "stride.said", text });
  think();
}
