// What a person does with a conversation: send, stop, answer again, edit, rate, delete.
import { streamAnswer } from "./chat-api.js";
import { readTools } from "./chat-export.js";
import { emit, freshConversation, modelNamed, newSeed, notify, otherModel, samplingFields, state } from "./chat-state.js";
import { keep, keepsAnything } from "./chat-store.js";
import { words } from "./chat-text.js";
import {
  addVersion, append, branch, lastStep, messagesFor, newStep, newTurn, newVersion, openCalls, path, removeTurn, shownVersion,
} from "./chat-tree.js";

const KEPT_EVERY = 500; // milliseconds between two savings of an answer that grows
let warned = false;

// Keeps a conversation, and says once when it cannot.
export async function save(conversation) {
  if (!state.conversations.includes(conversation)) {
    return; // it was deleted meanwhile, or nothing was said in it yet
  }
  const kept = await keep(conversation);
  if (!kept && keepsAnything() && !warned) {
    notify(words("notKept"), { level: "alert" });
  }
  warned = !kept;
}

function touch(conversation) {
  conversation.changed = Date.now();
  if (!state.conversations.includes(conversation)) {
    state.conversations.unshift(conversation);
  } else if (state.conversations[0] !== conversation) {
    state.conversations.splice(state.conversations.indexOf(conversation), 1);
    state.conversations.unshift(conversation);
  }
  emit("list");
}

export function lanesOf(conversation) {
  return conversation.compare && state.info.models.length > 1 ? [0, 1] : [0];
}

// The model of a column; one that is not served any more gives way to the default one.
export function modelOf(conversation, lane) {
  const id = conversation.models[lane];
  return modelNamed(id) ? id : lane === 0 ? state.info.default_model : otherModel(modelOf(conversation, 0));
}

function toolsAreRight(conversation) {
  if (readTools(conversation.tools).wrong) {
    notify(words("toolsNotSent"), { level: "alert" });
    return false;
  }
  return true;
}

// Sends a message to each column; false where it cannot be sent now.
export function send(text) {
  const conversation = state.current;
  const last = path(conversation).pop()?.turn;
  if (last && lanesOf(conversation).some(lane => openCalls(shownVersion(last, lane)).length > 0)) {
    notify(words("callFirst"), { level: "alert" });
    return false;
  }
  if (isWorking(conversation) || !toolsAreRight(conversation)) {
    return false;
  }
  notify(null);
  const turn = answered(conversation, text);
  append(conversation, turn);
  if (!conversation.title) {
    conversation.title = text.trim().replace(/\s+/g, " ").slice(0, 60);
  }
  begin(conversation, turn);
  return true;
}

function answered(conversation, text) {
  const seed = newSeed();
  return newTurn(text, lanesOf(conversation).map(lane => ({ at: 0, versions: [newVersion(modelOf(conversation, lane), seed)] })));
}

function begin(conversation, turn) {
  touch(conversation);
  emit("thread", "sent");
  turn.lanes.forEach((lane, i) => run(conversation, turn, i, lane.versions[lane.at]));
}

// Another wording of an own message: a branch, and the older one stays beside it.
export function reword(group, text) {
  const conversation = state.current;
  if (isWorking(conversation) || !toolsAreRight(conversation)) {
    return;
  }
  state.editing = null;
  const turn = answered(conversation, text);
  branch(group, turn);
  begin(conversation, turn);
}

// Another version of an answer; also the first one of a column that was not asked.
export function answerAgain(turn, lane) {
  const conversation = state.current;
  if (!toolsAreRight(conversation) || isWriting(turn.lanes[lane])) {
    return;
  }
  const other = turn.lanes[1 - lane];
  // a column that is asked late gets the seed of the other one
  const seed = turn.lanes[lane] || !other ? newSeed() : other.versions[other.at].seed ?? newSeed();
  const version = newVersion(modelOf(conversation, lane), seed);
  addVersion(turn, lane, version);
  touch(conversation);
  emit("thread");
  run(conversation, turn, lane, version);
}

function isWriting(lane) {
  return Boolean(lane) && lane.versions.some(version => state.live.has(version.id));
}

// An answer as a person would have it: another version, which can be rated and exported as every other.
export function rewrite(turn, lane, version, text) {
  const conversation = state.current;
  state.editing = null;
  const last = { ...newStep(), text, finish: "stop" };
  const steps = version.steps.slice(0, -1).map(step => structuredClone(step));
  addVersion(turn, lane, { ...newVersion(version.model, version.seed), edited: true, steps: [...steps, last] });
  touch(conversation);
  emit("thread");
  save(conversation);
}

