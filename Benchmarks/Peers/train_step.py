"""Times PyTorch on the training step that `cpt-bench training` times; prints one line of JSON.

The model is the decoder of LLaMA 2 with an output table of its own: RMS norm before each part, rotary
positions, SwiGLU, no biases. Products that share an input are one here, as is usual in PyTorch.
"""

import argparse
import json
import math
import statistics
import time

from process_facts import OthersShare, peak_memory, raise_priority

# Before the import: threads inherit the priority of the one that makes them.
raise_priority()

import torch
from torch import nn
from torch.nn import functional


class Layer(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.heads = shape["heads"]
        width, inner = shape["width"], shape["feedForward"]
        self.attention_norm = nn.RMSNorm(width, eps=1e-5)
        self.queries_keys_values = nn.Linear(width, 3 * width, bias=False)
        self.attended = nn.Linear(width, width, bias=False)
        self.feed_forward_norm = nn.RMSNorm(width, eps=1e-5)
        self.gate_and_up = nn.Linear(width, 2 * inner, bias=False)
        self.down = nn.Linear(inner, width, bias=False)

    def forward(self, stream, cosines, sines):
        batch, context, width = stream.shape
        joint = self.queries_keys_values(self.attention_norm(stream))
        joint = joint.view(batch, context, 3, self.heads, width // self.heads)
        queries, keys, values = joint.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(
            turned(queries, cosines, sines), turned(keys, cosines, sines), values, is_causal=True
        )
        stream = stream + self.attended(mixed.transpose(1, 2).reshape(batch, context, width))
        gate, up = self.gate_and_up(self.feed_forward_norm(stream)).chunk(2, dim=-1)
        return stream + self.down(functional.silu(gate) * up)


class Model(nn.Module):
    def __init__(self, shape):
        super().__init__()
        width, vocabulary = shape["width"], shape["vocabulary"]
        self.embedding = nn.Embedding(vocabulary, width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape["layers"]))
        self.norm = nn.RMSNorm(width, eps=1e-5)
        self.head = nn.Linear(width, vocabulary, bias=False)
        head_width = width // shape["heads"]
        frequencies = 10000.0 ** (-torch.arange(0, head_width, 2).float() / head_width)
        angles = torch.outer(torch.arange(shape["context"]).float(), frequencies)
        self.register_buffer("cosines", angles.cos())
        self.register_buffer("sines", angles.sin())
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                enters_stream = name.endswith(("attended.weight", "down.weight"))
                scale = math.sqrt(2 * shape["layers"]) if enters_stream else 1
                nn.init.normal_(weight, 0, 0.02 / scale)

    def forward(self, tokens, targets):
        stream = self.embedding(tokens)
        for layer in self.layers:
            stream = layer(stream, self.cosines, self.sines)
        logits = self.head(self.norm(stream))
        return functional.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))


def turned(x, cosines, sines):
    """Rotary positions on [batch, heads, context, head width], pairs half a head apart."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cosines - second * sines, second * cosines + first * sines), dim=-1)


def parsed_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shape", type=json.loads, help="the model as cpt-bench prints it")
    parser.add_argument("--compile", action="store_true", help="use torch.compile")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--repetitions", type=int, required=True)
    return parser.parse_args()


def main():
    arguments = parsed_arguments()
    shape = arguments.shape
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    model = Model(shape)
    parameters = list(model.parameters())
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": 0.1},
            {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
        ],
        lr=1e-3,
        betas=(0.9, 0.95),
        fused=True,
    )
    loss_of = torch.compile(model, dynamic=False) if arguments.compile else model
    size = shape["sequences"] * shape["context"]
    tokens = torch.randint(0, shape["vocabulary"], (64 * size + 1,))

    def update(step):
        start = step % 64 * size
        run = tokens[start : start + size + 1]
        batch = (shape["sequences"], shape["context"])
        loss = loss_of(run[:-1].view(batch), run[1:].view(batch))
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.item()

    def timed(step):
        began = time.perf_counter()
        loss = update(step)
        if not math.isfinite(loss):
            raise SystemExit(f"step {step + 1} gave the loss {loss}")
        return time.perf_counter() - began

    first = timed(0)
    timed(1)
    seconds = []
    others = OthersShare()
    began = time.perf_counter()
    while (
        len(seconds) < arguments.repetitions or time.perf_counter() - began < arguments.seconds
    ):
        seconds.append(timed(2 + len(seconds)))
    result = {
        "tokensPerSecond": {
            "median": size / statistics.median(seconds),
            "best": size / min(seconds),
        },
        "steps": len(seconds),
        "firstStep": first,
        "peakMemory": peak_memory(),
        "othersShare": others.so_far(),
        "version": torch.__version__,
    }
    print(json.dumps(result), flush=True)


main()
