// Conversations as files: training rows, everything, and back again. Nothing of the page is in it.
import { followers, isWhole } from "./chat-tree.js";

// The tools that a person typed, as ChatGLM3 lists them, without the wrapper {"type": "function", "function": ..}.
// Gives {tools} or {wrong: [word, ...values]}.
export function readTools(text) {
  if (!text.trim()) {
    return { tools: [] };
  }
  let given;
  try {
    given = JSON.parse(text);
  } catch (e) {
    return { wrong: ["toolsNotJson", e.message] };
  }
  if (!Array.isArray(given)) {
    return { wrong: ["toolsNotArray"] };
  }
  const tools = [];
  for (const [i, entry] of given.entries()) {
    const tool = isObject(entry) && isObject(entry.function) ? entry.function : entry;
    if (!isObject(tool) || typeof tool.name !== "string" || tool.name === "") {
      return { wrong: ["toolsNoName", i + 1] };
    }
    if (tool.parameters !== undefined && !isObject(tool.parameters)) {
      return { wrong: ["toolsParameters", i + 1] };
    }
    tools.push(tool);
  }
  return { tools };
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

// Every way through the tree for one lane: a list of {user, version}.
function ways(conversation, lane) {
  const following = followers(conversation);
  const found = [];
  const open = [{ group: conversation.groups[""], above: [] }];
  while (open.length > 0) {
    const { group, above } = open.pop();
    for (const turn of group.turns) {
      const at = turn.lanes[lane] ? lane : 0;
      for (const version of turn.lanes[at].versions) {
        const here = [...above, { user: turn.user, version }];
        const next = (following.get(turn.id) ?? []).filter(one => one.group.turns.length > 0 && one.versions[at] === version.id);
        next.forEach(one => open.push({ group: one.group, above: here }));
        if (next.length === 0) {
          found.push(here);
        }
      }
    }
  }
  return found;
}

// Up to the first answer that is rated down or is not whole, and of that up to the last one that is rated up.
function goodPart(way) {
  const end = way.findIndex(({ version }) => version.vote < 0 || !isWhole(version));
  const kept = end < 0 ? way : way.slice(0, end);
  return kept.slice(0, kept.map(({ version }) => version.vote > 0).lastIndexOf(true) + 1);
}

function argumentsOf(call) {
  try {
    const given = JSON.parse(call.arguments || "{}");
    return isObject(given) ? given : null;
  } catch {
    return null;
  }
}

// A row of the conversations format, or null where a call's arguments are no object: such a row cannot be written.
function row(conversation, way) {
  const messages = conversation.system.trim() ? [{ role: "system", content: conversation.system }] : [];
  for (const { user, version } of way) {
    messages.push({ role: "user", content: user });
    // an answer that nobody called good stays as what came before, but is not trained
    const untrained = version.vote > 0 ? {} : { loss: false };
    for (const step of version.steps) {
      if (step.calls.length === 0 || step.text.trim()) {
        messages.push({ role: "assistant", content: step.text, ...untrained });
      }
      for (const call of step.calls) {
        const parameters = argumentsOf(call);
        if (parameters === null) {
          return null;
        }
        messages.push({ role: "tool", name: call.name, parameters, observation: call.result ?? "", ...untrained });
      }
    }
  }
  const { tools } = readTools(conversation.tools);
  return tools && tools.length > 0 ? { tools, conversations: messages } : { conversations: messages };
}

// The rows of all good turns, and how many cannot be written. A way that is the beginning of another is left out, so that
// nothing is trained twice.
export function trainingRows(conversations) {
  const rows = [];
  let broken = 0;
  for (const conversation of conversations) {
    const good = [];
    for (const lane of [0, 1]) {
      ways(conversation, lane).map(goodPart).filter(way => way.length > 0).forEach(way => good.push(way));
    }
    const keys = good.map(way => way.map(({ version }) => version.id).join(" ") + " ");
    good.forEach((way, i) => {
      const covered = keys.some((key, j) => j !== i && key.startsWith(keys[i]) && (key.length > keys[i].length || j < i));
      if (!covered) {
        const made = row(conversation, way);
        broken += made ? 0 : 1;
        rows.push(...(made ? [made] : []));
      }
    });
  }
  return { rows, broken };
}

export function everything(conversations) {
  return JSON.stringify({ stride_chat: 1, conversations }, null, 1);
}

// The conversations of such a file, each checked and copied field by field; null where it is no such file.
export function readEverything(text) {
  const file = JSON.parse(text);
  if (!isObject(file) || file.stride_chat !== 1 || !Array.isArray(file.conversations)) {
    return null;
  }
  const found = file.conversations.map(conversation);
  return found.some(one => one === null) ? null : found;
}

const string = value => (typeof value === "string" ? value : "");
const number = value => (typeof value === "number" && Number.isFinite(value) ? value : null);
const list = value => (Array.isArray(value) ? value : []);
const index = (value, length) => (Number.isInteger(value) && value >= 0 && value < length ? value : 0);

function conversation(given) {
  if (!isObject(given) || !string(given.id) || !isObject(given.groups)) {
    return null;
  }
  return {
    id: given.id, title: string(given.title), named: given.named === true, created: number(given.created) ?? 0,
    changed: number(given.changed) ?? 0, system: string(given.system), tools: string(given.tools),
    models: [string(list(given.models)[0]), string(list(given.models)[1])], compare: given.compare === true,
    groups: { "": { at: 0, turns: [] }, ...Object.fromEntries(Object.entries(given.groups).filter(([, one]) => isObject(one)).map(([key, one]) => [key, group(one)])) },
  };
}

function group(given) {
  const turns = list(given.turns).filter(isObject).map(turn).filter(one => one.lanes.length > 0);
  return { at: index(given.at, turns.length), turns };
}

function turn(given) {
  const lanes = list(given.lanes).filter(isObject).map(lane => {
    const versions = list(lane.versions).filter(isObject).map(version).filter(one => one.steps.length > 0);
    return { at: index(lane.at, versions.length), versions };
  }).filter(lane => lane.versions.length > 0).slice(0, 2);
  return { id: string(given.id), user: string(given.user), lanes };
}

function version(given) {
  return {
    id: string(given.id), model: string(given.model), seed: number(given.seed), edited: given.edited === true, vote: Math.sign(number(given.vote) ?? 0),
    steps: list(given.steps).filter(isObject).map(step),
  };
}

function step(given) {
  const usage = isObject(given.usage)
    ? { prompt: number(given.usage.prompt), completion: number(given.usage.completion), cached: number(given.usage.cached) } : null;
  const error = isObject(given.error) ? { kind: string(given.error.kind), text: string(given.error.text), wait: 0 } : null;
  return {
    text: string(given.text), finish: typeof given.finish === "string" ? given.finish : "stopped", usage, error,
    first: number(given.first), millis: number(given.millis),
    calls: list(given.calls).filter(isObject).map(call => ({
      id: string(call.id), name: string(call.name), arguments: string(call.arguments),
      result: typeof call.result === "string" ? call.result : null,
    })),
  };
}
