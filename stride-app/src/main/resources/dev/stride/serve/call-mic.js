// The microphone's end of a call: from the context's own rate to 16 kHz, in frames of 20 ms (320 samples, 16 bits, little-endian).
// The page imports the resampler from here too; a sound worklet of some browsers cannot import anything itself.
export const HEARD_RATE = 16_000;
const FRAME = 320;
const ZEROS = 24; // zero crossings of the low-pass on each side: passes to 0.4 of the lower rate, -70 dB from 0.5 on
const BETA = 7; // of Kaiser's window

function bessel(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function divisor(a, b) {
  return b === 0 ? a : divisor(b, a % b);
}

// A low-pass below half of the lower rate, evaluated where the new samples lie; what is not whole stays for the next piece.
export class Resampler {
  constructor(from, to) {
    const common = divisor(Math.round(from), Math.round(to));
    this.down = Math.round(from) / common;
    this.up = Math.round(to) / common;
    const cut = 0.45 * Math.min(1, to / from); // in cycles of an input sample
    this.half = Math.ceil(ZEROS * Math.max(1, from / to));
    this.taps = 2 * this.half;
    this.filters = [];
    for (let phase = 0; phase < this.up; phase++) {
      const filter = new Float32Array(this.taps);
      let sum = 0;
      for (let k = 0; k < this.taps; k++) {
        const t = k - this.half + 1 - phase / this.up;
        const window = bessel(BETA * Math.sqrt(Math.max(0, 1 - (t / this.half) ** 2))) / bessel(BETA);
        filter[k] = (t === 0 ? 2 * cut : Math.sin(2 * Math.PI * cut * t) / (Math.PI * t)) * window;
        sum += filter[k];
      }
      filter.forEach((value, k) => {
        filter[k] = value / sum;
      });
      this.filters.push(filter);
    }
    this.rest = new Float32Array(this.half - 1);
    this.phase = 0;
  }

  take(samples) {
    if (this.up === this.down) {
      return Float32Array.from(samples);
    }
    const all = new Float32Array(this.rest.length + samples.length);
    all.set(this.rest);
    all.set(samples, this.rest.length);
    const out = [];
    let at = 0;
    while (at + this.taps <= all.length) {
      const filter = this.filters[this.phase];
      let sum = 0;
      for (let k = 0; k < this.taps; k++) {
        sum += filter[k] * all[at + k];
      }
      out.push(sum);
      this.phase += this.down;
      at += Math.floor(this.phase / this.up);
      this.phase %= this.up;
    }
    this.rest = all.slice(at);
    return Float32Array.from(out);
  }
}

export function toInts(samples) {
  return Int16Array.from(samples, value => Math.max(-32768, Math.min(32767, Math.round(value * 32767))));
}

if (typeof registerProcessor === "function") {
  registerProcessor("stride-mic", class extends AudioWorkletProcessor {
    constructor() {
      super();
      this.resampler = new Resampler(sampleRate, HEARD_RATE);
      this.frame = new DataView(new ArrayBuffer(FRAME * 2));
      this.filled = 0;
      this.power = 0;
      this.open = true;
      this.port.onmessage = () => {
        this.open = false;
      };
    }

    process(inputs) {
      const channels = inputs[0];
      if (channels.length > 0) {
        let mono = channels[0];
        if (channels.length > 1) {
          mono = mono.map((value, i) => channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length);
        }
        for (const value of toInts(this.resampler.take(mono))) {
          this.frame.setInt16(this.filled * 2, value, true);
          this.power += (value / 32768) ** 2;
          if (++this.filled === FRAME) {
            const sound = this.frame.buffer;
            this.port.postMessage({ sound, level: Math.sqrt(this.power / FRAME) }, [sound]);
            this.frame = new DataView(new ArrayBuffer(FRAME * 2));
            this.filled = 0;
            this.power = 0;
          }
        }
      }
      return this.open;
    }
  });
}
