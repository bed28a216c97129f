// What an empty conversation shows: which model this is, what to try, and how other programs reach it.
import { BASE_URL } from "./chat-api.js";
import { originOf } from "./chat-head.js";
import { modelNamed, on, state } from "./chat-state.js";
import { modelOf } from "./chat-talk.js";
import { copyButton, make, words } from "./chat-text.js";

const $ = id => document.getElementById(id);
let choose = () => {};

export function onExample(listener) {
  choose = listener;
}

function python(model) {
  return `from openai import OpenAI

client = OpenAI(base_url=${JSON.stringify(BASE_URL)}, api_key="KEY")
answer = client.chat.completions.create(
    model=${JSON.stringify(model)},
    messages=[{"role": "user", "content": ${JSON.stringify(words("example2"))}}],
)
print(answer.choices[0].message.content)
`;
}

// In single quotes of a shell only the quote itself has a meaning.
function curl(model) {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: words("example2") }] }).replaceAll("'", "'\\''");
  return `curl ${BASE_URL}/chat/completions -H 'Authorization: Bearer KEY' -H 'Content-Type: application/json' -d '${body}'\n`;
}

function draw() {
  if (!state.info || !state.current) {
    return;
  }
  const id = modelOf(state.current, 0);
  const origin = originOf(modelNamed(id));
  $("welcome").replaceChildren(
    make("h2", { className: "given", textContent: words("welcome", id) }),
    make("p", { className: "origin given", textContent: origin, hidden: !origin }),
    make("ul", { className: "examples" }, ...["example1", "example2", "example3"].map(key => make("li", {},
      make("button", { type: "button", "data-example": key, textContent: words(key), onclick: () => choose(words(key)) })))),
    make("div", { className: "api" }, make("span", { textContent: words("api") }), make("code", { className: "given", textContent: BASE_URL }),
      make("span", { className: "buttons" }, copyButton(words("copyUrl"), BASE_URL), copyButton("Python", () => python(id), true),
        copyButton("curl", () => curl(id), true))));
}

on("head", draw);
