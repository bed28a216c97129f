// A conversation as a tree, with nothing of the page in it.
//
// A turn is what the person wrote and, for each column ("lane"), the versions of the answer. What follows a turn belongs to the
// versions that were shown when it was written: paging to another version shows what followed that one. So no message is ever
// shown, sent or exported below an answer that it was not written for.
//
// The turns to choose from at one place are a group; a conversation holds all groups by what they follow, "" for the beginning,
// side by side and not inside each other, so that no length of a conversation is too deep to be kept.

export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), b => b.toString(16).padStart(2, "0")).join("");
}

export function newConversation(models, system, tools, compare, now) {
  return {
    id: newId(), title: "", named: false, created: now, changed: now, system, tools, models, compare,
    groups: { "": { at: 0, turns: [] } },
  };
}

export function newTurn(user, lanes) {
  return { id: newId(), user, lanes };
}

export function newStep() {
  return { text: "", calls: [], finish: null, usage: null, first: null, millis: null, error: null };
}

export function newVersion(model, seed) {
  return { id: newId(), model, seed, vote: 0, steps: [newStep()] };
}

export function shownVersion(turn, lane) {
  const found = turn.lanes[lane] ?? turn.lanes[0];
  return found ? found.versions[found.at] : undefined;
}

export function lastStep(version) {
  return version.steps[version.steps.length - 1];
}

function keyOf(turn) {
  return turn.id + " " + turn.lanes.map(lane => lane.versions[lane.at].id).join(" ");
}

export function followOf(conversation, turn) {
  return conversation.groups[keyOf(turn)];
}

// The turns that are shown, each with the group of turns that it was chosen from.
export function path(conversation) {
  const found = [];
  let group = conversation.groups[""];
  while (group && group.turns.length > 0) {
    const turn = group.turns[group.at];
    found.push({ turn, group });
    group = followOf(conversation, turn);
  }
  return found;
}

export function append(conversation, turn) {
  const last = path(conversation).pop();
  const key = last ? keyOf(last.turn) : "";
  conversation.groups[key] ??= { at: 0, turns: [] };
  branch(conversation.groups[key], turn);
}

// Another wording of a turn, beside it: what followed the older one stays with the older one.
export function branch(group, turn) {
  group.turns.push(turn);
  group.at = group.turns.length - 1;
}

export function addVersion(turn, lane, version) {
  while (turn.lanes.length <= lane) {
    turn.lanes.push({ at: 0, versions: [] });
  }
  turn.lanes[lane].versions.push(version);
  turn.lanes[lane].at = turn.lanes[lane].versions.length - 1;
}

// Takes a turn out; what followed it as it is shown moves up, and what followed other versions of it goes with it.
export function removeTurn(conversation, group, turn) {
  const next = followOf(conversation, turn);
  const index = group.turns.indexOf(turn);
  const moved = next ? next.turns : [];
  group.turns.splice(index, 1, ...moved);
  group.at = Math.max(0, Math.min(index + (next ? next.at : 0), group.turns.length - 1));
  if (next) {
    next.turns = [];
  }
  const reached = new Set(everyGroup(conversation));
  for (const [key, one] of Object.entries(conversation.groups)) {
    if (key !== "" && (!reached.has(one) || one.turns.length === 0)) {
      delete conversation.groups[key];
    }
  }
}

// The groups that follow each turn, by its id, with the ids of the versions that they follow.
export function followers(conversation) {
  const found = new Map();
  for (const [key, group] of Object.entries(conversation.groups)) {
    const [id, ...versions] = key.split(" ");
    found.set(id, [...(found.get(id) ?? []), { versions, group }]);
  }
  return found;
}

// The groups that can be reached by paging.
function everyGroup(conversation) {
  const following = followers(conversation);
  const found = [conversation.groups[""]];
  for (let i = 0; i < found.length; i++) {
    found[i].turns.forEach(turn => found.push(...(following.get(turn.id) ?? []).map(one => one.group)));
  }
  return found;
}

export function everyTurn(conversation) {
  return everyGroup(conversation).flatMap(group => group.turns);
}

export function openCalls(version) {
  return version ? lastStep(version).calls.filter(call => call.result === null) : [];
}

// What is said of an answer is whole: it came to an end, was not broken off by an error and waits for no tool.
export function isWhole(version) {
  const step = lastStep(version);
  return step.finish !== null && step.error === null && step.calls.length === 0;
}

// The messages of the API: everything of the path above, then the steps of the version that is being written.
export function messagesFor(conversation, lane, turn, version) {
  const messages = conversation.system.trim() ? [{ role: "system", content: conversation.system }] : [];
  for (const shown of path(conversation)) {
    messages.push({ role: "user", content: shown.turn.user });
    const here = shown.turn === turn;
    const answer = here ? version : shownVersion(shown.turn, lane);
    const steps = answer ? (here ? answer.steps.slice(0, -1) : answer.steps) : [];
    steps.forEach(step => addStep(messages, step));
    if (here) {
      break;
    }
  }
  return messages;
}

function addStep(messages, step) {
  const calls = step.calls.filter(call => call.result !== null);
  if (!step.text && calls.length === 0) {
    return; // an answer that never began
  }
  const message = { role: "assistant", content: step.text };
  if (calls.length > 0) {
    message.tool_calls = calls.map(call => ({ id: call.id, type: "function", function: { name: call.name, arguments: call.arguments } }));
  }
  messages.push(message);
  calls.forEach(call => messages.push({ role: "tool", tool_call_id: call.id, content: call.result }));
}
