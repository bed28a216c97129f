"""Loads a folder that Stride wrote in the model's own published code, and compares what both compute in float32.

usage: reference-merge.py FOLDER REFERENCE GENERATED [--logits FILE] [--rows FILE --loss FILE]

FOLDER      written by `stride merge`, or by `stride convert` without --quantize
REFERENCE   a folder with modeling_chatglm.py, configuration_chatglm.py and quantization.py as published
GENERATED   the output of `stride generate --model FOLDER --greedy --json --max-new-tokens N`
--logits    written by StrideLogits.java beside this file: float32, big-endian, [prompt + new tokens, vocabulary] for each answer
--rows      conversations, one {"conversations": [{"role": .., "content": ..}, ..]} a line, without tools
--loss      the output of `stride eval --model FOLDER --data ROWS --metrics loss --json`

Needs torch 2, transformers 4.30 to 4.33, sentencepiece, safetensors, numpy below 2. Prints one JSON document; status 1
where an id differs, a tensor has no place, a logit differs by more than 1e-3, or the loss by more than 1e-4 of itself.

The folder is copied, with the published code and the published auto_map beside it: a folder made from a checkpoint that has
them keeps them. transformer.rotary_pos_emb.inv_freq may be missing: its values are not used.
"""

import argparse
import json
import pathlib
import shutil
import sys
import tempfile

import numpy
import sentencepiece
import torch
import transformers

ROLES = {"system": 5, "user": 6, "assistant": 7, "observation": 8}  # behind the pieces, as the published tokenizer counts
GMASK, SOP = 1, 3
INV_FREQ = "transformer.rotary_pos_emb.inv_freq"
CODE = {
    "AutoConfig": "configuration_chatglm.ChatGLMConfig",
    "AutoModel": "modeling_chatglm.ChatGLMForConditionalGeneration",
}


def load(folder, reference):
    with tempfile.TemporaryDirectory() as parent:
        copy = pathlib.Path(parent) / "folder"
        shutil.copytree(folder, copy)
        for file in pathlib.Path(reference).glob("*.py"):
            shutil.copy(file, copy)
        config = json.loads((copy / "config.json").read_text())
        published = "auto_map" in config
        config.setdefault("auto_map", CODE)
        (copy / "config.json").write_text(json.dumps(config))
        model, info = transformers.AutoModel.from_pretrained(
            str(copy), trust_remote_code=True, torch_dtype=torch.float32, output_loading_info=True)
    return model.float().eval(), info, published


def row_ids(messages, pieces):
    """The ids of a conversation, and which of them are trained: those behind a token of an answer."""
    base = pieces.vocab_size()
    ids, answer = [base + GMASK, base + SOP], [False, False]
    for message in messages:
        part = [base + ROLES[message["role"]], *pieces.encode("\n"), *pieces.encode(message["content"])]
        ids += part
        answer += [message["role"] == "assistant"] * len(part)
    ids.append(pieces.eos_id())
    return ids, [False] + answer


def loss_of(model, rows, pieces):
    total = count = 0
    for line in pathlib.Path(rows).read_text(encoding="utf-8").splitlines():
        ids, trained = row_ids(json.loads(line)["conversations"], pieces)
        labels = [token if train else -100 for token, train in zip(ids, trained)]
        kept = sum(label != -100 for label in labels[1:])
        total += model(torch.tensor([ids]), labels=torch.tensor([labels])).loss.item() * kept
        count += kept
    return total / count, count


def compare_ids(model, answers, stops):
    """Greedy decoding with the reference's own cache and stop rule, for as many tokens as Stride wrote at most."""
    longest = max(len(answer["new_ids"]) for answer in answers)
    differing = 0
    margin = float("inf")
    for answer in answers:
        prompt, new = answer["prompt_ids"], answer["new_ids"]
        limit = len(new) if new[-1] in stops else longest
        written = model.generate(
            input_ids=torch.tensor([prompt]), do_sample=False, max_new_tokens=limit, eos_token_id=stops)
        written = written[0].tolist()[len(prompt):]
        differing += sum(a != b for a, b in zip(written, new)) + abs(len(written) - len(new))
        best = model(torch.tensor([prompt + new])).logits[0, len(prompt) - 1:-1].topk(2).values
        margin = min(margin, (best[:, 0] - best[:, 1]).min().item())
    return {"prompts": len(answers), "ids": sum(len(a["new_ids"]) for a in answers), "differing": differing,
            "smallest_margin": margin}


def compare_logits(model, answers, file):
    theirs = numpy.fromfile(file, dtype=">f4").astype(numpy.float32)
    start = 0
    largest = size = 0.0
    for answer in answers:
        logits = model(torch.tensor([answer["prompt_ids"] + answer["new_ids"]])).logits[0].numpy()
        part = theirs[start:start + logits.size].reshape(logits.shape)
        start += logits.size
        if not (numpy.isfinite(logits).all() and numpy.isfinite(part).all()):
            sys.exit("a logit is not finite")
        largest = max(largest, float(numpy.abs(logits - part).max()))
        size = max(size, float(numpy.abs(logits).max()))
    if start != theirs.size:
        sys.exit(f"{file} has {theirs.size} numbers, the answers need {start}")
    return {"logits": start, "largest_difference": largest, "largest_logit": size}


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("folder", "reference", "generated"):
        parser.add_argument(name)
    for name in ("--logits", "--rows", "--loss"):
        parser.add_argument(name)
    given = parser.parse_args()
    if (given.rows is None) != (given.loss is None):
        parser.error("--rows and --loss go together")
    model, info, published = load(given.folder, given.reference)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(pathlib.Path(given.folder) / "tokenizer.model"))
    stops = [pieces.eos_id(), pieces.vocab_size() + ROLES["user"], pieces.vocab_size() + ROLES["observation"]]
    answers = json.loads(pathlib.Path(given.generated).read_text(encoding="utf-8"))
    missing = sorted(set(info["missing_keys"]) - {INV_FREQ})
    result = {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "auto_map_in_folder": published,
        "missing": missing,
        "unexpected": info["unexpected_keys"],
        "mismatched": info["mismatched_keys"],
        "greedy": compare_ids(model, answers, stops),
    }
    good = not (missing or result["unexpected"] or result["mismatched"] or result["greedy"]["differing"])
    if given.logits:
        result["logits"] = compare_logits(model, answers, given.logits)
        good &= result["logits"]["largest_difference"] <= 1e-3
    if given.rows:
        loss, tokens = loss_of(model, given.rows, pieces)
        stride = json.loads(pathlib.Path(given.loss).read_text())
        result["loss"] = {"reference": loss, "stride": stride["loss"], "tokens": tokens, "stride_tokens": stride["tokens"]}
        good &= tokens == stride["tokens"] and abs(loss - stride["loss"]) <= 1e-4 * loss
    result["agree"] = bool(good)
    print(json.dumps(result, indent=2))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
