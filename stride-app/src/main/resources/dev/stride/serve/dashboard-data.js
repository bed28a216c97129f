// What the server said: the overview, and the series, details and events of the runs that are looked at.

export const data = {
  runs: new Map(), sweeps: new Map(), gone: new Set(), root: "", version: -1, offset: 0, loaded: false, canAct: false, lastHeard: 0,
  connection: { state: "connecting", retryAt: 0 }, details: new Map(), series: new Map(), shown: [], x: "step", smooth: 0.9, zoom: null,
};

const listeners = { overview: [], series: [], detail: [], events: [], connection: [] };

export function listen(topic, listener) {
  listeners[topic].push(listener);
}

export function tell(topic, ...values) {
  for (const listener of listeners[topic]) {
    listener(...values);
  }
}

export async function getJson(path, parameters) {
  const query = new URLSearchParams(parameters || {}).toString();
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 20000);
  try {
    const response = await fetch(path + (query ? "?" + query : ""), { signal: stop.signal, headers: { Accept: "application/json" } });
    if (!response.ok) {
      throw Object.assign(new Error(await sentence(response)), { status: response.status });
    }
    return await response.json();
  } finally {
    clearTimeout(timer);
  }
}

async function sentence(response) {
  const text = await response.text();
  try {
    const json = JSON.parse(text);
    const error = json.error ?? json.message;
    return String(error && error.message ? error.message : error || response.status);
  } catch {
    return text.trim().slice(0, 300) || String(response.status);
  }
}

export async function act(id, action, text) {
  const response = await fetch("api/action", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ id, action, text: text || "" }),
  });
  if (!response.ok) {
    throw Object.assign(new Error(await sentence(response)), { status: response.status });
  }
  return response.json();
}

// The server's clock, in seconds, though that of this machine may be off.
export function now() {
  return (Date.now() + data.offset) / 1000;
}

export function isActive(card) {
  return card && (card.status === "running" || card.status === "silent");
}

export function refreshDetail(id, delay) {
  const entry = data.details.get(id) || { json: null, error: null, timer: 0 };
  data.details.set(id, entry);
  clearTimeout(entry.timer);
  entry.timer = setTimeout(async () => {
    try {
      const json = await getJson("api/run", { id });
      entry.json = json;
      entry.error = null;
    } catch (error) {
      entry.error = error;
    }
    if (data.details.get(id) === entry) {
      tell("detail", id);
    }
  }, delay);
}
