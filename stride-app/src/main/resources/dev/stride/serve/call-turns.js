// What both sides said, line by line, and how much of an answer was heard so far.
import { emit, state } from "./call-state.js";

let epoch = 0; // of the connection: a new one numbers its turns anew
let ids = 0;
const CJK = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;

export function newEpoch() {
  epoch++;
}

export function clearLines() {
  state.lines = [];
  emit("lines");
}

function line(who, turn, create = true) {
  let found = state.lines.find(one => one.who === who && one.turn === turn && one.epoch === epoch);
  if (!found && create) {
    found = { id: ++ids, who, turn, epoch, text: "", partial: who === "you", heard: 0, whole: false, received: 0, played: 0, interrupted: false, at: [] };
    // a question that comes late stands before its answer
    const answer = who === "you" ? state.lines.findIndex(one => one.who === "model" && one.turn === turn && one.epoch === epoch) : -1;
    state.lines.splice(answer < 0 ? state.lines.length : answer, 0, found);
  }
  return found;
}

// What the person says; without a turn it is of this page (typed, or the browser's recognizer) until the server names one.
export function said(turn, text, partial) {
  const own = line("you", null, false);
  if (own && turn !== null && !own.partial) {
    own.turn = turn;
  }
  const mine = line("you", turn);
  mine.text = text;
  mine.partial = partial;
  if (!partial && text.trim() === "") {
    state.lines = state.lines.filter(one => one !== mine);
  }
  emit("lines");
}

export function ignored(turn) {
  state.lines = state.lines.filter(one => !(one.who === "you" && one.epoch === epoch && (one.turn === turn || one.turn === null) && one.partial));
  emit("lines");
}

export function answerBegins(turn) {
  const own = line("you", null, false);
  if (own && !own.partial && !line("you", turn, false)) {
    own.turn = turn;
  }
}

export function answerGrows(turn, delta) {
  answerBegins(turn);
  line("model", turn).text += delta;
  emit("lines");
}

export function soundCame(turn, millis) {
  line("model", turn).received += millis;
}

// Where a piece of the answer begins in the sound; servers that tell it make the captions exact.
export function pieceCame(turn, text) {
  const answer = line("model", turn);
  const from = answer.at.length === 0 ? 0 : answer.at[answer.at.length - 1].to;
  const found = answer.text.indexOf(text, from);
  const start = found < 0 ? from : found;
  answer.at.push({ from: start, to: Math.min(answer.text.length, start + text.length), millis: answer.received });
}

export function answerWhole(turn) {
  const answer = line("model", turn, false);
  if (answer) {
    answer.whole = true;
    emit("lines");
  }
}

// Milliseconds that a text takes to say, roughly: five Chinese characters or three words a second.
export function estimate(text) {
  let millis = 0;
  for (const sign of text) {
    millis += CJK.test(sign) ? 205 : 62;
  }
  return millis;
}

function reach(text, millis, scale) {
  let sum = 0;
  let at = 0;
  for (const sign of text) {
    sum += (CJK.test(sign) ? 205 : 62) * scale;
    if (sum > millis) {
      break;
    }
    at += sign.length;
  }
  return at;
}

export function heardUpTo(turn, millis) {
  const answer = line("model", turn, false);
  if (!answer || answer.interrupted) {
    return;
  }
  answer.played = millis;
  let heard;
  const piece = answer.at.findLast(one => one.millis <= millis);
  if (piece) {
    const next = answer.at[answer.at.indexOf(piece) + 1];
    const length = (next ? next.millis : answer.received) - piece.millis;
    const text = answer.text.slice(piece.from, piece.to);
    heard = piece.from + reach(text, millis - piece.millis, (next || answer.whole) && length > 0 ? length / Math.max(1, estimate(text)) : 1);
  } else {
    heard = reach(answer.text, millis, answer.whole && answer.received > 0 ? answer.received / Math.max(1, estimate(answer.text)) : 1);
  }
  answer.heard = Math.max(answer.heard, heard);
  emit("lines");
}

export function heardChars(turn, chars) {
  const answer = line("model", turn, false);
  if (answer && !answer.interrupted) {
    answer.heard = Math.max(answer.heard, Math.min(chars, answer.text.length));
    emit("lines");
  }
}

export function heardAll(turn) {
  heardChars(turn, Infinity);
}

// What was heard of an answer; a word that was cut in its midst was not.
function heardText(answer) {
  const text = answer.text.slice(0, answer.heard);
  const cut = /[\p{Script=Latin}\p{N}]$/u.test(text) && /^[\p{Script=Latin}\p{N}]/u.test(answer.text.slice(answer.heard));
  return cut ? text.replace(/[\p{Script=Latin}\p{N}.,'’-]+$/u, "").trimEnd() : text;
}

// Only what was heard stays as said.
export function cutOff(turn, heard) {
  const answer = line("model", turn, false);
  if (answer) {
    answer.text = typeof heard === "string" ? heard : heardText(answer);
    answer.heard = answer.text.length;
    answer.interrupted = true;
    answer.whole = true;
    emit("lines");
  }
}

export function answerText(turn) {
  return line("model", turn, false)?.text ?? "";
}

// The lines that were really said or heard; for a connection that comes back.
export function history() {
  return state.lines.filter(one => !one.partial).map(one => ({ who: one.who, text: (one.who === "you" ? one.text : heardText(one)).trim() }))
    .filter(one => one.text !== "");
}

// A connection was lost: an answer in the midst stays as far as it was heard, a half question goes.
export function settle() {
  for (const one of state.lines) {
    if (one.who === "model" && one.heard < one.text.length) {
      one.text = heardText(one);
      one.heard = one.text.length;
      one.interrupted = true;
    }
    one.whole = true;
  }
  state.lines = state.lines.filter(one => !one.partial);
  emit("lines");
}