// After an error: the same version where nothing of it had come, else another one.
export function retry(turn, lane, version) {
  const step = lastStep(version);
  if (step.text || step.calls.length > 0) {
    answerAgain(turn, lane);
    return;
  }
  version.steps[version.steps.length - 1] = newStep();
  version.model = modelOf(state.current, lane);
  emit("turn", turn);
  run(state.current, turn, lane, version);
}

// The result of a tool that a person typed; when all are there, the model goes on.
export function giveResult(turn, lane, version, call, text) {
  call.result = text;
  state.drafts.delete(call.id);
  if (openCalls(version).length === 0) {
    version.steps.push(newStep());
    emit("turn", turn);
    run(state.current, turn, lane, version);
  } else {
    emit("turn", turn);
    save(state.current);
  }
}

export function vote(turn, version, value) {
  version.vote = version.vote === value ? 0 : value;
  emit("turn", turn);
  emit("list");
  save(state.current);
}

export function page(holder, by) {
  const all = holder.versions ?? holder.turns;
  holder.at = Math.max(0, Math.min(all.length - 1, holder.at + by));
  emit("thread");
  save(state.current);
}

export function deleteTurn(group, turn) {
  const conversation = state.current;
  stopTurn(turn);
  const before = JSON.stringify(conversation.groups);
  removeTurn(conversation, group, turn);
  emit("thread");
  save(conversation);
  notify(words("deletedTurn"), { undo: () => {
    conversation.groups = JSON.parse(before);
    emit("thread");
    save(conversation);
  } });
}

export function isWorking(conversation) {
  return [...state.live.values()].some(one => one.conversation === conversation);
}

export function stopAll(conversation) {
  [...state.live.values()].filter(one => one.conversation === conversation).forEach(one => one.controller.abort());
}

export function stopVersion(version) {
  state.live.get(version.id)?.controller.abort();
}

function stopTurn(turn) {
  [...state.live.values()].filter(one => one.turn === turn).forEach(one => one.controller.abort());
}

export function startNew() {
  state.current = freshConversation();
  state.editing = null;
  emit("list");
  emit("head");
  emit("settings");
  emit("thread", "opened");
}

async function run(conversation, turn, lane, version) {
  const step = lastStep(version);
  const controller = new AbortController();
  state.live.set(version.id, { controller, conversation, turn, lane });
  emit("working");
  emit("turn", turn);
  const began = performance.now();
  const { tools } = readTools(conversation.tools);
  const offered = modelNamed(version.model)?.tools ? tools : [];
  const request = {
    model: version.model, messages: messagesFor(conversation, lane, turn, version), ...samplingFields(version.seed),
    ...(offered.length > 0 ? { tools: offered.map(tool => ({ type: "function", function: tool })) } : {}),
  };
  let kept = -KEPT_EVERY; // the first piece at once
  save(conversation);
  try {
    await streamAnswer(request, controller.signal, part => {
      take(step, part, began);
      emit("part", { turn, version, step });
      if (performance.now() - kept > KEPT_EVERY) {
        kept = performance.now();
        save(conversation);
      }
    });
    step.finish ??= "stop";
  } catch (e) {
    if (e.name === "AbortError") {
      step.finish = "stopped";
    } else if (e.kind) {
      step.error = { kind: e.kind, text: e.message, wait: Date.now() + 1000 * e.wait };
    } else {
      throw e;
    }
  } finally {
    step.millis = performance.now() - began;
    state.live.delete(version.id);
    conversation.changed = Date.now();
    emit("ended", { turn, lane, version, step, conversation });
    emit("turn", turn);
    emit("working");
    emit("list");
    save(conversation);
  }
}

// One chunk of the stream.
function take(step, part, began) {
  if (part.usage) {
    step.usage = {
      prompt: part.usage.prompt_tokens ?? null, completion: part.usage.completion_tokens ?? null,
      cached: part.usage.prompt_tokens_details?.cached_tokens ?? null,
    };
  }
  const choice = part.choices?.[0];
  if (!choice) {
    return;
  }
  const delta = choice.delta ?? {};
  if (delta.content || delta.tool_calls) {
    step.first ??= performance.now() - began;
  }
  step.text += delta.content ?? "";
  for (const piece of delta.tool_calls ?? []) {
    const at = piece.index ?? 0;
    step.calls[at] ??= { id: piece.id ?? "call_" + at, name: "", arguments: "", result: null };
    step.calls[at].id = piece.id ?? step.calls[at].id;
    step.calls[at].name += piece.function?.name ?? "";
    step.calls[at].arguments += piece.function?.arguments ?? "";
  }
  step.finish = choice.finish_reason ?? step.finish;
}
