#!/usr/bin/env python3
"""What ranks cost over a network of a known speed: N network namespaces of this machine as N hosts, joined by a bridge whose
links carry so many Mbit/s each way (tc, tbf), one process of one thread in each. Prints one line of JSON for each setting:
the median time of an update, and the bytes that a host sent for each update, headers included.

    sudo bench/ranks-network.py [--ranks 1,2] [--mbit 0,1000] [--method full] [--hidden 192,512] [--updates 24] [--rounds 2] [STRIDE ...]

--mbit 0 is an unlimited link. --hidden makes random checkpoints of 4 blocks of that width (192: the bundled one's shape)
over the bundled tokenizer. STRIDE are folders of builds to compare, in turns; this one by default.
"""
import argparse, array, json, os, random, shutil, statistics, struct, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Network:
    """Namespaces on one bridge; gone when it is left."""

    made = 0

    def __init__(self, ranks, mbit):
        Network.made += 1  # the kernel takes a while to let a name go
        self.name, self.ranks, self.mbit = f"st{os.getpid() % 100000}x{Network.made}", ranks, mbit

    def __enter__(self):
        ip("link", "add", self.name, "type", "bridge")
        ip("link", "set", self.name, "up")
        for rank in range(self.ranks):
            host, inner, outer = self.host(rank), f"e{rank}", f"{self.name}v{rank}"
            ip("netns", "add", host)
            ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", host)
            ip("link", "set", outer, "master", self.name, "up")
            ip("-n", host, "address", "add", f"10.203.78.{rank + 1}/24", "dev", inner)
            ip("-n", host, "link", "set", inner, "up")
            ip("-n", host, "link", "set", "lo", "up")
            if self.mbit:
                limit = ["root", "tbf", "rate", f"{self.mbit}mbit", "burst", "256kb", "latency", "100ms"]
                subprocess.run(["ip", "netns", "exec", host, "tc", "qdisc", "add", "dev", inner, *limit], check=True)
                subprocess.run(["tc", "qdisc", "add", "dev", outer, *limit], check=True)
        return self

    def __exit__(self, *_):
        for rank in range(self.ranks):
            subprocess.run(["ip", "netns", "delete", self.host(rank)])
        subprocess.run(["ip", "link", "delete", self.name])

    def host(self, rank):
        return f"{self.name}-{rank}"

    def sent(self, rank):
        path = f"/sys/class/net/e{rank}/statistics/tx_bytes"
        return int(subprocess.run(["ip", "netns", "exec", self.host(rank), "cat", path],
                                  check=True, capture_output=True, text=True).stdout)


