"""Settings of a training run: one flat file, overrides, and errors that name the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from hypothesis import given
from hypothesis import strategies as st

from trainer.resources import resource_path
from trainer.training.settings import SettingsError, check_settings, parse_overrides, read_settings

NEEDED = {"data": "data/dataset.yaml", "output_dir": "outputs/run"}


def write(path: Path, **values: Any) -> Path:
    path.write_text(yaml.safe_dump({**NEEDED, **values}), encoding="utf-8")
    return path


class TestValues:
    def test_a_file_with_data_and_output_alone_is_enough(self, tmp_path: Path) -> None:
        run, arguments = read_settings(write(tmp_path / "run.yaml"))
        assert (run.data, run.output_dir, run.encoder) == ("data/dataset.yaml", "outputs/run", "bundled")
        assert (run.window, run.random_weights, run.precision) == (256, False, "auto")
        assert arguments.output_dir == str(Path("outputs/run/checkpoints"))
        assert run.model_folder == Path("outputs/run/model")

    def test_a_key_is_marsads_own_or_one_of_training_arguments(self, tmp_path: Path) -> None:
        path = write(tmp_path / "run.yaml", window=64, head_learning_rate=0.01, num_train_epochs=3, seed=9)
        run, arguments = read_settings(path)
        assert (run.window, run.head_learning_rate) == (64, 0.01)
        assert (arguments.num_train_epochs, arguments.seed) == (3, 9)

    @pytest.mark.parametrize(("spelled", "value"), [("2e-4", 2e-4), ("2.0e-4", 2e-4), ("1E-3", 1e-3), ("1", 1.0)])
    def test_a_number_that_yaml_reads_as_text_is_a_number(self, tmp_path: Path, spelled: str, value: float) -> None:
        path = tmp_path / "run.yaml"
        path.write_text(f"data: d.yaml\noutput_dir: o\nlearning_rate: {spelled}\n", encoding="utf-8")
        assert read_settings(path)[1].learning_rate == value

    @pytest.mark.parametrize(("spelled", "value"), [("true", True), ("no", False), ("1", True), ("False", False)])
    def test_text_of_the_command_line_becomes_a_truth_value(self, spelled: str, value: bool) -> None:
        assert check_settings({**NEEDED, "random_weights": spelled}, "test")[0].random_weights is value

    def test_runs_evaluate_every_epoch_keep_the_best_and_report_nowhere(self) -> None:
        _, arguments = check_settings(NEEDED, "test")
        assert arguments.eval_strategy == "epoch"
        assert arguments.load_best_model_at_end
        assert (arguments.metric_for_best_model, arguments.greater_is_better) == ("eval_score", True)
        assert arguments.report_to == []

    @pytest.mark.parametrize(("precision", "expected"), [("fp32", False), ("bf16", True)])
    def test_precision_decides_about_bfloat16(self, precision: str, expected: bool) -> None:
        assert check_settings({**NEEDED, "precision": precision}, "test")[1].bf16 is expected

    @pytest.mark.parametrize("native", [True, False])
    def test_automatic_precision_asks_the_processor(self, native: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: native)
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
        assert check_settings(NEEDED, "test")[1].bf16 is native


class TestErrors:
    @pytest.mark.parametrize(
        ("wrong", "nearest"),
        [
            ("learning_rte", "learning_rate"),
            ("num_train_epoch", "num_train_epochs"),
            ("head_learning_rates", "head_learning_rate"),
            ("windows", "window"),
            ("encodr", "encoder"),
            ("warmup_step", "warmup_steps"),
        ],
    )
    def test_an_unknown_key_is_named_with_the_nearest_valid_one(self, wrong: str, nearest: str) -> None:
        with pytest.raises(SettingsError) as error:
            check_settings({**NEEDED, wrong: 1}, "my.yaml")
        assert str(error.value) == f"my.yaml: unknown setting '{wrong}'; did you mean '{nearest}'?"

    def test_a_key_like_no_other_is_named_alone(self) -> None:
        with pytest.raises(SettingsError, match=r"my\.yaml: unknown setting 'qqqqqq'$"):
            check_settings({**NEEDED, "qqqqqq": 1}, "my.yaml")

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("seed", "many"),
            ("seed", 1.5),
            ("learning_rate", "fast"),
            ("num_train_epochs", [3]),
            ("random_weights", "maybe"),
            ("window", "wide"),
            ("encoder", 5),
            ("precision", "fp64"),
            ("dropout", None),
            ("data", ["a.yaml"]),
        ],
    )
    def test_a_value_of_the_wrong_type_is_named_with_its_key(self, key: str, value: object) -> None:
        with pytest.raises(SettingsError) as error:
            check_settings({**NEEDED, key: value}, "my.yaml")
        assert str(error.value).startswith(f"my.yaml: '{key}' is {value!r}: ")
        assert "\n" not in str(error.value)

    @pytest.mark.parametrize("missing", ["data", "output_dir"])
    def test_a_missing_key_is_named(self, missing: str) -> None:
        values = {key: value for key, value in NEEDED.items() if key != missing}
        with pytest.raises(SettingsError, match=rf"my\.yaml lacks {missing}$"):
            check_settings(values, "my.yaml")

    @pytest.mark.parametrize(
        ("key", "advice"),
        [
            ("bf16", "precision: bf16"),
            ("remove_unused_columns", "all columns"),
            ("label_names", "the heads name the labels"),
            ("metric_for_best_model", "highest eval_score"),
            ("greater_is_better", "highest eval_score"),
        ],
    )
    def test_a_key_that_marsad_sets_itself_is_refused_with_the_reason(self, key: str, advice: str) -> None:
        with pytest.raises(SettingsError, match=f"'{key}' cannot be set: .*{advice}"):
            check_settings({**NEEDED, key: True}, "my.yaml")

    def test_settings_that_transformers_refuses_are_an_error_of_the_file(self) -> None:
        with pytest.raises(SettingsError, match=r"^my\.yaml: "):
            check_settings({**NEEDED, "eval_strategy": "sometimes"}, "my.yaml")

    @pytest.mark.parametrize(
        ("content", "message"),
        [("data: [", "is not valid YAML"), ("- data", "must hold 'key: value' lines"), ("", "must hold 'key: value'")],
    )
    def test_a_file_without_settings_is_named(self, tmp_path: Path, content: str, message: str) -> None:
        path = tmp_path / "broken.yaml"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(SettingsError, match=rf"broken\.yaml {message}"):
            read_settings(path)

    def test_a_missing_file_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            read_settings(tmp_path / "none.yaml")
        with pytest.raises(FileNotFoundError, match=r"none\.yaml"):
            read_settings("none.yaml")


class TestShippedConfig:
    def test_it_is_found_by_its_name_from_any_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        run, _ = read_settings("quickstart.yaml")
        assert run.encoder == "bundled"
        assert run.data == "data/dataset.yaml"

    def test_a_file_of_that_name_in_the_working_folder_comes_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "quickstart.yaml", encoder="mine")
        assert read_settings("quickstart.yaml")[0].encoder == "mine"

    def test_every_key_of_it_is_known(self) -> None:
        keys = yaml.safe_load(resource_path("quickstart.yaml").read_text(encoding="utf-8"))
        assert {"seed", "learning_rate", "num_train_epochs"} <= set(keys)
        read_settings("quickstart.yaml")


class TestOverrides:
    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ([], {}),
            (["--seed", "7"], {"seed": "7"}),
            (["--seed=7"], {"seed": "7"}),
            (["--learning-rate", "1e-4"], {"learning_rate": "1e-4"}),
            (["--encoder=a=b"], {"encoder": "a=b"}),
            (["--encoder="], {"encoder": ""}),
            (["--seed", "7", "--window=64", "--seed", "8"], {"seed": "8", "window": "64"}),
            (["--weight_decay", "-1"], {"weight_decay": "-1"}),
        ],
    )
    def test_pairs_are_read_in_both_spellings(self, arguments: list[str], expected: dict[str, str]) -> None:
        assert parse_overrides(arguments) == expected

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--seed"], "--seed has no value"),
            (["seed", "7"], "expected '--key value', found 'seed'"),
            (["--seed", "7", "8"], "expected '--key value', found '8'"),
            (["--", "7"], "expected '--key value', found '--'"),
            (["-s", "7"], "expected '--key value', found '-s'"),
        ],
    )
    def test_anything_else_is_refused(self, arguments: list[str], message: str) -> None:
        with pytest.raises(SettingsError) as error:
            parse_overrides(arguments)
        assert str(error.value) == message

    @given(st.dictionaries(st.from_regex(r"[a-z]+(_[a-z]+)*", fullmatch=True), st.text(), max_size=4))
    def test_any_value_comes_through_as_it_is(self, values: dict[str, str]) -> None:
        assert parse_overrides([f"--{key}={value}" for key, value in values.items()]) == values
        assert parse_overrides([part for key, value in values.items() for part in (f"--{key}", value)]) == values

    def test_they_come_before_the_file_and_are_checked_alike(self, tmp_path: Path) -> None:
        path = write(tmp_path / "run.yaml", seed=1, window=64)
        run, arguments = read_settings(path, {"seed": "7", "learning_rate": "1e-5"})
        assert (arguments.seed, arguments.learning_rate, run.window) == (7, 1e-5, 64)
        with pytest.raises(SettingsError, match="did you mean 'seed'"):
            read_settings(path, {"seeed": "7"})
        with pytest.raises(SettingsError, match="'seed' is 'x'"):
            read_settings(path, {"seed": "x"})

    def test_a_mapping_of_several_corpora_is_written_as_in_yaml(self, tmp_path: Path) -> None:
        path = tmp_path / "run.yaml"
        path.write_text("data: a.yaml\noutput_dir: out\n", encoding="utf-8")
        settings, _ = read_settings(path, parse_overrides(["--data", "{a.yaml: 1, b.jsonl: 0.5}"]))
        assert settings.corpora == {"a.yaml": 1.0, "b.jsonl": 0.5}
        with pytest.raises(SettingsError, match=r"--data is no valid mapping in YAML: \{a.yaml: 1"):
            read_settings(path, {"data": "{a.yaml: 1"})
        with pytest.raises(SettingsError, match="'data'"):
            read_settings(path, {"data": "{a.yaml: much}"})


class TestDefaultsOfTheBundledEncoder:
    def test_other_encoders_have_the_libraries_defaults(self) -> None:
        ours, theirs = (check_settings({**NEEDED, "encoder": name}, "test") for name in ("bundled", "some/model"))
        assert ours[0].batch_tokens is not None
        assert theirs[0].batch_tokens is None
        assert ours[1].learning_rate > theirs[1].learning_rate

    def test_a_number_of_sentences_a_batch_takes_the_place_of_a_number_of_subwords(self) -> None:
        run, arguments = check_settings({**NEEDED, "per_device_train_batch_size": 4}, "test")
        assert run.batch_tokens is None
        assert arguments.per_device_train_batch_size == 4

    def test_what_nobody_asked_for_is_told_apart_from_what_somebody_did(self) -> None:
        run, _ = check_settings({**NEEDED, "learning_rate": 3e-4, "dropout": 0.3}, "test")
        assert "num_train_epochs" in run.by_default
        assert not {"learning_rate", "dropout"} & set(run.by_default)

    def test_a_config_cannot_say_what_was_by_default(self) -> None:
        with pytest.raises(SettingsError, match="unknown setting 'by_default'"):
            check_settings({**NEEDED, "by_default": []}, "test")

    def test_a_rate_that_was_given_is_taken(self) -> None:
        assert check_settings({**NEEDED, "learning_rate": 5e-5}, "test")[1].learning_rate == 5e-5
