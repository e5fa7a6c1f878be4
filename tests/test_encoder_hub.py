"""Encoders named by the model hub: with a hub on this machine, without one, and from what was downloaded before."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import regex
import torch
import transformers
from huggingface_hub import constants
from safetensors.torch import load_file

from trainer.encoders.bundled import build_bundled_encoder
from trainer.encoders.hub import checkpoint_on_hub
from trainer.encoders.loading import load_encoder

NAME = "marsad-tests/tiny"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CLOSED = "http://127.0.0.1:9"  # the port that discards everything, and is closed everywhere


class Hub(ThreadingHTTPServer):
    """As much of the model hub as a download asks for: the files of one folder, under one name."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.folder = folder
        self.asked: list[str] = []
        self.gated = False

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Request(BaseHTTPRequestHandler):
    """One question to the hub, answered in the hub's headers."""

    server: Hub

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.wfile.write(self.answer())

    def answer(self) -> bytes:
        """Send the headers and return the file."""
        self.server.asked.append(f"{self.command} {self.path}")
        file = regex.fullmatch(rf"/{NAME}/resolve/(?:main|{COMMIT})/(?<name>.+)", self.path)
        if self.path == f"/api/models/{NAME}":
            status, error, content = 200, "", json.dumps({"id": NAME, "sha": COMMIT}).encode()
        elif f"/{NAME}/" not in self.path:
            status, error, content = 404, "RepoNotFound", b""
        elif self.server.gated:
            status, error, content = 403, "GatedRepo", b""
        elif file and (path := self.server.folder / file["name"]).is_file():
            status, error, content = 200, "", path.read_bytes()
        else:
            status, error, content = 404, "EntryNotFound", b""
        self.send_response(status)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("Content-Length", str(len(content)))
        if error:
            self.send_header("X-Error-Code", error)
        self.end_headers()
        return content

    def log_message(self, *arguments: object) -> None:
        """Print nothing."""


def use_hub(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Do what HF_ENDPOINT does, which is read when the library is imported, and allow the network."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(transformers.utils.hub, "_hf_api", None)  # made once, with the address of then
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty caches of the test's own, and nobody who waits."""
    monkeypatch.setenv("MARSAD_CACHE", str(tmp_path / "marsad"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail(f"waits {seconds} s for another try"))


@pytest.fixture
def hub(tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that has a copy of the tiny checkpoint."""
    server = Hub(Path(shutil.copytree(tiny_checkpoint, tmp_path / "on the hub")))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    use_hub(monkeypatch, server.address)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    use_hub(monkeypatch, CLOSED)


def embeddings(name: str) -> torch.Tensor:
    return load_encoder(name)[0].get_input_embeddings().weight


class TestAHubThatAnswers:
    def test_its_checkpoint_is_the_one_of_the_folder_that_was_uploaded(self, hub: Hub, tiny_checkpoint: Path) -> None:
        model, tokenizer = load_encoder(NAME)
        expected, same = load_encoder(str(tiny_checkpoint))
        assert all(torch.equal(values, expected.state_dict()[name]) for name, values in model.state_dict().items())
        assert tokenizer.backend_tokenizer.to_str() == same.backend_tokenizer.to_str()

    def test_it_is_asked_for_the_configuration_first(self, hub: Hub) -> None:
        assert checkpoint_on_hub(NAME) == NAME
        assert hub.asked == [f"HEAD /{NAME}/resolve/main/config.json"]

    def test_weights_that_are_only_pickled_are_converted_once(
        self, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        weights = load_file(hub.folder / "model.safetensors")
        (hub.folder / "model.safetensors").unlink()
        torch.save(weights, hub.folder / "pytorch_model.bin")
        assert torch.equal(embeddings(NAME), weights["embeddings.word_embeddings.weight"])
        use_hub(monkeypatch, CLOSED)
        assert torch.equal(embeddings(NAME), weights["embeddings.word_embeddings.weight"])
        assert len(list((tmp_path / "marsad" / "encoders").iterdir())) == 1

    def test_a_name_that_it_does_not_have_is_one_sentence(self, hub: Hub) -> None:
        with pytest.raises(
            OSError, match="neither a folder here nor a model on the model hub; check the name"
        ) as error:
            load_encoder("marsad-tests/tinny")
        assert "\n" not in str(error.value)
        assert len(hub.asked) == 1

    def test_a_model_with_terms_says_what_to_do(self, hub: Hub) -> None:
        hub.gated = True
        with pytest.raises(OSError, match="accept them on its page on the model hub, log in with 'hf auth login'"):
            load_encoder(NAME)

    def test_a_repository_that_holds_no_model_says_what_is_missing(self, hub: Hub) -> None:
        (hub.folder / "config.json").unlink()
        with pytest.raises(OSError, match=f"{NAME}' is no Transformers checkpoint: it has no config.json"):
            load_encoder(NAME)

    def test_a_checkpoint_without_weights_is_not_half_loaded(self, hub: Hub) -> None:
        (hub.folder / "model.safetensors").unlink()
        with pytest.raises(OSError, match=f"encoder '{NAME}' cannot be had whole from the model hub") as error:
            load_encoder(NAME)
        assert "\n" not in str(error.value)


class TestNoHub:
    @pytest.mark.parametrize("name", [NAME, "no-such-model-of-marsad-tests"])
    def test_it_is_told_at_once_in_one_sentence_and_nothing_is_printed(
        self,
        no_hub: None,
        name: str,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setattr(logging.getLogger("huggingface_hub"), "propagate", True)
        with pytest.raises(OSError, match="neither a folder here nor reachable on the model hub") as error:
            load_encoder(name)
        assert repr(name) in str(error.value)
        assert "Connection refused" in str(error.value)
        assert "encoder: bundled" in str(error.value)
        assert "\n" not in str(error.value)
        assert capfd.readouterr() == ("", "")
        assert not caplog.records

    def test_offline_mode_is_named_as_the_reason(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
        with pytest.raises(OSError, match=r"nor reachable on the model hub \(HF_HUB_OFFLINE is set\)"):
            load_encoder(NAME)

    def test_a_name_that_can_be_none_is_refused_without_asking(self, hub: Hub) -> None:
        with pytest.raises(OSError, match="encoder 'my encoder' is no folder here and cannot be a name"):
            load_encoder("my encoder")
        assert hub.asked == []

    @pytest.mark.parametrize("offline", [True, False])
    def test_what_was_downloaded_before_is_used(
        self, hub: Hub, offline: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        expected = embeddings(NAME)
        use_hub(monkeypatch, CLOSED)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)
        capfd.readouterr()
        assert torch.equal(embeddings(NAME), expected)
        assert "try" not in capfd.readouterr().err

    def test_pruning_a_hub_model_is_told_as_fast(self, no_hub: None, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="neither a folder here nor reachable on the model hub"):
            build_bundled_encoder(hub_model=NAME, output=tmp_path / "new")
