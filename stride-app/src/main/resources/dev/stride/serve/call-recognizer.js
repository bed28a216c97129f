// This browser's own ears: its recognizer, where the server has none or the person prefers it.
const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;

export const hasEars = Recognition !== undefined;

function plain(text) {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

// Whether the recognizer heard the loudspeaker: most of the pairs of signs are in what is being spoken.
export function isEcho(heard, spoken) {
  const mine = plain(heard);
  const own = plain(spoken);
  if (mine.length < 2 || own === "") {
    return mine.length < 2;
  }
  let known = 0;
  for (let i = 0; i + 1 < mine.length; i++) {
    known += own.includes(mine.slice(i, i + 2)) ? 1 : 0;
  }
  return known / (mine.length - 1) > 0.6;
}

// Listens until it is closed. does: { partial(text), said(text), hearing(bool), failed(error) }
export class Ears {
  constructor(language, does) {
    this.language = language;
    this.does = does;
    this.open = true;
    this.muted = false;
    this.failures = 0;
    this.start();
  }

  start() {
    if (!this.open || this.muted || this.recognizer) {
      return;
    }
    const recognizer = new Recognition();
    recognizer.lang = this.language === "zh" ? "zh-CN" : "en-US";
    recognizer.continuous = true;
    recognizer.interimResults = true;
    recognizer.onresult = event => {
      this.failures = 0;
      let partial = "";
      for (let i = event.resultIndex; i < event.results.length; i++) {
        const text = event.results[i][0].transcript;
        if (event.results[i].isFinal) {
          this.does.said(text.trim());
        } else {
          partial += text;
        }
      }
      if (partial.trim() !== "") {
        this.does.partial(partial.trim());
      }
    };
    recognizer.onspeechstart = () => this.does.hearing(true);
    recognizer.onspeechend = () => this.does.hearing(false);
    recognizer.onerror = event => {
      if (event.error === "no-speech" || event.error === "aborted") {
        return; // it is quiet; it begins anew at its end
      }
      if (event.error === "not-allowed" || event.error === "service-not-allowed" || event.error === "audio-capture" || ++this.failures >= 3) {
        this.open = false;
        this.does.failed(event.error);
      }
    };
    // recognizers end by themselves after a while
    recognizer.onend = () => {
      this.recognizer = null;
      this.again = setTimeout(() => this.start(), this.failures === 0 ? 100 : 1000);
    };
    this.recognizer = recognizer;
    try {
      recognizer.start();
    } catch {
      this.recognizer = null;
      this.again = setTimeout(() => this.start(), 1000);
    }
  }

  mute(muted) {
    this.muted = muted;
    if (muted) {
      this.recognizer?.abort();
    } else {
      this.start();
    }
  }

  close() {
    this.open = false;
    clearTimeout(this.again);
    if (this.recognizer) {
      this.recognizer.onend = null;
      this.recognizer.onresult = null;
      this.recognizer.abort();
      this.recognizer = null;
    }
  }
}
