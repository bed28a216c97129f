// Words of the call page; what it has not is taken from the chat page's.
import { currentLanguage, words as chatWords } from "./chat-text.js";
import { WORDS } from "./call-words.js";

export { currentLanguage, make, rate, recall, remember } from "./chat-text.js";

export function words(key, ...values) {
  const text = WORDS[currentLanguage()][key];
  return text === undefined ? chatWords(key, ...values) : text.replace(/\{(\d)\}/g, (gap, i) => String(values[i]));
}

// 0:42, 12:05
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return Math.floor(whole / 60) + ":" + String(whole % 60).padStart(2, "0");
}
