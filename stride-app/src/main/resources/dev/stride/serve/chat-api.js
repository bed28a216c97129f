// The calls of the server: what it serves, and streamed answers.
const ROOT = new URL("../v1/", document.baseURI);
export const BASE_URL = new URL("../v1", document.baseURI).href;

// Why an answer did not come: busy, closing, key, large, refused, server, network or cut.
export class Refusal extends Error {
  constructor(kind, text, wait) {
    super(text);
    this.kind = kind;
    this.wait = wait;
  }
}

// The key is the tab's alone: a session's storage is not shared and ends with the tab.
let key = null;
try {
  key = sessionStorage.getItem("stride-key");
} catch {
  // the tab keeps it while it is open
}

export function useKey(given) {
  key = given;
  try {
    sessionStorage.setItem("stride-key", given);
  } catch {
    // as above
  }
}

export function hasKey() {
  return key !== null;
}

// The key itself, for a websocket, which takes no headers from a page.
export function keyGiven() {
  return key;
}

export function headers(more) {
  return key === null ? more : { ...more, Authorization: "Bearer " + key };
}

export async function readInfo() {
  let answer;
  try {
    answer = await fetch(new URL("info", document.baseURI), { headers: headers({}), cache: "no-store" });
  } catch {
    throw new Refusal("network", "", 0);
  }
  if (!answer.ok) {
    throw await refusal(answer);
  }
  return answer.json();
}

// Whether the server takes the key that is used now.
export async function keyIsTaken() {
  const answer = await fetch(new URL("models", ROOT), { headers: headers({}), cache: "no-store" });
  return answer.status !== 401 && answer.status !== 403;
}

async function refusal(answer) {
  let text = "HTTP " + answer.status;
  try {
    const body = await answer.json();
    text = String(body.error?.message ?? body.error ?? text);
  } catch {
    // the status says it
  }
  const wait = Math.min(3600, Math.max(0, Math.ceil(Number(answer.headers.get("Retry-After")) || 0)));
  const kinds = { 401: "key", 403: "key", 413: "large", 429: "busy", 503: "closing" };
  return new Refusal(kinds[answer.status] ?? (answer.status < 500 ? "refused" : "server"), text, wait);
}

// Streams one answer. Tells onPart each chunk as it comes; returns when the stream said that it is done.
export async function streamAnswer(request, signal, onPart) {
  let answer;
  try {
    answer = await fetch(new URL("chat/completions", ROOT), {
      method: "POST", headers: headers({ "Content-Type": "application/json" }), signal,
      body: JSON.stringify({ ...request, stream: true, stream_options: { include_usage: true } }),
    });
  } catch (e) {
    throw e.name === "AbortError" ? e : new Refusal("network", "", 0);
  }
  if (!answer.ok) {
    throw await refusal(answer);
  }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    let piece;
    try {
      piece = await reader.read();
    } catch (e) {
      throw e.name === "AbortError" ? e : new Refusal("cut", "", 0);
    }
    if (piece.done) {
      throw new Refusal("cut", "", 0);
    }
    const lines = (rest + piece.value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith("data:")) {
        continue; // an empty line, or a comment that keeps the connection
      }
      const data = line.slice(5).trim();
      if (data === "[DONE]") {
        reader.cancel().catch(() => {});
        return;
      }
      onPart(parsed(data));
    }
  }
}

function parsed(data) {
  let part;
  try {
    part = JSON.parse(data);
  } catch {
    throw new Refusal("server", data.slice(0, 200), 0);
  }
  if (part.error) {
    throw new Refusal("server", String(part.error.message ?? part.error), 0);
  }
  return part;
}
