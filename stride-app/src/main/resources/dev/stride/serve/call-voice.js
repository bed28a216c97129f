// This browser's own mouth: its voices, where the server has none or the person prefers them.
import { estimate } from "./call-turns.js";

const PATIENCE = 4; // times the usual length of a text until a voice that never ends is given up

export function voices(language) {
  const all = window.speechSynthesis?.getVoices() ?? [];
  return all.filter(voice => voice.lang.toLowerCase().replace("_", "-").startsWith(language));
}

export function onVoices(listener) {
  window.speechSynthesis?.addEventListener?.("voiceschanged", listener);
}

function passed(utterance) {
  return utterance.millis + (utterance.since === null ? 0 : performance.now() - utterance.since);
}

// Speaks pieces one after the other. does: { begun(turn), heard(turn, chars, ms), ended(turn) }
export class Mouth {
  constructor(does) {
    this.does = does;
    this.queue = [];
    this.current = null;
    this.turn = null; // { id, chars, millis, whole, begun }
    this.language = "en";
    this.voice = "";
    this.held = false;
  }

  take(turn, text) {
    this.queue.push({ turn, text });
    this.next();
  }

  whole(turn) {
    this.queue.push({ turn, text: null });
    this.next();
  }

  next() {
    if (this.current !== null || this.held || this.queue.length === 0) {
      return;
    }
    const piece = this.queue.shift();
    if (this.turn === null || this.turn.id !== piece.turn) {
      this.turn = { id: piece.turn, text: "", millis: 0, begun: false };
    }
    if (piece.text === null) {
      this.turn = null;
      this.does.ended(piece.turn);
      this.next();
      return;
    }
    const voice = voices(this.language).find(one => one.voiceURI === this.voice) ?? voices(this.language)[0];
    const utterance = new SpeechSynthesisUtterance(piece.text);
    utterance.lang = voice?.lang ?? (this.language === "zh" ? "zh-CN" : "en-US");
    if (voice) {
      utterance.voice = voice;
    }
    this.current = { utterance, piece, since: null, millis: 0, at: 0 };
    const current = this.current;
    utterance.onresume = () => {
      current.since = performance.now();
    };
    utterance.onpause = () => {
      current.millis = passed(current);
      current.since = null;
    };
    utterance.onstart = () => {
      if (current === this.current) {
        current.since = performance.now();
        if (!this.turn.begun) {
          this.turn.begun = true;
          this.does.begun(piece.turn);
        }
      }
    };
    utterance.onboundary = event => {
      if (current === this.current) {
        current.at = event.charIndex;
        this.report();
      }
    };
    const done = () => {
      if (current !== this.current) {
        return;
      }
      clearTimeout(this.late);
      this.current = null;
      this.turn.millis += passed(current);
      // a browser that cannot pause breaks off: the rest is said when the hold is over
      const end = this.held ? current.at : piece.text.length;
      if (end < piece.text.length) {
        this.queue.unshift({ turn: piece.turn, text: piece.text.slice(end) });
      }
      this.turn.text += piece.text.slice(0, end);
      this.does.heard(piece.turn, this.turn.text, this.turn.millis);
      this.next();
    };
    utterance.onend = done;
    utterance.onerror = done;
    this.wait();
    window.speechSynthesis.speak(utterance);
  }

  wait() {
    clearTimeout(this.late);
    this.late = setTimeout(() => this.current?.utterance.onend(), 5000 + PATIENCE * estimate(this.current.piece.text));
  }

  // Silence at once; what is held goes on where it was when the hold is over.
  hold(on) {
    if (this.held === on) {
      return;
    }
    this.held = on;
    if (on) {
      clearTimeout(this.late);
      window.speechSynthesis?.pause();
      return;
    }
    window.speechSynthesis?.resume();
    if (this.current !== null) {
      this.wait();
    }
    this.next();
  }

  // What was spoken so far: { turn, text, ms }
  spoken() {
    if (this.turn === null) {
      return null;
    }
    const current = this.current;
    return { turn: this.turn.id, text: this.turn.text + (current && current.at ? current.piece.text.slice(0, current.at) : ""),
      ms: this.turn.millis + (current ? passed(current) : 0) };
  }

  report() {
    const spoken = this.spoken();
    if (spoken && this.turn.begun) {
      this.does.heard(spoken.turn, spoken.text, spoken.ms);
    }
  }

  // Says nothing more of this turn or an earlier one; returns what was spoken.
  drop(turn) {
    const spoken = this.spoken();
    this.queue = this.queue.filter(piece => piece.turn > turn);
    if (this.turn !== null && this.turn.id <= turn) {
      clearTimeout(this.late);
      this.current = null;
      this.turn = null;
      window.speechSynthesis?.cancel();
    }
    this.next();
    return spoken;
  }

  clear() {
    this.queue = [];
    this.drop(Infinity);
  }
}
