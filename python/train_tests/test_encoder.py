"""The encoder: what becomes of a row, and a training from start to evaluation, stopped and gone on with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import guardset
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from conftest import same
from guardset import finetune_encoder
from guardset.classes import CLASSES
from guardset.finetune.batches import order
from guardset.finetune.device import Device
from guardset.finetune.guard import EncoderGuard
from guardset.finetune.loop import Training
from guardset.finetune.model import Said, loss
from guardset.finetune.rows import IGNORED, encode, examples, runs, sample, tag
from guardset.finetune.settings import Settings
from guardset.finetune.spans import Spans
from safetensors.torch import load_file
from transformers import PreTrainedTokenizerFast

SMALL = "--device cpu --no-plots --replicates 20 --max-tokens 64 --batch 8 --learning-rate 3e-3".split()
SCRATCH = [*SMALL, *"--from-scratch --layers 1 --width 64 --vocabulary 400".split()]


def finetune(run: Path, output: Path, *more: str, start: list[str] = SCRATCH) -> int:
    return finetune_encoder.main([str(run), "--output", str(output), *start, *more])


def weights(output: Path) -> dict[str, torch.Tensor]:
    return load_file(output / "model" / "model.safetensors") | load_file(output / "model" / "heads.safetensors")


def log(output: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (output / "log.jsonl").read_text().splitlines()]


def test_a_long_text_keeps_both_ends(tokenizer: PreTrainedTokenizerFast) -> None:
    text = "begin " + "middle " * 200 + "end"
    (long,) = encode(tokenizer, [text], Settings(max_tokens=40, head=0.25))
    assert long.cut and len(long.ids) == 40
    ids = long.ids.tolist()
    assert (ids[0], ids[-1]) == (tokenizer.cls_token_id, tokenizer.sep_token_id)
    assert text[slice(*long.places[1])] in "begin" and text[long.places[-2][0] : long.places[-2][1]] in text[-3:]
    assert tokenizer.decode(ids, skip_special_tokens=True).startswith("begin") and tokenizer.decode(ids, skip_special_tokens=True).endswith("end")
    gaps = np.flatnonzero(np.diff(long.places[1:-1, 0]) > 20)
    assert gaps.tolist() == [round(38 * 0.25) - 1], "one gap, behind the head"
    (short,) = encode(tokenizer, ["begin end"], Settings(max_tokens=40))
    assert not short.cut
    for (start, end), id in zip(short.places[1:-1].tolist(), short.ids[1:-1].tolist(), strict=True):
        assert tokenizer.decode([id]).strip() == "begin end"[start:end].strip()


def test_special_tokens_in_a_text_are_text(tokenizer: PreTrainedTokenizerFast) -> None:
    (text,) = encode(tokenizer, ["call [SEP] [CLS] done"], Settings(max_tokens=64))
    assert np.isin(text.ids, [tokenizer.sep_token_id, tokenizer.cls_token_id]).sum() == 2


def test_tags_say_what_is_known() -> None:
    places = np.array([(0, 0), (0, 3), (3, 8), (8, 12), (12, 15), (0, 0)], np.int32)
    assert tag(places, Spans(sure=[(4, 9)])).tolist() == [IGNORED, 0, 1, 1, 0, IGNORED]
    assert tag(places, Spans(sure=[(4, 5)], unsure=[(3, 12)])).tolist() == [IGNORED, 0, 1, IGNORED, 0, IGNORED]
    assert tag(places, Spans()).tolist() == [IGNORED, 0, 0, 0, 0, IGNORED]
    assert set(tag(places, None).tolist()) == {IGNORED}
    marked = np.array([False, True, True, False, True, False])
    assert runs(places, marked) == [{"start": 0, "end": 8}, {"start": 12, "end": 15}]


def test_all_three_heads_learn_and_ignored_tokens_do_not_count() -> None:
    said = Said(*(torch.zeros(shape, requires_grad=True) for shape in ((2,), (2, len(CLASSES)), (2, 3))))
    batch = {"unsafe": torch.tensor([1.0, 0.0]), "label": torch.tensor([3, 0]), "tags": torch.tensor([[IGNORED, 1, 0], [0, IGNORED, IGNORED]])}
    loss(said, batch, Settings()).backward()
    assert said.unsafe.grad.sign().tolist() == [-1, 1]
    assert (said.classes.grad < 0).nonzero().tolist() == [[0, 3], [1, 0]]
    assert said.evidence.grad.sign().tolist() == [[0, -1, 1], [1, 0, 0]]
    nothing_known = batch | {"tags": torch.full((2, 3), IGNORED)}
    assert torch.isfinite(loss(said, nothing_known, Settings()))


def test_an_epoch_has_every_row_once_in_an_order_of_its_own() -> None:
    lengths = np.random.default_rng(0).integers(10, 500, 1000).tolist()
    epoch = order(lengths, 16, seed=1, epoch=0)
    assert sorted(row for batch in epoch for row in batch) == list(range(1000))
    assert epoch == order(lengths, 16, seed=1, epoch=0) != order(lengths, 16, seed=1, epoch=1)
    padded = sum(len(batch) * max(lengths[row] for row in batch) for batch in epoch)
    assert padded < 1.1 * sum(lengths), "rows of a batch are about as long"


def test_a_sample_has_whole_pairs(toy: Path) -> None:
    table = guardset.load(toy, split="train", columns=["id", "pair_id"])
    some = sample(table, 31, seed=3)
    assert 31 <= some.num_rows <= 32
    assert set(some["id"].to_pylist()) == {row["id"] for row in table.to_pylist() if row["pair_id"] in some["pair_id"].to_pylist()}
    assert some != sample(table, 31, seed=4) and sample(table, 0, seed=3) is table
    alone = table.set_column(1, "pair_id", pa.nulls(table.num_rows, pa.string()))
    assert sample(alone, 31, seed=3).num_rows == 31


def test_rows_of_the_run_are_tagged(run_dir: Path, tokenizer: PreTrainedTokenizerFast) -> None:
    table = guardset.load(run_dir, split="validation", columns=["body", "unsafe", "label", "evidence"])
    for row, example in zip(table.to_pylist(), examples(tokenizer, table, Settings(max_tokens=100_000)), strict=True):
        for span in runs(example.text.places, example.tags == 1):
            said = row["body"][span["start"] : span["end"]]
            plain = [piece["text"] for piece in row["evidence"]]
            escaped = [json.dumps(text, ensure_ascii=False)[1:-1] for text in plain]
            assert any(said.strip() in text or text in said for text in plain + escaped + [json.dumps(text)[1:-1] for text in escaped]), said


def test_it_learns_and_is_evaluated(toy: Path, tmp_path: Path) -> None:
    assert finetune(toy, tmp_path, "--epochs", "12", "--patience", "0") == 0
    found = json.loads((tmp_path / "evaluation.json").read_text())
    assert list(found) == ["test", "test_unseen_server"]
    assert found["test"]["figures"]["auroc"]["value"] > 0.95
    assert found["test"]["figures"]["risk_resistance_18"]["value"] > 0.9
    assert max(line["evidence_f1"] for line in log(tmp_path)) > 0.8
    predictions = pq.read_table(tmp_path / "predictions.parquet").to_pylist()
    assert {row["id"] for row in predictions} == {id for split in found for id in guardset.load(toy, split=split, columns=["id"])["id"].to_pylist()}

    text = guardset.load(toy, split="test", columns=["body"])["body"].to_pylist()[1]
    (answer,) = EncoderGuard.load(tmp_path, Device.of("cpu")).predict([text])
    assert answer["label"] == "function_injection" and answer["unsafe"]
    assert any("copy" in text[span["start"] : span["end"]] for span in answer["evidence"])


def test_what_was_stopped_goes_on_as_if_it_had_not_been(
    toy: Path,
    tmp_path: Path,
    interrupt: Callable[[type, str, int], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    undisturbed, stopped = tmp_path / "undisturbed", tmp_path / "stopped"
    more = ["--epochs", "3", "--patience", "0", "--accumulate", "2", "--evaluations", "2"]
    assert finetune(toy, undisturbed, *more) == 0
    with monkeypatch.context():
        interrupt(Training, "_step", 8)
        assert finetune(toy, stopped, *more) == 130
    assert torch.load(stopped / "checkpoint.pt", weights_only=True)["progress"]["step"] == 8
    assert not (stopped / "predictions.parquet").exists()
    capsys.readouterr()
    assert finetune(toy, stopped, *more) == 0
    assert "going on at step 8 of 18" in capsys.readouterr().out
    assert same(weights(undisturbed), weights(stopped))
    assert log(undisturbed) == log(stopped)
    assert pq.read_table(undisturbed / "predictions.parquet") == pq.read_table(stopped / "predictions.parquet")


def test_it_ends_when_nothing_gets_better(toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = iter([0.2, 0.5, 0.4, 0.5, 0.9])
    monkeypatch.setattr(finetune_encoder, "validate", lambda *_: {"macro_f1": next(figures)})
    assert finetune(toy, tmp_path, "--epochs", "5", "--patience", "2") == 0
    assert [line["macro_f1"] for line in log(tmp_path)] == [0.2, 0.5, 0.4, 0.5]


def test_the_best_weights_are_kept(toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = iter([0.5, 0.4, 0.3])
    monkeypatch.setattr(finetune_encoder, "validate", lambda *_: {"macro_f1": next(figures)})
    assert finetune(toy, tmp_path / "three", "--epochs", "3") == 0
    last = torch.load(tmp_path / "three" / "checkpoint.pt", weights_only=True)["model"]
    kept = weights(tmp_path / "three")
    assert any(not torch.equal(last[f"encoder.{name}"], kept[name]) for name in kept if f"encoder.{name}" in last)


def test_an_encoder_given_by_its_folder(toy: Path, bert: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = [*SMALL, "--model", str(bert)]
    assert finetune(toy, tmp_path / "guard", "--epochs", "1", start=start) == 0
    held = load_file(bert / "model.safetensors")
    assert weights(tmp_path / "guard")["embeddings.position_embeddings.weight"].shape == held["embeddings.position_embeddings.weight"].shape
    assert finetune(toy, tmp_path / "guard", "--epochs", "2", start=start) == 2
    assert "epochs (1 there, 2 now)" in capsys.readouterr().err
    assert finetune(toy, tmp_path / "other", "--max-tokens", "129", start=start) == 2
    assert "reads at most 128 tokens" in capsys.readouterr().err
    assert finetune(toy, tmp_path / "wrong", "--epochs", "0", "--head", "2") == 2
    assert "epochs must be at least 1; head must lie in [0, 1]" in capsys.readouterr().err


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_on_a_gpu(toy: Path, tmp_path: Path, precision: str) -> None:
    start = [word if word != "cpu" else "cuda" for word in SCRATCH]
    assert finetune(toy, tmp_path, "--epochs", "12", "--patience", "0", "--precision", precision, start=start) == 0
    assert json.loads((tmp_path / "evaluation.json").read_text())["test"]["figures"]["auroc"]["value"] > 0.95
