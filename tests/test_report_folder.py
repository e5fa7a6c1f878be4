"""The folder of a report: written whole or not at all, and never in the place of anybody's files."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from evaluation_samples import small_section

from trainer.pages.evaluation import evaluation_page
from trainer.pages.evaluation_section import Section
from trainer.writers.report_folder import check_report_folder, write_report_folder


@pytest.fixture
def section() -> Section:
    return small_section()


class TestTheFolder:
    def test_an_earlier_report_is_replaced_as_a_whole(self, section: Section, tmp_path: Path) -> None:
        page = evaluation_page("تقييم", [section], {})
        write_report_folder(tmp_path / "report", page, [])
        (tmp_path / "report" / "plots" / "old.svg").write_text("<svg/>", encoding="utf-8")
        newer = evaluation_page("أحدث", [section], {})
        assert write_report_folder(tmp_path / "report", newer, []) == tmp_path / "report" / "index.html"
        assert (tmp_path / "report" / "index.html").read_text(encoding="utf-8") == newer
        assert list((tmp_path / "report" / "plots").iterdir()) == []
        assert [path.name for path in tmp_path.iterdir()] == ["report"]

    def test_an_empty_folder_is_filled(self, section: Section, tmp_path: Path) -> None:
        (tmp_path / "report").mkdir()
        write_report_folder(tmp_path / "report", evaluation_page("تقييم", [section], {}), [])
        assert (tmp_path / "report" / "index.html").is_file()

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("notes.txt", "notes.txt"),
            ("plots/notes.txt", "plots/notes.txt"),
            ("plots/more/plot.svg", "plots/more"),
            ("plots", "plots"),
            ("index.html", "index.html"),
        ],
    )
    def test_a_folder_with_other_files_is_refused_and_stays_as_it_is(
        self, tmp_path: Path, name: str, shown: str
    ) -> None:
        path = tmp_path / "report" / name
        path.parent.mkdir(parents=True)
        path.write_text("<title>قائمتي</title>", encoding="utf-8")
        with pytest.raises(FileExistsError, match=f"holds {shown}, which is no part of a report"):
            write_report_folder(tmp_path / "report", "", [])
        assert path.read_text(encoding="utf-8") == "<title>قائمتي</title>"

    def test_a_file_is_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "report").write_text("", encoding="utf-8")
        with pytest.raises(NotADirectoryError, match="a report is a folder"):
            check_report_folder(tmp_path / "report")

    def test_a_report_that_cannot_be_written_leaves_the_earlier_one(self, section: Section, tmp_path: Path) -> None:
        page = evaluation_page("تقييم", [section], {})
        write_report_folder(tmp_path / "report", page, [])

        def full(folder: Path) -> list[Path]:
            raise OSError(28, "No space left on device")

        with pytest.raises(OSError, match="repeat the command with another folder"):
            write_report_folder(tmp_path / "report", page, [SimpleNamespace(write=full)])  # type: ignore[list-item]
        assert (tmp_path / "report" / "index.html").read_text(encoding="utf-8") == page
        assert [path.name for path in tmp_path.iterdir()] == ["report"]
