// Microphone and loudspeaker of a call: one audio context, a worklet at each end.
import { Resampler } from "./call-mic.js";

let context = null;
let player = null;
let mic = null; // { stream, source, node }
let tap = null;
const resamplers = new Map(); // of each turn that is played

// To be called in the gesture that starts the call: only then may a page sound.
export async function openSound(onPlayed, onKept) {
  context = new AudioContext({ latencyHint: "interactive" });
  const running = context.resume();
  await context.audioWorklet.addModule(new URL("call-play.js", document.baseURI));
  await running;
  if (context === null) {
    return; // hung up meanwhile
  }
  player = new AudioWorkletNode(context, "stride-play", { numberOfInputs: 0, outputChannelCount: [2] });
  player.port.onmessage = event => event.data.type === "kept" ? onKept(event.data.samples) : onPlayed(event.data);
  tap = context.createAnalyser();
  tap.fftSize = 1024;
  player.connect(tap).connect(context.destination);
}

export function soundRate() {
  return context.sampleRate;
}

// Starts the microphone; throws NotAllowedError, NotFoundError and so on, as the browser does.
export async function openMic(onFrame, onGone) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new DOMException("no microphone without https or localhost", "SecurityError");
  }
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  });
  if (context === null) {
    stream.getTracks().forEach(track => track.stop());
    return;
  }
  const here = context;
  try {
    await here.audioWorklet.addModule(new URL("call-mic.js", document.baseURI));
  } catch (e) {
    stream.getTracks().forEach(track => track.stop());
    throw e;
  }
  closeMic();
  if (context !== here) {
    stream.getTracks().forEach(track => track.stop());
    return;
  }
  const source = context.createMediaStreamSource(stream);
  const node = new AudioWorkletNode(context, "stride-mic", { numberOfOutputs: 0 });
  node.port.onmessage = event => onFrame(event.data.sound, event.data.level);
  source.connect(node);
  mic = { stream, source, node };
  for (const track of stream.getAudioTracks()) {
    track.onended = () => mic?.stream === stream && onGone();
  }
}

export function closeMic() {
  if (mic !== null) {
    mic.node.port.postMessage("close");
    mic.source.disconnect();
    mic.stream.getTracks().forEach(track => {
      track.onended = null;
      track.stop();
    });
    mic = null;
  }
}

export function hasMic() {
  return mic !== null;
}

// A muted microphone delivers silence; the browser shows that it is off.
export function muteMic(muted) {
  mic?.stream.getAudioTracks().forEach(track => {
    track.enabled = !muted;
  });
}

export function play(turn, rate, ints) {
  if (player === null || rate < 4_000 || rate > 192_000) {
    return;
  }
  const key = turn + "@" + rate;
  if (!resamplers.has(key)) {
    resamplers.clear();
    resamplers.set(key, new Resampler(rate, context.sampleRate));
  }
  const samples = resamplers.get(key).take(Float32Array.from(ints, value => value / 32768));
  player.port.postMessage({ type: "sound", turn, samples }, [samples.buffer]);
}

export function playedWhole(turn) {
  player?.port.postMessage({ type: "whole", turn });
}

export function dropTurn(turn) {
  player?.port.postMessage({ type: "drop", turn });
}

// Silence at once; what is held goes on where it was when the hold is over.
export function holdSound(on) {
  player?.port.postMessage({ type: "hold", on });
}

export function clearSound() {
  resamplers.clear();
  player?.port.postMessage({ type: "clear" });
}

export function keepSound(on) {
  player?.port.postMessage({ type: "keep", on });
}

// The loudness of what sounds just now, 0 to 1; for the picture, and for tests.
export function loudness() {
  if (tap === null) {
    return 0;
  }
  const samples = new Float32Array(tap.fftSize);
  tap.getFloatTimeDomainData(samples);
  return Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
}

// A phone call or a sleeping machine stops the context.
export function wake() {
  if (context !== null && context.state !== "running") {
    context.resume().catch(() => {});
  }
}

export function closeSound() {
  closeMic();
  resamplers.clear();
  player?.port.postMessage({ type: "close" });
  player = null;
  tap = null;
  context?.close().catch(() => {});
  context = null;
}
