// The loudspeaker's end of a call: one queue; each piece belongs to a turn. It begins when 120 ms are there or the turn's
// sound is whole, waits again where it runs dry, counts what was really played, and is empty within one block of 128 samples
// when it is told to drop a turn.
const AHEAD_SECONDS = 0.12;
const TOLD_SECONDS = 0.05;

registerProcessor("stride-play", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = []; // { turn, samples, at }
    this.turn = null; // the turn that is played: { id, played, whole, dry }
    this.dropped = -1; // turns up to this one are not played any more
    this.wait = true;
    this.power = 0;
    this.since = 0;
    this.kept = null;
    this.open = true;
    this.port.onmessage = event => this.told(event.data);
  }

  told(message) {
    switch (message.type) {
      case "sound":
        if (message.turn > this.dropped) {
          this.queue.push({ turn: message.turn, samples: message.samples, at: 0 });
        }
        break;
      case "whole":
        if (message.turn > this.dropped) {
          this.queue.push({ turn: message.turn, samples: null, at: 0 });
        }
        break;
      case "drop":
        this.dropped = Math.max(this.dropped, message.turn);
        this.queue = this.queue.filter(piece => piece.turn > this.dropped);
        if (this.turn !== null && this.turn.id <= this.dropped) {
          this.tell("dropped");
          this.turn = null;
          this.wait = true;
        }
        break;
      case "clear": // a new connection numbers its turns anew
        this.queue = [];
        this.turn = null;
        this.dropped = -1;
        this.wait = true;
        break;
      case "keep":
        this.kept = message.on ? { block: new Float32Array(2048), filled: 0 } : null;
        break;
      default:
        this.open = false;
    }
  }

  tell(type) {
    this.port.postMessage({ type, turn: this.turn.id, ms: this.turn.played / sampleRate * 1000, level: Math.sqrt(this.power / Math.max(1, this.since)) });
    this.power = 0;
    this.since = 0;
  }

  ready() {
    let samples = 0;
    for (const piece of this.queue) {
      if (piece.turn !== this.queue[0].turn || piece.samples === null) {
        return true;
      }
      samples += piece.samples.length - piece.at;
    }
    return samples >= AHEAD_SECONDS * sampleRate;
  }

  process(inputs, outputs) {
    const out = outputs[0][0];
    let at = 0;
    if (this.wait && this.queue.length > 0 && this.ready()) {
      this.wait = false;
    }
    while (!this.wait && at < out.length) {
      const piece = this.queue[0];
      if (piece === undefined) {
        this.wait = true; // dry: it fills up again before it goes on
        this.tell("dry");
        break;
      }
      if (this.turn === null || this.turn.id !== piece.turn) {
        this.turn = { id: piece.turn, played: 0 };
        if (piece.samples !== null) {
          this.tell("begun");
        }
      }
      if (piece.samples === null) {
        this.queue.shift();
        this.tell("ended");
        this.turn = null;
        if (this.queue.length === 0) {
          this.wait = true;
        }
        continue;
      }
      const length = Math.min(out.length - at, piece.samples.length - piece.at);
      for (let i = 0; i < length; i++) {
        const value = piece.samples[piece.at + i];
        out[at + i] = value;
        this.power += value * value;
      }
      this.turn.played += length;
      this.since += length;
      piece.at += length;
      at += length;
      if (piece.at === piece.samples.length) {
        this.queue.shift();
      }
    }
    if (this.turn !== null && this.since >= TOLD_SECONDS * sampleRate) {
      this.tell("playing");
    }
    for (const other of outputs[0].slice(1)) {
      other.set(out);
    }
    this.keep(out);
    return this.open;
  }

  keep(out) {
    const kept = this.kept;
    if (kept === null) {
      return;
    }
    kept.block.set(out, kept.filled);
    kept.filled += out.length;
    if (kept.filled + out.length > kept.block.length) {
      this.port.postMessage({ type: "kept", samples: kept.block.slice(0, kept.filled) });
      kept.filled = 0;
    }
  }
});
