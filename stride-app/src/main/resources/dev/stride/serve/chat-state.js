// What the page shows now, and who hears when it changes.
import { newConversation, path } from "./chat-tree.js";
import { recall, remember } from "./chat-text.js";

export const state = {
  info: null, // what the server serves
  conversations: [], // newest first
  current: null,
  live: new Map(), // id of a version that is being written -> {controller, conversation, turn, lane}
  editing: null, // id of the turn that is being reworded
  lane: 0, // the column that narrow screens show
  drafts: new Map(), // results of tools that are being typed, by id of the call
  notice: null, // {text, undo, level}
};

const listeners = new Map();

// Names: list, thread, turn (with the turn), head, settings, notice, working.
export function on(name, listener) {
  listeners.set(name, [...(listeners.get(name) ?? []), listener]);
}

export function emit(name, value) {
  (listeners.get(name) ?? []).forEach(listener => listener(value));
}

export function notify(text, more) {
  state.notice = text === null ? null : { text, ...more };
  emit("notice");
}

export function modelNamed(id) {
  return state.info ? state.info.models.find(model => model.id === id) : undefined;
}

// The other model of a comparison: the base of a tuned one, and the default one of a base.
export function otherModel(id) {
  const models = state.info.models;
  const own = modelNamed(id);
  const base = models.find(model => own && model.base === own.base && model.adapter === "" && model.id !== id);
  const tuned = models.find(model => model.id === state.info.default_model && model.id !== id);
  return (base ?? tuned ?? models.find(model => model.id !== id) ?? models[0]).id;
}

export function freshConversation() {
  const first = state.info.default_model;
  const before = state.current;
  const models = before && before.models.every(modelNamed) ? [...before.models] : [first, otherModel(first)];
  const canCompare = state.info.models.length > 1;
  return newConversation(models, recall("chat-system") ?? "", recall("chat-tools") ?? "", canCompare && Boolean(before?.compare), Date.now());
}

export function isEmpty(conversation) {
  return path(conversation).length === 0;
}

// The settings of sampling: kept in this browser, else the server's defaults.
const SETTINGS = ["temperature", "top_p", "top_k", "max_tokens", "seed", "stop", "presence_penalty", "frequency_penalty"];

export function defaults() {
  return {
    temperature: 0.8, top_p: 0.8, top_k: 50, max_tokens: null, ...state.info?.defaults,
    seed: null, stop: "", presence_penalty: 0, frequency_penalty: 0,
  };
}

export function settings() {
  let kept = {};
  try {
    kept = JSON.parse(recall("chat-settings") ?? "{}") ?? {};
  } catch {
    // the defaults
  }
  const all = defaults();
  for (const name of SETTINGS) {
    const value = kept[name];
    if (typeof value === (name === "stop" ? "string" : "number")) {
      all[name] = value;
    }
  }
  return all;
}

export function setSetting(name, value) {
  const all = { ...settings(), [name]: value };
  const own = Object.fromEntries(Object.entries(all).filter(([key, v]) => v !== defaults()[key]));
  remember("chat-settings", JSON.stringify(own));
}

export function resetSettings() {
  remember("chat-settings", "{}");
}

// The part of a request that the settings give.
export function samplingFields(seed) {
  const all = settings();
  const stop = all.stop.split("\n").filter(text => text !== "").map(text => text.replaceAll("\\n", "\n"));
  return {
    temperature: all.temperature, top_p: all.top_p, top_k: all.top_k, seed,
    ...(all.max_tokens === null ? {} : { max_tokens: all.max_tokens }),
    ...(stop.length > 0 ? { stop } : {}),
    ...(all.presence_penalty ? { presence_penalty: all.presence_penalty } : {}),
    ...(all.frequency_penalty ? { frequency_penalty: all.frequency_penalty } : {}),
  };
}

export function newSeed() {
  return settings().seed ?? Math.floor(Math.random() * 2 ** 31);
}