def checkpoint(folder, hidden):
    """A random checkpoint of 4 blocks over the bundled tokenizer; the folder and its number of parameters."""
    bundled = os.path.join(HERE, "samples", "model")
    config = json.load(open(os.path.join(bundled, "config.json")))
    if hidden != config["hidden_size"]:
        config.update(hidden_size=hidden, ffn_hidden_size=hidden * 8 // 3, num_attention_heads=hidden // 32)
    width, ffn, vocabulary = config["hidden_size"], config["ffn_hidden_size"], config["padded_vocab_size"]
    qkv = width + 2 * config["multi_query_group_num"] * config["kv_channels"]
    shapes = {"transformer.embedding.word_embeddings.weight": [vocabulary, width]}
    for block in range(config["num_layers"]):
        at = f"transformer.encoder.layers.{block}."
        shapes |= {at + "input_layernorm.weight": [width], at + "self_attention.query_key_value.weight": [qkv, width],
                   at + "self_attention.query_key_value.bias": [qkv], at + "self_attention.dense.weight": [width, width],
                   at + "post_attention_layernorm.weight": [width], at + "mlp.dense_h_to_4h.weight": [2 * ffn, width],
                   at + "mlp.dense_4h_to_h.weight": [width, ffn]}
    shapes |= {"transformer.encoder.final_layernorm.weight": [width], "transformer.output_layer.weight": [vocabulary, width]}
    to = os.path.join(folder, f"model-{hidden}")
    shutil.copytree(bundled, to)
    json.dump(dict(config, torch_dtype="float32"), open(os.path.join(to, "config.json"), "w"))
    source = random.Random(1)
    noise = array.array("f", (source.gauss(0, 0.02) for _ in range(1 << 18)))
    header, start, total = {}, 0, 0
    for name, shape in shapes.items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, start + 4 * count]}
        start, total = start + 4 * count, total + count
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    with open(os.path.join(to, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for name, shape in shapes.items():
            count = shape[0] * (shape[1] if len(shape) > 1 else 1)
            if name.endswith("layernorm.weight"):
                file.write(array.array("f", [1.0] * count).tobytes())
                continue
            while count:
                some = min(count, len(noise))
                file.write(noise[:some].tobytes())
                count -= some
    return to, total


def run(stride, network, model, method, updates, work):
    out = os.path.join(work, "run")
    shutil.rmtree(out, ignore_errors=True)
    samples = os.path.join(HERE, "samples", "dialogue", "train.jsonl")
    words = ["train", "--model", model, "--data", samples, "--task", "dialogue", "--batch", "32", "--micro-batch", "8",
             "--steps", str(updates), "--save-every", "100000", "--lr", "1e-4", "--warmup", "2", "--threads", "1",
             "--method", method, "--out", out] + (["--lora-dropout", "0"] if method == "lora" else [])
    ranks = []
    for rank in range(network.ranks):
        world = {"RANK": str(rank), "WORLD_SIZE": str(network.ranks), "LOCAL_RANK": "0", "MASTER_ADDR": "10.203.78.1",
                 "MASTER_PORT": "29500"} if network.ranks > 1 else {}
        log = open(os.path.join(work, f"log-{rank}"), "w")
        ranks.append(subprocess.Popen(
            ["ip", "netns", "exec", network.host(rank), os.path.join(stride, "stride"), *words],
            env=dict(os.environ, STRIDE_TERMINAL="0", **world), stdout=log, stderr=log))
    steps, marks = [], {}
    path = os.path.join(out, "events.jsonl")
    while any(rank.poll() is None for rank in ranks):
        time.sleep(0.02)
        if os.path.exists(path):
            made = sum(1 for line in open(path) if line.startswith('{"type":"step"'))
            if made not in marks:
                marks[made] = network.sent(network.ranks - 1)
    if any(rank.returncode for rank in ranks):
        sys.exit("".join(open(os.path.join(work, f"log-{rank}")).read() for rank in range(network.ranks)))
    for line in open(path):
        event = json.loads(line)
        if event["type"] == "step" and event["step"] > 4:
            steps.append(event["seconds"])
    # between two early and late updates; the last ones hold the saving too
    late, early = max(at for at in marks if at < updates), min(at for at in marks if at >= 4)
    return steps, (marks[late] - marks[early]) / max(1, late - early)


def numbers(text):
    return [int(word) for word in text.split(",")]


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("--ranks", type=numbers, default=[1, 2])
    options.add_argument("--mbit", type=numbers, default=[0, 1000])
    options.add_argument("--hidden", type=numbers, default=[192])
    options.add_argument("--method", default="full", choices=["full", "lora"])
    options.add_argument("--updates", type=int, default=24)
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("stride", nargs="*", default=[HERE])
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as work:
        for hidden in asked.hidden:
            model, parameters = checkpoint(work, hidden)
            for ranks in asked.ranks:
                for mbit in asked.mbit if ranks > 1 else [0]:
                    seconds = {build: [] for build in asked.stride}
                    sent = {}
                    for _ in range(asked.rounds):
                        for build in asked.stride:
                            with Network(ranks, mbit) as network:
                                steps, sent[build] = run(build, network, model, asked.method, asked.updates, work)
                                seconds[build] += steps
                    for build in asked.stride:
                        print(json.dumps({
                            "parameters": parameters, "method": asked.method, "ranks": ranks, "mbit": mbit,
                            "ms": round(1000 * statistics.median(seconds[build])), "updates": len(seconds[build]),
                            "sent_bytes": round(sent[build]), "build": os.path.basename(os.path.abspath(build))}),
                            flush=True)


main()
