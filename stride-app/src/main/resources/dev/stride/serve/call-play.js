// The loudspeaker's end of a call: one queue; each piece belongs to a turn. It begins when 120 ms are there or the turn's
// sound is whole, waits again where it runs dry, and counts what was really played. Held or told to drop a turn it fades out
// within 11 ms. What is held keeps its place: the faded samples rise again when it goes on, so that none is lost.
const AHEAD_SECONDS = 0.12;
const TOLD_SECONDS = 0.05;
const FADE = 512; // samples

registerProcessor("stride-play", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = []; // { turn, samples, at }
    this.turn = null; // the turn that is played: { id, played }
    this.dropped = -1; // turns up to this one are not played any more
    this.wait = true;
    this.held = false;
    this.fading = null; // { tail, at }: what still sounds of what is held or was dropped, and how much of it did
    this.rising = FADE;
    this.since = 0; // samples since the page was told
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
      case "hold":
        this.held = message.on;
        if (this.held) {
          this.fade();
        }
        if (this.turn !== null) {
          this.tell("held");
        }
        break;
      case "drop":
        this.dropped = Math.max(this.dropped, message.turn);
        if (this.turn !== null && this.turn.id <= this.dropped) {
          this.fade();
          this.tell("dropped");
          this.turn = null;
          this.wait = true;
        }
        this.queue = this.queue.filter(piece => piece.turn > this.dropped);
        break;
      case "clear": // a new connection numbers its turns anew
        this.fade();
        this.queue = [];
        this.turn = null;
        this.dropped = -1;
        this.wait = true;
        this.held = false;
        break;
      case "keep":
        this.kept = message.on ? { block: new Float32Array(2048), filled: 0 } : null;
        break;
      default:
        this.open = false;
    }
  }

  tell(type) {
    this.port.postMessage({ type, turn: this.turn.id, ms: this.turn.played / sampleRate * 1000 });
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

  // Silence from here on, behind the next samples ever more softly; they stay in the queue.
  fade() {
    if (this.fading !== null) {
      return;
    }
    const tail = new Float32Array(FADE);
    let at = 0;
    for (const piece of this.wait ? [] : this.queue) {
      if (piece.samples === null || piece.turn !== this.turn?.id) {
        break;
      }
      const next = piece.samples.subarray(piece.at, piece.at + FADE - at);
      tail.set(next, at);
      at += next.length;
    }
    this.fading = { tail: tail.map((value, i) => value * (1 - i / FADE) * this.rising / FADE), at: 0 };
  }

  process(inputs, outputs) {
    const out = outputs[0][0];
    if (this.fading !== null && !this.held && this.fading.at >= FADE) {
      this.fading = null;
      this.rising = 0;
    }
    if (this.fading !== null) {
      out.set(this.fading.tail.subarray(this.fading.at, this.fading.at + out.length));
      this.fading.at += out.length;
    } else {
      this.play(out);
    }
    this.since += out.length;
    if (this.turn !== null && (this.held || !this.wait) && this.since >= TOLD_SECONDS * sampleRate) {
      this.tell("playing");
    }
    for (const other of outputs[0].slice(1)) {
      other.set(out);
    }
    this.keep(out);
    return this.open;
  }

  play(out) {
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
        out[at + i] = piece.samples[piece.at + i] * (this.rising < FADE ? this.rising++ / FADE : 1);
      }
      this.turn.played += length;
      piece.at += length;
      at += length;
      if (piece.at === piece.samples.length) {
        this.queue.shift();
      }
    }
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
