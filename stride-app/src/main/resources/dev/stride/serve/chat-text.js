// Words, numbers, icons and elements. Whatever a person or a model wrote enters the page as text, never as markup.
import { WORDS } from "./chat-words.js";

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

export function hasWord(key) {
  return Object.hasOwn(WORDS[language], key);
}

// An element; of its properties, on* are listeners, known fields are set and all others are attributes.
export function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (["className", "textContent", "value", "hidden", "disabled", "checked", "title", "htmlFor", "type"].includes(name)) {
      element[name] = value;
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

const DRAWINGS = {
  plus: "M8 3v10M3 8h10", menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11", close: "M4 4l8 8M12 4l-8 8",
  settings: "M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M10 2.7v3.6M6 9.7v3.6",
  pencil: "M10.5 3l2.5 2.5L6 12.5l-3 .5.5-3zM9 4.5L11.5 7", bin: "M3 4.5h10M6.5 4V2.7h3V4M4.3 4.5l.6 8.8h6.2l.6-8.8M6.8 7v4M9.2 7v4",
  copy: "M5.5 5.5h7.8v8H5.5zM10.5 5.3V2.7H2.7v8h2.6", done: "M3 8.5l3.2 3.2L13 4.8",
  again: "M13 8a5 5 0 1 1-1.6-3.7M13 2.2v3H10", up: "M5 7.2L7.6 2c1.2 0 1.9.8 1.7 2L9 6.3h3.3c.8 0 1.3.7 1.1 1.5l-1 4.2c-.2.8-.7 1.2-1.4 1.2H5zM2.6 7.2H5v6H2.6z",
  down: "M11 8.8L8.4 14c-1.2 0-1.9-.8-1.7-2L7 9.7H3.7c-.8 0-1.3-.7-1.1-1.5l1-4.2c.2-.8.7-1.2 1.4-1.2H11zM13.4 8.8H11v-6h2.4z",
  earlier: "M9.5 4l-4 4 4 4", later: "M6.5 4l4 4-4 4", send: "M8 13V3.2M3.8 7.2L8 3l4.2 4.2", newest: "M8 3v9.5M4 8.7L8 12.7l4-4",
  columns: "M2.5 3h11v10h-11zM8 3v10", tool: "M9.7 2.8a3.4 3.4 0 0 0-3 4.7L2.8 11.4v1.8h1.8l3.9-3.9a3.4 3.4 0 0 0 4.4-4.4L10.7 7 9 5.3l2-2.2a3.4 3.4 0 0 0-1.3-.3z",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "drawing");
  if (name === "stop") {
    const square = document.createElementNS(svg.namespaceURI, "rect");
    Object.entries({ x: 4, y: 4, width: 8, height: 8, rx: 1.5, class: "solid" }).forEach(([k, v]) => square.setAttribute(k, v));
    svg.append(square);
    return svg;
  }
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", DRAWINGS[name]);
  svg.append(path);
  return svg;
}

// A button that shows a drawing alone and says its word.
export function iconButton(name, word, properties) {
  return make("button", { type: "button", className: "icon", "aria-label": word, title: word, ...properties }, icon(name));
}

export function count(value) {
  return Math.round(value).toLocaleString("en-US").replaceAll(",", "\u202f");
}

// A rate as people write it: 3e-4, 2.5e-5.
export function rate(value) {
  if (value === 0 || !Number.isFinite(value)) {
    return String(value);
  }
  const [digit, power] = value.toExponential(2).split("e");
  return `${String(Number(digit))}e${Number(power)}`;
}

export function duration(millis) {
  return millis < 1000 ? words("millis", Math.round(millis)) : words("seconds", (millis / 1000).toFixed(millis < 10_000 ? 2 : 1));
}

// Puts a text on the clipboard. Pages that come over plain HTTP from another machine have none: the old way serves them.
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = make("textarea", { value: text, className: "unseen", "aria-hidden": "true" });
    const focused = document.activeElement;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    focused?.focus?.();
    return copied;
  }
}

// A button that copies and says so for a moment.
export function copyButton(word, text, withWord) {
  const label = withWord ? make("span", { textContent: word }) : null;
  const button = make("button", { type: "button", className: withWord ? "small" : "icon", "aria-label": word, title: word }, icon("copy"), label);
  button.addEventListener("click", async () => {
    const copied = await copyText(typeof text === "function" ? text() : text);
    button.replaceChildren(icon(copied ? "done" : "close"), ...(label ? [make("span", { textContent: words(copied ? "copied" : "copyFailed") })] : []));
    button.setAttribute("aria-label", words(copied ? "copied" : "copyFailed"));
    setTimeout(() => {
      button.replaceChildren(icon("copy"), ...(label ? [label] : []));
      button.setAttribute("aria-label", word);
    }, 1500);
  });
  return button;
}
