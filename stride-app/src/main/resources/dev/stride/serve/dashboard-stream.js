// The stream of server-sent events that keeps the page up to date. After every interruption everything is asked for
// again, so that no gap stays.
import { data, getJson, isActive, refreshDetail, tell } from "./dashboard-data.js";
import { loadSeries, reloadSeries, takeRows } from "./dashboard-series.js";

const QUIET_SECONDS = 25; // a stream that says nothing for longer is checked
const HIDDEN_SECONDS = 30; // a hidden page lets its stream go: a browser has few connections to one server

let source = null;
let streamed = null;
let attempts = 0;
let retryTimer = 0;
let hiddenTimer = 0;

function takeOverview(json, whole) {
  if (json.now) {
    data.offset = Date.parse(json.now) - Date.now();
  }
  const known = whole ? new Map(data.runs) : data.runs;
  if (whole) {
    const ids = new Set((json.runs || []).map(card => card.id));
    for (const id of data.runs.keys()) {
      if (!ids.has(id)) {
        data.gone.add(id);
      }
    }
    data.runs.clear();
    data.sweeps.clear();
    data.root = json.root ?? data.root;
    data.loaded = true;
  }
  const changed = [];
  for (const card of json.runs || []) {
    const before = known.get(card.id);
    data.runs.set(card.id, card);
    data.gone.delete(card.id);
    changed.push(card.id);
    const detail = data.details.get(card.id);
    if (detail && detail.json) {
      Object.assign(detail.json, card);
      if (before && (before.status !== card.status || before.generation !== card.generation)) {
        refreshDetail(card.id, 0);
      }
    }
  }
  for (const sweep of json.sweeps || []) {
    data.sweeps.set(sweep.id, sweep);
  }
  for (const id of json.gone || []) {
    data.runs.delete(id);
    data.sweeps.delete(id);
    data.gone.add(id);
  }
  data.version = json.version ?? data.version;
  tell("overview", whole ? null : changed);
  openStream();
}

export async function loadOverview() {
  takeOverview(await getJson("api/overview"), true);
  data.lastHeard = Date.now();
}

export function watch(ids) {
  const next = [...new Set(ids)];
  if (next.join("\n") === data.shown.join("\n")) {
    return;
  }
  data.shown = next;
  const wanted = new Set(data.shown);
  for (const id of data.series.keys()) {
    if (!wanted.has(id)) {
      data.series.delete(id);
      data.details.delete(id);
    }
  }
  for (const id of data.shown) {
    if (!data.series.has(id)) {
      loadSeries(id);
      refreshDetail(id, 0);
    }
  }
  openStream();
}

function streamedIds() {
  // the end of a run that is over was read with its series
  return data.shown.filter(id => isActive(data.runs.get(id)) || data.shown.length <= 4).slice(0, 64);
}

function openStream(force) {
  if (!data.loaded || document.hidden && source === null) {
    return;
  }
  const wanted = streamedIds();
  const key = wanted.join("\n");
  if (!force && source && key === streamed) {
    return;
  }
  if (!force && retryTimer) {
    return;
  }
  closeStream();
  streamed = key;
  const query = new URLSearchParams();
  wanted.forEach(id => query.append("run", id));
  const stream = source = new EventSource("api/stream" + (wanted.length ? "?" + query : ""));
  const heard = (name, take) => stream.addEventListener(name, event => {
    if (stream === source) {
      data.lastHeard = Date.now();
      take(JSON.parse(event.data));
    }
  });
  heard("hello", hello);
  heard("overview", json => takeOverview(json, json.full === true));
  heard("rows", takeRows);
  stream.onerror = () => {
    if (stream === source) {
      closeStream();
      retryLater();
    }
  };
}

function closeStream() {
  if (source) {
    source.close();
    source = null;
  }
}

function hello(json) {
  const returned = attempts > 0;
  attempts = 0;
  data.canAct = Boolean(json.can_act);
  connection("live", 0);
  if (json.server === undefined && (returned || (json.version ?? 0) !== data.version)) {
    // a server that names itself sends the whole overview first
    loadOverview().catch(() => {});
  }
  if (returned) {
    reloadSeries();
    data.shown.forEach(id => refreshDetail(id, 0));
  }
}

function connection(state, retryAt) {
  data.connection = { state, retryAt };
  tell("connection");
}

function retryLater() {
  attempts++;
  // the first tries are quick: a server that is started again is back within a second or two
  const seconds = Math.min(15, attempts <= 2 ? attempts : 2 ** (attempts - 1));
  // a server that answers everything but the stream has too many of them open
  const answers = Date.now() - data.lastHeard < 20000 && attempts >= 3;
  connection(answers ? "busy" : attempts >= 3 ? "away" : "retry", Date.now() + seconds * 1000);
  clearTimeout(retryTimer);
  retryTimer = setTimeout(retryNow, seconds * 1000);
}

export async function retryNow() {
  clearTimeout(retryTimer);
  retryTimer = 0;
  attempts = Math.max(attempts, 1);
  connection("connecting", 0);
  try {
    await loadOverview();
    openStream(true);
    if (document.hidden) {
      // without a stream until somebody looks; the overview is asked for now and then
      connection("live", 0);
    }
  } catch {
    retryLater();
  }
}

// A connection can die without a word, as when the machine slept: what says nothing is asked.
async function check() {
  if (data.connection.state === "live" && Date.now() - data.lastHeard > QUIET_SECONDS * 1000) {
    try {
      const stale = data.version;
      await loadOverview();
      if (data.version !== stale && !document.hidden) {
        attempts = 1;
        openStream(true);
      }
    } catch {
      closeStream();
      retryLater();
    }
  }
}

export function start() {
  setInterval(check, 5000);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiddenTimer);
    if (document.hidden) {
      hiddenTimer = setTimeout(closeStream, HIDDEN_SECONDS * 1000);
    } else if (!source && !retryTimer) {
      retryNow();
    }
  });
  retryNow();
}
