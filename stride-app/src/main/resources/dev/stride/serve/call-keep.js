// The recording of a call, only where the person asked for it: left the microphone, right the answers, 16 kHz. It is in this
// page's memory until the page is closed or the next call begins.
import { HEARD_RATE, Resampler, toInts } from "./call-mic.js";
import { keepSound, soundRate } from "./call-sound.js";
import { emit, state } from "./call-state.js";

let kept = null; // { left: [Int16Array], right: [Int16Array], resampler }

export function beginRecording() {
  kept = { left: [], right: [], resampler: new Resampler(soundRate(), HEARD_RATE) };
  keepSound(true);
}

export function recordMic(buffer) {
  kept?.left.push(new Int16Array(buffer.slice(0)));
}

export function recordPlayed(samples) {
  kept?.right.push(toInts(kept.resampler.take(samples)));
}

function joined(pieces) {
  const all = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

// Both begin at the same moment of the same clock, so that they end together but for what was still on its way.
export function endRecording() {
  if (kept === null) {
    return;
  }
  const left = joined(kept.left);
  const right = joined(kept.right);
  kept = null;
  const length = Math.max(left.length, right.length);
  const shift = [Math.max(0, length - left.length), Math.max(0, length - right.length)];
  const file = new DataView(new ArrayBuffer(44 + length * 4));
  const ascii = (at, text) => [...text].forEach((sign, i) => file.setUint8(at + i, sign.charCodeAt(0)));
  ascii(0, "RIFF");
  file.setUint32(4, 36 + length * 4, true);
  ascii(8, "WAVEfmt ");
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true);
  file.setUint16(22, 2, true);
  file.setUint32(24, HEARD_RATE, true);
  file.setUint32(28, HEARD_RATE * 4, true);
  file.setUint16(32, 4, true);
  file.setUint16(34, 16, true);
  ascii(36, "data");
  file.setUint32(40, length * 4, true);
  for (let i = 0; i < length; i++) {
    file.setInt16(44 + i * 4, i >= shift[0] ? left[i - shift[0]] : 0, true);
    file.setInt16(46 + i * 4, i >= shift[1] ? right[i - shift[1]] : 0, true);
  }
  state.recording = length > 0 ? { blob: new Blob([file.buffer], { type: "audio/wav" }), seconds: length / HEARD_RATE } : null;
  emit("recording");
}

export function saveRecording() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(state.recording.blob);
  link.download = "stride-call.wav";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
