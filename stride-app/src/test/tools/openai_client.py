"""Uses OpenAI's client for Python, or with the word "lines" requests, against stride serve; ends with 1 at the first thing that is not as it must be.

Address and key come from OPENAI_BASE_URL and OPENAI_API_KEY, as any program has them.
"""

import os
import sys

import openai
import requests

BASE, ONE = "sample", "sample:one"
GREETING = [{"role": "user", "content": "你好"}]
TOOLS = [{
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}]


def refused(kind, status, call):
    try:
        call()
    except kind as error:
        assert error.status_code == status, error
        assert error.body["message"], error
        return error
    raise AssertionError(f"{kind.__name__} did not come")


def main():
    client = openai.OpenAI(max_retries=0)  # address and key come from the environment
    chat = client.chat.completions

    names = [model.id for model in client.models.list()]
    assert names == [BASE, ONE, "sample:two", "gpt-4o-mini"], names
    assert client.models.retrieve(ONE).owned_by == "stride"

    whole = chat.create(model=BASE, messages=GREETING, temperature=0, max_tokens=40)
    text = whole.choices[0].message.content
    assert text and whole.choices[0].finish_reason == "stop", whole
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens
    assert whole.usage.prompt_tokens_details.cached_tokens >= 0

    parts = list(chat.create(
        model=BASE, messages=GREETING, temperature=0, max_tokens=40, stream=True,
        stream_options={"include_usage": True}))
    assert parts[0].choices[0].delta.role == "assistant"
    assert "".join(part.choices[0].delta.content or "" for part in parts if part.choices) == text
    assert parts[-1].choices == [] and parts[-1].usage.completion_tokens == whole.usage.completion_tokens

    with chat.stream(model=BASE, messages=GREETING, temperature=0, max_tokens=40) as stream:
        for _ in stream:
            pass
        assert stream.get_final_completion().choices[0].message.content == text

    several = chat.create(
        model=ONE, messages=GREETING, n=3, seed=5, temperature=1, max_tokens=8, logprobs=True, top_logprobs=2)
    assert [choice.index for choice in several.choices] == [0, 1, 2]
    assert len(several.choices[0].logprobs.content) == 8
    assert len(several.choices[0].logprobs.content[0].top_logprobs) == 2
    again = chat.create(
        model=ONE, messages=GREETING, n=3, seed=5, temperature=1, max_tokens=8, logprobs=True, top_logprobs=2)
    assert [c.message.content for c in again.choices] == [c.message.content for c in several.choices]

    tools = chat.create(model=BASE, messages=GREETING, tools=TOOLS, tool_choice="auto", max_tokens=8)
    assert tools.usage.prompt_tokens > whole.usage.prompt_tokens
    answered = chat.create(model=BASE, max_tokens=4, tools=TOOLS, messages=GREETING + [
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "北京"}'}}]},
        {"role": "tool", "tool_call_id": "call_1", "content": "晴"}])
    assert answered.usage.completion_tokens >= 1

    text = client.completions.create(model=BASE, prompt="学习率", temperature=0, max_tokens=6, logprobs=2, stop="。")
    assert text.object == "text_completion" and text.choices[0].text
    streamed = client.completions.create(
        model=BASE, prompt="学习率", temperature=0, max_tokens=6, stop="。", stream=True)
    assert "".join(part.choices[0].text for part in streamed) == text.choices[0].text

    refused(openai.AuthenticationError, 401, lambda: client.with_options(api_key="wrong").models.list())
    error = refused(openai.BadRequestError, 400, lambda: chat.create(
        model=BASE, messages=GREETING, extra_body={"temprature": 1}))
    assert "Did you mean temperature?" in error.body["message"], error
    error = refused(openai.BadRequestError, 400, lambda: chat.create(
        model=BASE, messages=[{"role": "user", "content": "好" * 3000}]))
    assert error.code == "context_length_exceeded", error
    assert refused(openai.NotFoundError, 404, lambda: chat.create(model="gpt-9", messages=GREETING)).code \
        == "model_not_found"

    # two are answered and one waits: the fourth is refused
    running = []
    for _ in range(3):
        stream = chat.create(model=ONE, messages=GREETING, temperature=0, max_tokens=2000, stream=True)
        next(iter(stream))
        running.append(stream)
    assert refused(openai.RateLimitError, 429, lambda: chat.create(model=BASE, messages=GREETING)) \
        .response.headers["retry-after"] == "1"
    for stream in running:
        stream.close()
    # the client's own retries wait until the aborted ones have made room
    assert client.with_options(max_retries=10).chat.completions.create(
        model=BASE, messages=GREETING, max_tokens=2).choices

    print("passed", openai.__version__)


def lines():
    """A reader of lines sees an event when it is sent and not with the next one, which here comes a minute later."""
    headers = {"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
    body = {"model": ONE, "messages": GREETING, "temperature": 0, "max_tokens": 2000, "stream": True}
    address = os.environ["OPENAI_BASE_URL"] + "/chat/completions"
    streams = []
    for _ in range(3):  # two are answered, the third waits: it has its beginning all the same
        streams.append(requests.post(address, json=body, stream=True, headers=headers, timeout=100))
        first = next(line for line in streams[-1].iter_lines(chunk_size=None) if line)
        assert b'"role":"assistant"' in first, first
    status = requests.get(address.replace("/v1/chat/completions", "/metrics"), headers=headers, timeout=60).text
    assert "stride_chat_waiting 0" not in status, "the event came only when the answer had begun:\n" + status
    for stream in streams:
        stream.close()
    print("passed")


if __name__ == "__main__":
    lines() if sys.argv[1:] == ["lines"] else main()
