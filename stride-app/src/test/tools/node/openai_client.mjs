// Uses OpenAI's client for Node against stride serve; ends with 1 at the first thing that is not as it must be.
// Address and key come from OPENAI_BASE_URL and OPENAI_API_KEY, as any program has them.
import assert from "node:assert/strict";
import OpenAI from "openai";

const BASE = "sample";
const ONE = "sample:one";
const messages = [{ role: "user", content: "你好" }];
const client = new OpenAI({ maxRetries: 0 });
const chat = client.chat.completions;

async function refused(kind, status, call) {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof kind, error);
    assert.equal(error.status, status);
    return error;
  }
  assert.fail(`${kind.name} did not come`);
}

const names = [];
for await (const model of client.models.list()) {
  names.push(model.id);
}
assert.deepEqual(names, [BASE, ONE, "sample:two", "gpt-4o-mini"]);
assert.equal((await client.models.retrieve(ONE)).id, ONE);

const greedy = { model: BASE, messages, temperature: 0, max_tokens: 40 };
const whole = await chat.create(greedy);
const text = whole.choices[0].message.content;
assert.ok(text);
assert.equal(whole.choices[0].finish_reason, "stop");

let streamed = "";
let usage = null;
for await (const part of await chat.create({ ...greedy, stream: true, stream_options: { include_usage: true } })) {
  streamed += part.choices[0]?.delta.content ?? "";
  usage = part.usage ?? usage;
}
assert.equal(streamed, text);
assert.equal(usage.completion_tokens, whole.usage.completion_tokens);
assert.equal(await chat.stream(greedy).finalContent(), text);

const several = await chat.create({
  model: ONE, messages, n: 2, seed: 5, temperature: 1, max_tokens: 6, logprobs: true, top_logprobs: 2,
});
assert.equal(several.choices.length, 2);
assert.equal(several.choices[1].logprobs.content.length, 6);
const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } }];
assert.ok((await chat.create({ model: BASE, messages, tools, max_tokens: 4 })).usage.prompt_tokens
  > whole.usage.prompt_tokens);
const completion = await client.completions.create({ model: BASE, prompt: "学习率", temperature: 0, max_tokens: 6 });
assert.ok(completion.choices[0].text);

await refused(OpenAI.AuthenticationError, 401, () => new OpenAI({ apiKey: "wrong", maxRetries: 0 }).models.list());
const mistake = await refused(OpenAI.BadRequestError, 400, () => chat.create({ ...greedy, temprature: 1 }));
assert.match(mistake.message, /Did you mean temperature\?/);
await refused(OpenAI.NotFoundError, 404, () => chat.create({ ...greedy, model: "gpt-9" }));

const long = { model: ONE, messages, temperature: 0, max_tokens: 2000, stream: true };
const running = [];
for (let i = 0; i < 3; i++) {
  const stream = await chat.create(long);
  const parts = stream[Symbol.asyncIterator]();
  await parts.next();
  running.push(stream);
}
const busy = await refused(OpenAI.RateLimitError, 429, () => chat.create(greedy));
assert.equal(busy.headers.get("retry-after"), "1");
running.forEach(stream => stream.controller.abort());
const patient = new OpenAI({ maxRetries: 10 });
assert.equal((await patient.chat.completions.create(greedy)).choices[0].message.content, text);
console.log("passed");
