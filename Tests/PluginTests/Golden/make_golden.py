"""Computes what the llama, gpt2, adamw and sgd plugins are held to, with PyTorch, in float64.

Run it in this folder; it writes one JSON file for each of the cases at its end:

    python make_golden.py

The files that stand here name the version of PyTorch and the date they were made with; the numbers
do not depend on either beyond their last digits. GoldenTests.swift reads them.

The models are made of PyTorch's own modules and functions; only the rotary embedding, which it has
none of, is written out, as a product of complex numbers. Parameters bear our plugins' names and are
filled by `fill`, which the tests repeat. Every option is a float32 number, so that both sides
compute with the same.
"""

import datetime
import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

SHOWN_ENTRIES = 3


def scrambled(name, index):
    """32 bits of a name and an index: FNV-1a of the name, then MurmurHash3's finalizer."""
    h = 0x811C9DC5
    for byte in name.encode():
        h = (h ^ byte) * 0x01000193 & 0xFFFFFFFF
    h = (h + index * 0x9E3779B9) & 0xFFFFFFFF
    h = (h ^ h >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return h ^ h >> 16


def fill(name, parameter):
    """Multiples of 1/1024 in [-1/2, 1/2); norm weights around 1."""
    center = 1 if name.endswith("norm.weight") else 0
    values = [center + ((scrambled(name, i) >> 22) - 512) / 1024 for i in range(parameter.numel())]
    with torch.no_grad():
        parameter.copy_(torch.tensor(values, dtype=torch.float64).view(parameter.shape))


def turned(x, base):
    """Rotary positions of [B, H, T, K]: feature i and feature i + K/2 are one complex number."""
    positions, half = x.shape[2], x.shape[3] // 2
    frequencies = base ** (-torch.arange(half, dtype=torch.float64) / half)
    angles = torch.arange(positions, dtype=torch.float64)[:, None] * frequencies
    numbers = torch.complex(x[..., :half], x[..., half:])
    numbers = numbers * torch.polar(torch.ones_like(angles), angles)
    return torch.cat([numbers.real, numbers.imag], dim=-1)


class Attention(nn.Module):
    def __init__(self, width, heads, key_value_heads, has_bias, rotary_base):
        super().__init__()
        self.head_width, self.rotary_base = width // heads, rotary_base
        groups = key_value_heads * self.head_width
        self.query = nn.Linear(width, width, bias=has_bias)
        self.key = nn.Linear(width, groups, bias=has_bias)
        self.value = nn.Linear(width, groups, bias=has_bias)
        self.output = nn.Linear(width, width, bias=has_bias)

    def forward(self, x):
        query, key, value = (
            part(x).unflatten(-1, (-1, self.head_width)).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        if self.rotary_base is not None:
            query, key = turned(query, self.rotary_base), turned(key, self.rotary_base)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
        return self.output(mixed.transpose(1, 2).flatten(-2))


class GatedFeedForward(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.gate = nn.Linear(width, inner, bias=False)
        self.up = nn.Linear(width, inner, bias=False)
        self.down = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))


class FeedForward(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)
        self.gelu = nn.GELU(approximate="tanh")

    def forward(self, x):
        return self.down(self.gelu(self.up(x)))


class Layer(nn.Module):
    def __init__(self, norm, attention, feed_forward):
        super().__init__()
        self.attention_norm, self.attention = norm(), attention
        self.feed_forward_norm, self.feed_forward = norm(), feed_forward

    def forward(self, x):
        x = x + self.attention(self.attention_norm(x))
        return x + self.feed_forward(self.feed_forward_norm(x))


class Decoder(nn.Module):
    def __init__(self, kind, options, vocabulary, context):
        super().__init__()
        width, heads = options["width"], options["heads"]
        inner = options.get("feed_forward", 4 * width)
        is_llama = kind == "llama"

        def norm():
            kind_of_norm = nn.RMSNorm if is_llama else nn.LayerNorm
            return kind_of_norm(width, eps=options["epsilon"])

        def layer():
            key_value_heads = options.get("key_value_heads", heads)
            attention = Attention(
                width, heads, key_value_heads, not is_llama, options.get("rotary_base"))
            feed_forward = GatedFeedForward if is_llama else FeedForward
            return Layer(norm, attention, feed_forward(width, inner))

        self.embedding = nn.Embedding(vocabulary, width)
        self.position = None if is_llama else nn.Embedding(context, width)
        self.layers = nn.ModuleList([layer() for _ in range(options["layers"])])
        self.norm = norm()
        is_tied = options.get("tied", True)
        self.head = None if is_tied else nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens, targets):
        """The loss at each position, nats; 0 where the target is -1."""
        x = self.embedding(tokens)
        if self.position is not None:
            x = x + self.position(torch.arange(tokens.shape[1]))
        for layer in self.layers:
            x = layer(x)
        table = self.embedding.weight if self.head is None else self.head.weight
        logits = F.linear(self.norm(x), table)
        return F.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), ignore_index=-1, reduction="none")


def optimizer_of(kind, options, parameters):
    """Matrices decay, vectors do not."""
    decay = options["weight_decay"]
    groups = [
        {"params": [p for p in parameters if p.dim() == 2], "weight_decay": decay},
        {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0},
    ]
    if kind == "adamw":
        betas = (options["beta1"], options["beta2"])
        return torch.optim.AdamW(groups, betas=betas, eps=options["epsilon"])
    return torch.optim.SGD(
        groups, momentum=options["momentum"], nesterov=options["nesterov"])


