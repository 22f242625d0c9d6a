"""Makes a tiny Llama with random weights, as a GGUF file: enough for a real server to load, and nothing to download.

What it writes is soup, but soup with a shape: words and spaces are likely, strange bytes are not, and the ends of strings and
of replies come often enough that some replies are whole and others are cut off. The same file comes out every time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import gguf
import numpy as np

EMBEDDING = 64
HEADS = 2
FEED_FORWARD = 128
LAYERS = 2
CONTEXT = 8192

WORDS = """the a and of to in for on with please find show send read open check list write me my this that it is are all new
last first file files message messages report invoice customer order team today tomorrow week account meeting notes page data
summary email address number name date time status list change update every before after about from when which what who""".split()

# ChatML, as many models have it.
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

UNKNOWN, BEGIN, END, TURN, TURN_END = range(5)


def vocabulary() -> tuple[list[str], list[int], list[float]]:
    """Tokens, their types, and how likely each is, as a logit."""
    kind = gguf.TokenType
    rows: list[tuple[str, int, float]] = [
        ("<unk>", kind.UNKNOWN, -20.0),
        ("<s>", kind.CONTROL, -20.0),
        ("</s>", kind.CONTROL, -20.0),
        ("<|im_start|>", kind.CONTROL, -20.0),
        ("<|im_end|>", kind.CONTROL, 1.0),
    ]
    rows += [(f"<0x{byte:02X}>", kind.BYTE, 0.0 if chr(byte) in ".,:?-" else -4.0) for byte in range(256)]
    # Bytes stand in for all that has no token of its own, so a quotation mark needs none; this one is only more likely.
    rows += [('"', kind.NORMAL, 1.5), ("\u2581", kind.NORMAL, 1.0), ("\n", kind.NORMAL, -2.0)]
    rows += [(f"\u2581{word}", kind.NORMAL, 1.0) for word in dict.fromkeys(WORDS)]
    tokens, types, logits = map(list, zip(*rows))
    return tokens, types, logits


def write(path: Path, seed: int = 1) -> None:
    """Writes the model."""
    tokens, types, logits = vocabulary()
    random = np.random.default_rng(seed)

    def weights(*shape: int) -> np.ndarray:
        return (random.standard_normal(shape) * 0.5 / np.sqrt(shape[-1])).astype(np.float32)

    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(EMBEDDING)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(EMBEDDING // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)

    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    # Longer pieces win when text is cut up.
    writer.add_token_scores([float(len(token)) if kind == gguf.TokenType.NORMAL else 0.0 for token, kind in zip(tokens, types)])
    writer.add_token_types(types)
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(END)
    writer.add_eot_token_id(TURN_END)
    writer.add_unk_token_id(UNKNOWN)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)

    # The first number of every state is large and the same, so the first column of the output is a bias: the logits above.
    constant = 4.0
    embedding = weights(len(tokens), EMBEDDING) * 4
    embedding[:, 0] = constant
    writer.add_tensor("token_embd.weight", embedding)
    output = weights(len(tokens), EMBEDDING) * 3
    # What the last normalisation leaves of the constant, near enough.
    output[:, 0] = np.array(logits, dtype=np.float32) / 4
    writer.add_tensor("output_norm.weight", np.ones(EMBEDDING, dtype=np.float32))
    writer.add_tensor("output.weight", output)
    for layer in range(LAYERS):
        name = f"blk.{layer}"
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"{name}.{norm}.weight", np.ones(EMBEDDING, dtype=np.float32))
        shapes = {
            **dict.fromkeys(("attn_q", "attn_k", "attn_v", "attn_output"), (EMBEDDING, EMBEDDING)),
            **dict.fromkeys(("ffn_gate", "ffn_up"), (FEED_FORWARD, EMBEDDING)),
            "ffn_down": (EMBEDDING, FEED_FORWARD),
        }
        for tensor, shape in shapes.items():
            matrix = weights(*shape)
            if tensor in ("attn_output", "ffn_down"):
                matrix[0] = 0
            writer.add_tensor(f"{name}.{tensor}.weight", matrix)

    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tiny_model.py FILE.gguf")
    write(Path(sys.argv[1]))
