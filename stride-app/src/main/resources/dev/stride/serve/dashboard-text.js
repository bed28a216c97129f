// Words, numbers and elements. Whatever a run or a person wrote enters the page as text, never as markup.
import { TERMS, WORDS } from "./dashboard-words.js";

// A browser may refuse to keep anything, as it does for pages of private windows: the page then forgets.
export function recall(name) {
  try {
    return localStorage.getItem("stride-" + name);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem("stride-" + name, value);
  } catch {
    // nothing is kept
  }
}

const asked = recall("language");
let language = asked === "en" || asked === "zh" ? asked : (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";

export function currentLanguage() {
  return language;
}

export function setLanguage(tag) {
  language = tag;
  remember("language", tag);
}

export function words(key, ...values) {
  const text = WORDS[language][key];
  // in one pass, so that a value that looks like a gap is left alone
  return text === undefined ? key : text.replace(/\{(\d)\}/g, (gap, i) => String(values[i]));
}

export function term(kind, name) {
  const found = Object.hasOwn(TERMS[kind], name) ? TERMS[kind][name] : null;
  return found ? found[language === "zh" ? 1 : 0] : String(name);
}

export function metricName(name) {
  return Object.hasOwn(TERMS.metric, name) ? term("metric", name) : String(name).toUpperCase();
}

// The name of a line of a plan: clip, lr: batch or lr of decay.layer00: layer decay.
export function entryName(name) {
  if (language !== "zh") {
    return name;
  }
  const colon = name.lastIndexOf(": ");
  if (name.startsWith("lr: ")) {
    return "学习率：" + term("entry", name.slice(4));
  }
  return name.startsWith("lr of ") && colon > 0
    ? `${name.slice(6, colon)} 的学习率：${term("entry", name.slice(colon + 2))}` : term("entry", name);
}

// One of two sentences that the server gives in both languages.
export function either(sentence) {
  return sentence ? (language === "zh" && sentence.zh ? sentence.zh : sentence.en || "") : "";
}

// Numbers that are not finite arrive as strings.
export function number(value) {
  return value === null || value === undefined ? undefined : Number(value);
}

export function fixed(value, digits) {
  const n = number(value);
  if (n === undefined) {
    return "–";
  }
  if (!Number.isFinite(n)) {
    return Number.isNaN(n) ? "NaN" : n > 0 ? "∞" : "−∞";
  }
  return n.toFixed(digits ?? (Math.abs(n) < 10 ? 4 : Math.abs(n) < 100 ? 3 : Math.abs(n) < 1000 ? 2 : 0)).replace("-", "−");
}

// A rate as people write it: 3e-4, 2.5e-5.
export function rate(value, digits = 3) {
  const n = number(value);
  if (n === undefined) {
    return "–";
  }
  if (n === 0 || !Number.isFinite(n)) {
    return String(n);
  }
  const [digit, power] = n.toExponential(digits - 1).split("e");
  return `${String(Number(digit))}e${Number(power)}`;
}

export function signed(value, format) {
  return Number.isFinite(value) ? (value > 0 ? "+" : "") + format(value) : "–";
}

export function count(value) {
  const n = number(value);
  return n === undefined ? "–" : Number.isFinite(n) ? Math.round(n).toLocaleString("en-US").replaceAll(",", "\u202f") : String(n);
}

// Large counts on an axis: 1.5 k, 2 M.
export function short(value) {
  for (const [size, word] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
    if (Math.abs(value) >= size) {
      return Number((value / size).toPrecision(4)) + word;
    }
  }
  return String(Number(value.toPrecision(4)));
}

export function bytes(value) {
  const n = number(value);
  if (!Number.isFinite(n)) {
    return "–";
  }
  return n >= 1 << 30 ? (n / 2 ** 30).toFixed(1) + " GiB" : Math.round(n / 2 ** 20) + " MiB";
}

// Seconds as a clock shows them: 0:42, 12:46, 3:02:10; days are named.
export function duration(value) {
  const n = number(value);
  if (!Number.isFinite(n) || n < 0) {
    return "–";
  }
  const whole = Math.round(n);
  const days = Math.floor(whole / 86400);
  const hours = Math.floor((whole % 86400) / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const two = part => String(part).padStart(2, "0");
  if (days > 0) {
    return `${days} ${words("dayShort")} ${two(hours)}:${two(minutes)}`;
  }
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

// How long ago, in one unit.
export function roughly(seconds) {
  for (const [size, word] of [[86400, "dayShort"], [3600, "hourShort"], [60, "minuteShort"]]) {
    if (seconds >= size) {
      return `${Math.floor(seconds / size)} ${words(word)}`;
    }
  }
  return `${Math.max(0, Math.floor(seconds))} ${words("secondShort")}`;
}

export function clock(date) {
  return date.toLocaleTimeString(language === "zh" ? "zh-CN" : "en-GB");
}

// An element with properties, data and children; strings become text.
export function el(tag, properties, ...children) {
  const element = document.createElement(tag);
  fill(element, properties);
  element.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

export function fill(element, properties) {
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === undefined || value === null || value === false) {
      element.removeAttribute(name);
    } else if (name === "text") {
      put(element, value);
    } else if (name === "on") {
      for (const [event, handler] of Object.entries(value)) {
        element.addEventListener(event, handler);
      }
    } else if (name === "data") {
      Object.assign(element.dataset, value);
    } else if (name === "class") {
      element.className = value;
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  return element;
}

// Writes only what changed, so that a page that is looked at for days neither flickers nor loses a selection.
export function put(element, text) {
  const next = text === undefined || text === null ? "" : String(text);
  if (element.textContent !== next) {
    element.textContent = next;
  }
}

export function show(element, visible) {
  if (element.hidden === visible) {
    element.hidden = !visible;
  }
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const SHAPES = {
  ok: ["M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Z", "M4.8 8.2l2.2 2.2 4.2-4.6"],
  wait: ["M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Z", ""],
  look: ["M8 1.2 15.4 14.4H.6Z", "M8 6v4M8 12.1v.4"],
  bad: ["M5 1h6l4 4v6l-4 4H5l-4-4V5Z", "M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2"],
};

// A level has a shape as well as a colour: a disc, a triangle, an octagon.
export function shape(level) {
  const [outline, sign] = SHAPES[level] || SHAPES.ok;
  return svg("svg", { viewBox: "0 0 16 16", class: "shape", "aria-hidden": "true", "data-level": level },
    svg("path", { d: outline, class: "outline" }), svg("path", { d: sign, class: "sign" }));
}

export function levelName(level) {
  return words(level === "bad" ? "levelBad" : level === "look" ? "levelLook" : "levelOk");
}
