"""Language models: what TRL makes of a view, and a training from start to evaluation, stopped and gone on with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import guardset
import pytest
from conftest import made, same
from guardset import finetune_llm
from guardset.finetune.chats import chats, divided, fitting, tokens
from guardset.finetune.command import settings_of
from guardset.finetune.device import Device
from guardset.finetune.generate import read_answers
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast
from trl import SFTTrainer

SMALL = "--device cpu --no-plots --replicates 20 --batch 8 --accumulate 1 --rank 4 --max-length 512 --new-tokens 40 --dropout 0.1".split()


def finetune(run: Path, output: Path, model: Path, *more: str) -> int:
    return finetune_llm.main([str(run), "--output", str(output), "--model", str(model), *SMALL, *more])


@pytest.fixture(scope="module")
def writer(llama: Path) -> PreTrainedTokenizerFast:
    return AutoTokenizer.from_pretrained(llama)


def test_trl_learns_the_answer_of_a_view_and_nothing_else(view_run: Path, llama: Path, writer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    options = ["--output", str(tmp_path), "--model", str(llama), "--device", "cpu", "--batch", "2", "--accumulate", "1", "--epochs", "2"]
    arguments = finetune_llm._parser().parse_args([str(view_run), *options])
    settings, device = settings_of(arguments, finetune_llm.Settings), Device.of("cpu")
    data = fitting(chats(view_run, "chat", "train", 40, seed=0), writer, settings.max_length)
    data = data.select(sorted(range(len(data)), key=lambda at: len(data[at]["prompt"][-1]["content"]))[:2])
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(llama),
        args=finetune_llm._config(arguments, settings, device),
        train_dataset=data,
        eval_dataset=data,
        processing_class=writer,
    )
    batch = trainer.data_collator([trainer.train_dataset[at] for at in range(2)])
    for row, ids, labels in zip(data, batch["input_ids"], batch["labels"], strict=True):
        learnt = writer.decode(ids[labels != -100])
        assert learnt == row["completion"][0]["content"] + "<|im_end|>\n"
        assert row["prompt"][-1]["content"] in writer.decode(ids[labels == -100])
    before = {name: weight.detach().clone() for name, weight in trainer.model.named_parameters()}
    trainer.train()
    assert trainer.state.global_step == 2
    assert any((weight != before[name]).any() for name, weight in trainer.model.named_parameters())


def test_rows_that_would_lose_their_answer_are_left_out(toy: Path, writer: PreTrainedTokenizerFast) -> None:
    data = chats(toy, "chat", "train", 0, seed=0)
    lengths = [len(tokens(writer, row["prompt"] + row["completion"], ask=False)) for row in data]
    assert min(lengths) < max(lengths)
    assert len(fitting(data, writer, max(lengths) - 1)) == sum(length < max(lengths) for length in lengths)
    with pytest.raises(ValueError, match="no row has 5 tokens"):
        fitting(data, writer, 5)
    with pytest.raises(ValueError, match="must end with the assistant's answer"):
        divided([{"role": "assistant", "content": "safe"}, {"role": "user", "content": "why?"}])


def test_it_learns_the_form_and_is_evaluated(toy: Path, llama: Path, tmp_path: Path) -> None:
    assert finetune(toy, tmp_path, llama, "--epochs", "15", "--batch", "4", "--learning-rate", "1e-2", "--rank", "32") == 0
    answers = list(read_answers(tmp_path / "answers.jsonl"))
    assert len(answers) == 36 and {answer["id"] for answer in answers} == {
        id for split in ("test", "test_unseen_server") for id in guardset.load(toy, split=split, columns=["id"])["id"].to_pylist()
    }
    found = json.loads((tmp_path / "evaluation.json").read_text())
    assert list(found) == ["test", "test_unseen_server"]
    assert found["test"]["unparsed"]["share"] < 0.5, answers[:3]


def test_what_was_stopped_goes_on_as_if_it_had_not_been(
    toy: Path,
    llama: Path,
    tmp_path: Path,
    interrupt: Callable[[type, str, int], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    undisturbed, stopped = tmp_path / "undisturbed", tmp_path / "stopped"
    assert finetune(toy, undisturbed, llama, "--epochs", "2") == 0
    with monkeypatch.context():
        interrupt(SFTTrainer, "training_step", 5)
        assert finetune(toy, stopped, llama, "--epochs", "2") == 130
    assert [folder.name for folder in (stopped / "checkpoints").glob("checkpoint-*")] == ["checkpoint-5"]
    assert not (stopped / "adapter").exists()
    assert finetune(toy, stopped, llama, "--epochs", "2") == 0
    assert "going on from checkpoint-5" in capsys.readouterr().out
    name = "adapter/adapter_model.safetensors"
    assert same(load_file(undisturbed / name), load_file(stopped / name))
    assert list(read_answers(undisturbed / "answers.jsonl")) == list(read_answers(stopped / "answers.jsonl"))


def test_answers_go_on_from_those_that_are_there(toy: Path, llama: Path, tmp_path: Path) -> None:
    more = ["--epochs", "1", "--max-length", "260"]
    assert finetune(toy, tmp_path, llama, *more) == 0
    path = tmp_path / "answers.jsonl"
    whole = path.read_text().splitlines(keepends=True)
    kept = json.loads(whole[0]) | {"text": json.dumps({"unsafe": True, "class": made("test", 1)["label"]})}
    path.write_text(json.dumps(kept) + "\n" + whole[1] + whole[2][:20])
    assert finetune(toy, tmp_path, llama, *more) == 0
    again = list(read_answers(path))
    assert again[0] == kept and {answer["id"] for answer in again} == {json.loads(line)["id"] for line in whole} and len(again) == len(whole)
    unparsed = sum(one["unparsed"]["rows"] for one in json.loads((tmp_path / "evaluation.json").read_text()).values())
    assert unparsed < len(whole)


def test_a_prompt_without_room_is_not_answered(
    toy: Path, llama: Path, tmp_path: Path, writer: PreTrainedTokenizerFast, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [row for split in ("test", "test_unseen_server") for row in chats(toy, "chat", split, 0, 0)]
    prompts = [len(tokens(writer, row["prompt"], ask=True)) for row in rows]
    longest = sorted(prompts)[len(prompts) // 2] + 40
    assert finetune(toy, tmp_path, llama, "--epochs", "1", "--max-length", str(longest)) == 0
    expected = sum(prompt + 40 > longest for prompt in prompts)
    assert 0 < expected < len(prompts)
    assert sum(answer["too_long"] for answer in read_answers(tmp_path / "answers.jsonl")) == expected
    assert f"{expected} of {len(prompts)} prompts were too long" in capsys.readouterr().out


def test_a_model_without_a_chat_template_is_refused(toy: Path, bert: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert finetune(toy, tmp_path, bert) == 2
    assert "has no chat template" in capsys.readouterr().err
