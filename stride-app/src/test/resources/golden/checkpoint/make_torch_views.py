#!/usr/bin/env python3
"""Writes the files beside it with torch itself (1.13.1) and with the safetensors library (0.8.0): one state_dict whose
tensors are views of every awkward kind, as .bin in today's and in the old format, and the same values as safetensors.
usage: make_torch_views.py DIR"""
import collections, os, sys, torch
from safetensors.torch import save_file

out = sys.argv[1]
base = torch.arange(48, dtype=torch.float32).reshape(6, 8)
state = collections.OrderedDict()
state["contiguous"] = base
state["transposed"] = base.t()
state["permuted"] = torch.arange(60, dtype=torch.float16).reshape(3, 4, 5).permute(2, 0, 1)
state["every_second"] = base[1:5, ::2]
state["row"] = base[3]
state["column"] = base[:, 3]
state["single"] = torch.tensor(3.5, dtype=torch.float64)
state["empty"] = torch.zeros(0, 4)
state["one_wide"] = torch.arange(5, dtype=torch.float32)[:, None]
state["bfloat16"] = torch.tensor([1.0, -2.5, 3e38, float("nan")], dtype=torch.bfloat16)
state["int64"] = torch.tensor([-1, 2 ** 40], dtype=torch.int64)
state["int32"] = torch.tensor([[-7], [70000]], dtype=torch.int32)
state["uint8"] = torch.tensor([0, 255, 128], dtype=torch.uint8)
state["bool"] = torch.tensor([True, False, True])
state["parameter"] = torch.nn.Parameter(torch.linspace(-1, 1, 7))
state["中文"] = torch.tensor([5.0])
state._metadata = collections.OrderedDict([("", {"version": 1}), ("encoder", {"version": 2})])
torch.save(state, os.path.join(out, "torch_views.bin"))
torch.save(state, os.path.join(out, "torch_old_format.bin"), _use_new_zipfile_serialization=False)
torch.save({"state_dict": state, "epoch": 3, "betas": [0.9, 0.95], "name": "run"}, os.path.join(out, "torch_wrapped.bin"))
torch.save({"model": torch.nn.Linear(2, 2)}, os.path.join(out, "torch_module.bin"))
torch.save({"expanded": torch.ones(1).expand(1000)}, os.path.join(out, "torch_expanded.bin"))
save_file({k: v.detach().clone().contiguous() for k, v in state.items()}, os.path.join(out, "torch_views.safetensors"))