def clip(parameters, limit):
    """Scales to a global norm of at most `limit`: Pascanu et al., arXiv 1211.5063, algorithm 1.

    `clip_grad_norm_` would add 1e-6 to the norm first; the algorithm does not.
    """
    norm = nn.utils.get_total_norm([p.grad for p in parameters])
    if norm > limit:
        for p in parameters:
            p.grad.mul_(limit / norm)
    return norm.item()


def summary(name, tensor):
    """The norm of a tensor, and a few of its entries by their place in row-major order."""
    flat = tensor.flatten()
    places = sorted({scrambled(f"{name}/shown", i) % len(flat) for i in range(SHOWN_ENTRIES)})
    return {"norm": flat.norm().item(), "entries": {str(i): flat[i].item() for i in places}}


def golden(case):
    vocabulary, positions = case["extents"]["vocabulary"], case["positions"]
    places = range(case["sequences"] * positions)
    tokens = [scrambled("tokens", i) % vocabulary for i in places]
    targets = [-1 if i % 5 == 3 else scrambled("targets", i) % vocabulary for i in places]
    tokens_tensor = torch.tensor(tokens).view(-1, positions)
    targets_tensor = torch.tensor(targets).view(-1, positions)

    model = Decoder(
        case["model"]["plugin"], case["model"]["options"], vocabulary, case["extents"]["context"])
    model.double()
    named = dict(model.named_parameters())
    for name, parameter in named.items():
        fill(name, parameter)
    parameters = list(named.values())
    optimizer = optimizer_of(
        case["optimizer"]["plugin"], case["optimizer"]["options"], parameters)

    scored = sum(target >= 0 for target in targets)
    steps, gradients, token_losses = [], None, None
    for rate in case["schedule"]["learning_rates"]:
        optimizer.zero_grad()
        losses = model(tokens_tensor, targets_tensor)
        loss = losses.sum() / scored
        loss.backward()
        if gradients is None:
            token_losses = losses.tolist()
            gradients = {name: summary(name, p.grad) for name, p in named.items()}
        norm = clip(parameters, case["schedule"]["clip"])
        steps.append({"loss": loss.item(), "gradient_norm": norm})
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()

    return {
        "made_by": "Tests/PluginTests/Golden/make_golden.py",
        "torch": torch.__version__,
        "date": datetime.date.today().isoformat(),
        **case,
        "tokens": tokens,
        "targets": targets,
        "token_losses": token_losses,
        "gradients": gradients,
        "steps": steps,
        "trained": {name: summary(name, p.detach()) for name, p in named.items()},
    }


def chosen(plugin, **options):
    return {"plugin": plugin, "options": options}


EPSILON = 2.0**-17
ADAMW = chosen("adamw", beta1=0.875, beta2=0.96875, epsilon=2.0**-10, weight_decay=0.125)
EXTENTS = {"vocabulary": 13, "context": 8}


def schedule(clip):
    return {"clip": clip, "learning_rates": [2.0**-8, 2.0**-7, 2.0**-6, 2.0**-6, 2.0**-7]}


CASES = {
    "llama_grouped_tied_adamw": {
        "model": chosen(
            "llama", width=16, layers=2, heads=4, key_value_heads=2, tied=True,
            rotary_base=10000.0, epsilon=EPSILON),
        "optimizer": ADAMW, "schedule": schedule(4.0),
        "extents": EXTENTS, "sequences": 2, "positions": 6,
    },
    "llama_one_group_untied_sgd_nesterov": {
        "model": chosen(
            "llama", width=32, layers=1, heads=2, key_value_heads=1, feed_forward=24, tied=False,
            rotary_base=512.0, epsilon=EPSILON),
        "optimizer": chosen("sgd", momentum=0.75, nesterov=True, weight_decay=0.0625),
        "schedule": schedule(5.5),
        "extents": EXTENTS, "sequences": 3, "positions": 8,
    },
    "gpt2_adamw": {
        "model": chosen("gpt2", width=16, layers=2, heads=4, epsilon=EPSILON),
        "optimizer": ADAMW, "schedule": schedule(3.0),
        "extents": EXTENTS, "sequences": 2, "positions": 6,
    },
    "gpt2_one_head_sgd": {
        "model": chosen("gpt2", width=4, layers=1, heads=1, feed_forward=10, epsilon=EPSILON),
        "optimizer": chosen("sgd", momentum=0.5, nesterov=False, weight_decay=0.0),
        "schedule": schedule(1.5),
        "extents": EXTENTS, "sequences": 1, "positions": 8,
    },
}


def text(value, depth):
    """JSON with a line for each entry of the upper levels, to keep it readable and small."""
    if depth == 0 or not isinstance(value, dict):
        return json.dumps(value, allow_nan=False)
    entries = (f"{json.dumps(key)}: {text(entry, depth - 1)}" for key, entry in value.items())
    return "{\n" + ",\n".join(entries) + "\n}"


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parent
    for name, case in CASES.items():
        (folder / f"{name}.json").write_text(text(golden(case), 2) + "\n")
