// What is heard of an answer: the server's sound or this browser's voice, told to the server as it is played, and held while
// somebody may be speaking.
import { send } from "./call-line.js";
import * as sound from "./call-sound.js";
import { emit, inCall, setPhase, state } from "./call-state.js";
import * as turns from "./call-turns.js";
import { Mouth } from "./call-voice.js";

const TOLD_MILLIS = 200;
const VAIN_HOLDS = 2; // in one answer; then there is noise or an echo, and holding again would only make the answer stutter

let playing = null; // the turn that sounds
let dropped = -1; // answers up to this turn were interrupted: what still comes of them is stale
let holding = null; // the turn that may be the person's: until that is known the answer is held
let vain = 0;
let toldAt = 0;

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
    send({ type: "stride.spoken", turn });
    finished(turn);
  },
});
setInterval(() => state.phase === "speaking" && state.mouth === "client" && mouth.report(), TOLD_MILLIS);

// The turn that sounds; null while none does.
export function sounding() {
  return playing;
}

export function isStale(turn) {
  return turn <= dropped;
}

export function useVoice(language, voice) {
  mouth.language = language;
  mouth.voice = voice;
}

export function begins(turn) {
  vain = 0;
  if (holding !== null && turn >= holding) {
    release(); // it was typed over
  }
  turns.answerBegins(turn);
  if (playing === null) {
    setPhase("thinking");
  }
}

export function pieceCame(turn, text) {
  if (state.mouth === "client") {
    mouth.take(turn, text);
  } else if (state.mouth === "server") {
    turns.pieceCame(turn, text);
  }
}

// All of its text is there.
export function textCame(turn) {
  if (state.mouth === "client") {
    mouth.whole(turn);
  } else if (state.mouth === "none") {
    turns.heardAll(turn);
    emit("answered");
    send({ type: "stride.spoken", turn });
    finished(turn);
  }
}

export function soundCame(turn, rate, ints) {
  if (!isStale(turn) && state.mouth === "server") {
    turns.soundCame(turn, ints.length / rate * 1000);
    sound.play(turn, rate, ints);
    if (holding !== null && playing === null) {
      tellPlayed(turn, 0, false); // else the server's clock would count it as heard
    }
  }
}

export function soundWhole(turn) {
  if (state.mouth === "server") {
    turns.answerWhole(turn);
    sound.playedWhole(turn);
  }
}

// Somebody may be speaking. The server needs half a second to be sure of it; until then the answer is silent and keeps its place.
export function hold(turn) {
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

// It was nobody.
export function ignored() {
  vain += holding === null ? 0 : 1;
  release();
}

// The person does speak: the server has cut off what it takes for unheard; a rest that this page alone still has goes too.
export function believed() {
  if (playing !== null) {
    interrupted(playing);
  }
  release();
  listenAgain();
}

export function interrupted(turn, heardText) {
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
  if (playing === null) {
    listenAgain();
  }
}

// The line is gone or a new one begins: nothing sounds, and turns are numbered anew.
export function silence() {
  release();
  sound.clearSound();
  mouth.clear();
  playing = null;
  dropped = -1;
}

// What the player says about itself.
export function played(message) {
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
    send({ type: "stride.played", turn, ms: Math.round(ms), ...(text === undefined ? {} : { text }) });
  }
}

function finished(turn) {
  if (playing === turn || playing === null) {
    playing = null;
    listenAgain();
  }
}

function listenAgain() {
  if (inCall() && state.phase !== "connecting") {
    setPhase("listening");
  }
}
