// What the chat page and the call page share: words in both languages, colours, and the dialogue that asks for the key.
import { keyIsTaken, useKey } from "./chat-api.js";
import { currentLanguage, icon, recall, remember, setLanguage } from "./chat-text.js";

const $ = id => document.getElementById(id);
const LANGUAGES = ["en", "zh"];
const THEMES = ["auto", "light", "dark"];
let theme = THEMES.includes(recall("theme")) ? recall("theme") : "auto";

// Draws what the page's markup says: its words, labels, hints and drawings, the chosen language and colours.
export function drawFrame(words) {
  document.documentElement.lang = currentLanguage();
  document.documentElement.dataset.theme = theme;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = words(element.dataset.word);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", words(element.dataset.label));
    if (element.matches("button")) {
      element.title = words(element.dataset.hint ?? element.dataset.label);
    }
  }
  for (const element of document.querySelectorAll("[data-hint]:not([data-label])")) {
    element.title = words(element.dataset.hint);
  }
  for (const element of document.querySelectorAll("[data-icon]")) {
    element.querySelector("svg")?.remove();
    element.prepend(icon(element.dataset.icon));
  }
  for (const tag of LANGUAGES) {
    $(tag).setAttribute("aria-pressed", String(tag === currentLanguage()));
  }
  const word = words("theme") + ": " + words({ auto: "themeAuto", light: "themeLight", dark: "themeDark" }[theme]);
  $("theme").setAttribute("aria-label", word);
  $("theme").title = word;
  $("theme").dataset.theme = theme;
}

// Tells when the person has chosen another language, or other colours.
export function onChoice(language, colours) {
  for (const tag of LANGUAGES) {
    $(tag).addEventListener("click", () => {
      setLanguage(tag);
      language();
    });
  }
  $("theme").addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    remember("theme", theme);
    colours();
  });
}

// A way to ask for the key, after which the page goes on; taken is done first, when the server takes one.
export function keyDialogue(words, taken) {
  let goOn = () => {};
  $("key-form").addEventListener("submit", async event => {
    event.preventDefault();
    const given = $("key-field").value.trim();
    if (!given) {
      return;
    }
    useKey(given);
    let wrong = null;
    try {
      wrong = await keyIsTaken() ? null : "keyWrong";
    } catch {
      wrong = "error_network";
    }
    $("key-wrong").hidden = wrong === null;
    if (wrong !== null) {
      $("key-wrong").textContent = words(wrong);
      $("key-field").select();
      return;
    }
    $("key-field").value = "";
    $("key").close();
    await taken();
    goOn();
  });
  $("key-cancel").addEventListener("click", () => $("key").close());
  return then => {
    goOn = then;
    $("key-wrong").hidden = true;
    if (!$("key").open) {
      $("key").showModal();
    }
    $("key-field").focus();
  };
}
