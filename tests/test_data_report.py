"""``marsad data report``: the page of a dataset, its plots, and what the command says when something is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from conftest import Marsad, marked_document, write_tiny_corpus
from hostile_texts import ATTACKS, BIDI_CONTROLS
from page_samples import linked_corpus, page_of_corpus
from parsed_pages import parsed, rows, section

from trainer.data.corpus import Corpus, load_corpus
from trainer.data.labelled_files import schema_of
from trainer.data.labelled_sources import load_labelled
from trainer.data.statistics import statistics
from trainer.documents import Argument, Document, Sentence
from trainer.evaluation.shared_agreement import shared_agreement
from trainer.formats.brat import write_brat_file
from trainer.pages.dataset import MOST_DESCRIBED, MOST_DOCUMENTS
from trainer.pages.dataset_plots import dataset_plots

NAMES = "وصل O\nأحمد B-PER\nالخالد I-PER\nإلى O\nحلب B-GPE\n. O\n\nالطقس O\nبارد O\n. O\n"
SENTENCES = "text,labels\nقُتل خمسة مدنيين في حلب,KILL\nالطقس بارد اليوم في المدينة,\n"


@pytest.fixture
def linked() -> Corpus:
    return linked_corpus()


class TestPage:
    def test_is_right_to_left_arabic_and_needs_nothing_but_itself(self, tiny_corpus: Path) -> None:
        page = page_of_corpus(load_corpus(tiny_corpus))
        (root,) = parsed(page).all("html")
        assert root.attributes == {"lang": "ar", "dir": "rtl"}
        assert {link.attributes["href"][0] for link in root.all("a")} == {"#"}
        assert not {element.tag for element in root.everything()} & {"link", "iframe", "object", "form"}

    def test_every_link_leads_to_a_place_on_it_and_every_id_is_there_once(self, linked: Corpus) -> None:
        root = parsed(page_of_corpus(linked))
        ids = [element.attributes["id"] for element in root.everything() if "id" in element.attributes]
        assert len(ids) == len(set(ids))
        assert {link.attributes["href"][1:] for link in root.all("a")} <= set(ids)

    def test_the_sizes_stand_by_split_with_the_sum_below(self, tiny_corpus: Path) -> None:
        table = section(parsed(page_of_corpus(load_corpus(tiny_corpus))), "sizes").all("table")[0]
        sizes = rows(table)
        assert [row[0] for row in sizes] == ["التدريب train", "التحقق validation", "الاختبار test", "المجموع"]
        assert [row[2] for row in sizes] == ["10", "3", "2", "15"]

    def test_every_label_has_its_counts_its_definition_in_english_and_examples(self, tiny_corpus: Path) -> None:
        root = parsed(page_of_corpus(load_corpus(tiny_corpus)))
        armed = next(row for row in rows(section(root, "counts-entities")) if row[1] == "ARMED")
        assert armed[:6] == ["قوة مسلحة", "ARMED", "5", "1", "1", "7"]
        (article,) = [a for a in root.all("article") if "ARMED" in a.all("h3")[0].text()]
        (definition,) = article.all("p", "definition")
        assert (definition.attributes["lang"], definition.attributes["dir"]) == ("en", "ltr")
        assert definition.text() == "An armed force or group."
        examples = article.all("li", "sentence")
        assert len(examples) > 2
        assert all(example.all("mark", "entity") for example in examples)

    def test_a_layer_that_is_missing_is_told_and_has_no_section(self, tiny_corpus: Path) -> None:
        corpus = load_corpus(tiny_corpus)
        for document in corpus.documents:
            document.keep_layers(["entities"])
        root = parsed(page_of_corpus(corpus))
        assert "ألفاظ الأحداث triggers: غير موسومة" in " ".join(section(root, "sizes").text().split())
        headings = [part.attributes["aria-labelledby"] for part in root.all("section")]
        assert headings == ["sizes", "lengths", "counts-entities", "agreement", "labels"]
        assert set(dataset_plots(statistics(corpus))) == {
            *("sentence_lengths", "entity_lengths", "labels_entities", "rates_entities")
        }

    def test_event_types_of_sentences_alone_have_examples_without_marks(self, tmp_path: Path) -> None:
        (tmp_path / "news.csv").write_text(SENTENCES, encoding="utf-8")
        root = parsed(page_of_corpus(load_labelled([tmp_path / "news.csv"])))
        (article,) = root.all("article")
        assert "قُتل خمسة مدنيين في حلب" in article.all("li", "sentence")[0].text()
        assert article.all("mark") == []
        assert rows(section(root, "counts-event_types")) == [["KILL", "KILL", "1"]]

    def test_text_to_test_on_is_in_no_example(self, linked: Corpus) -> None:
        places = [item.all("span", "meta")[0].text() for item in parsed(page_of_corpus(linked)).all("li", "sentence")]
        assert {place.split("،")[0] for place in places} == {"a", "c"}

    def test_a_dataset_of_nothing_is_a_page(self, tiny_corpus: Path) -> None:
        empty = replace(load_corpus(tiny_corpus), splits={"train": []})
        assert [row[1] for row in rows(section(parsed(page_of_corpus(empty)), "sizes"))] == ["0"]
        assert dataset_plots(statistics(empty)) == {}

    def test_thousands_of_documents_and_labels_do_not_make_it_endless(self) -> None:
        documents = []
        for number in range(1500):
            document = Document.from_text(f"وصل الوفد رقم {number} إلى مدينة حلب أمس", id=f"d{number}")
            document.add_entity(0, 3, f"L{number % 500}")
            document.add_event(5, 10, f"K{number % 500}")
            document.set_event_types_from_triggers()
            documents.append(document)
        page = page_of_corpus(Corpus("كبير", schema_of("كبير", documents), {"train": documents}, groups=[]))
        assert len(page.encode()) < 2_000_000
        root = parsed(page)
        assert len(rows(section(root, "sizes").all("details")[0])) == MOST_DOCUMENTS
        assert f"{1500 - MOST_DOCUMENTS:,} من النصوص الأخرى" in section(root, "sizes").text()
        assert len(rows(section(root, "counts-entities"))) == MOST_DESCRIBED


class TestNothingActs:
    @pytest.mark.parametrize("attack", [*ATTACKS, BIDI_CONTROLS, "\ud800\x00"])
    def test_markup_in_text_ids_labels_and_names_is_text(self, attack: str) -> None:
        document = Document.from_text(f"{attack}\nقُتل عنصر", id=attack)
        document.sentences = [Sentence(0, len(attack)), Sentence(len(attack) + 1, len(document.text))]
        document.add_entity(0, len(attack), attack)
        document.add_event(0, len(attack), attack)
        document.events[0].arguments = [Argument(attack, "T1")]
        document.events[0].attributes = [attack]
        document.set_event_types_from_triggers()
        corpus = Corpus(attack, schema_of("x", [marked_document(["[حلب|GPE]"])]), {attack: [document]}, groups=[])
        page = page_of_corpus(corpus, shared_agreement([document], [document], corpus.schema))
        page.encode("utf-8")
        root = parsed(page)
        assert len(root.all("script")) == 1
        assert not {element.tag for element in root.everything()} & {"img", "iframe", "svg"}
        assert not {name for element in root.everything() for name in element.attributes if name.startswith("on")}
        if attack in ATTACKS:
            # Title twice, split, document, label four times and more, mentions, examples.
            assert root.text().count(attack) > 12
        assert not set(BIDI_CONTROLS) & set(page)


class TestCommand:
    def test_writes_the_page_and_every_plot_as_png_and_svg(
        self, marsad: Marsad, tiny_corpus: Path, tmp_path: Path
    ) -> None:
        target = tmp_path / "تقرير"
        result = marsad("data", "report", tiny_corpus, "--output", target)
        assert (result.code, result.err, result.out) == (0, "", f"written: {target / 'index.html'}\n")
        plots = {path.name for path in (target / "plots").iterdir()}
        assert plots == {
            f"{name}.{ending}"
            for name in (
                *("sentence_lengths", "entity_lengths", "trigger_lengths"),
                *("labels_entities", "labels_triggers", "labels_event_types"),
                *("rates_entities", "rates_triggers"),
                *("event_types_together", "entities_with_event_types"),
            )
            for ending in ("png", "svg")
        }
        page = (target / "index.html").read_text(encoding="utf-8")
        assert page.count("data:image/svg+xml;base64,") == len(plots) // 2

    def test_takes_brat_without_triggers(self, marsad: Marsad, tmp_path: Path) -> None:
        corpus = write_tiny_corpus(tmp_path / "corpus", {"train": {"a": ["وصل [أحمد الخالد|PER] إلى [دمشق|GPE]."]}})
        data = yaml.safe_load(corpus.read_text(encoding="utf-8"))
        corpus.write_text(yaml.safe_dump({**data, "layers": ["entities"]}), encoding="utf-8")
        assert marsad("data", "report", corpus, "--output", tmp_path / "report").code == 0
        plots = {path.stem for path in (tmp_path / "report" / "plots").iterdir()}
        assert plots == {"sentence_lengths", "entity_lengths", "labels_entities"}

    @pytest.mark.parametrize(
        ("name", "content", "label"),
        [("names.iob2", NAMES, "GPE"), ("news.csv", SENTENCES, "KILL"), ("x.marked", "## a\n[حلب|GPE] بعيدة\n", "GPE")],
        ids=["IOB2", "sentences", "marked"],
    )
    def test_takes_a_corpus_of_one_file(
        self, name: str, content: str, label: str, marsad: Marsad, tmp_path: Path
    ) -> None:
        (tmp_path / name).write_text(content, encoding="utf-8")
        result = marsad("data", "report", tmp_path / name, "--output", tmp_path / "report")
        assert (result.code, result.err) == (0, "")
        page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
        assert any(label in option for option in page.split("<option")[1:])

    def test_a_second_annotation_is_compared(self, marsad: Marsad, tiny_corpus: Path, tmp_path: Path) -> None:
        (document,) = [document for document in load_corpus(tiny_corpus).documents if document.id == "v1"]
        (tmp_path / "second").mkdir()
        write_brat_file(document, tmp_path / "second" / "v1.txt")
        report = tmp_path / "report"
        result = marsad("data", "report", tiny_corpus, "--output", report, "--second", tmp_path / "second")
        assert (result.code, result.err) == (0, "")
        root = parsed((report / "index.html").read_text(encoding="utf-8"))
        assert rows(section(root, "agreement"))[0] == ["الكل", "1.000", "1.000", "5", "5"]
        assert (report / "plots" / "agreement_entities.svg").is_file()

    def test_a_folder_with_files_of_another_kind_is_left_as_it_is(
        self, marsad: Marsad, tiny_corpus: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "thesis.txt").write_text("لي", encoding="utf-8")
        result = marsad("data", "report", tiny_corpus, "--output", tmp_path / "mine")
        assert result.code == 1
        assert "thesis.txt" in result.err
        assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]

    @pytest.mark.parametrize(
        ("sources", "told"),
        [
            (["nowhere.yaml"], "there is no nowhere.yaml"),
            (["names.iob2", "x.marked"], "names.iob2 is read alone; give it, or .marked files and folders of them"),
            (["gold"], "gold is neither a corpus file (.yaml) nor labelled text"),
            (["x.marked", "x.marked"], "document a stands in two of the files; name each file once"),
        ],
    )
    def test_what_it_cannot_read_is_told_in_a_sentence(
        self, sources: list[str], told: str, marsad: Marsad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "names.iob2").write_text(NAMES, encoding="utf-8")
        (tmp_path / "x.marked").write_text("## a\n[حلب|GPE]\n", encoding="utf-8")
        (tmp_path / "gold").mkdir()
        monkeypatch.chdir(tmp_path)
        result = marsad("data", "report", *sources, "--output", "report")
        assert (result.code, result.out) == (1, "")
        assert result.err.startswith(f"error: {told}")
        assert not (tmp_path / "report").exists()

    def test_without_matplotlib_it_says_so_before_any_work(
        self, marsad: Marsad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("trainer.writers.report_folder.installed", lambda package: package != "matplotlib")
        result = marsad("data", "report", tmp_path / "nowhere.yaml", "--output", tmp_path / "report")
        assert result.code == 1
        assert 'pip install "marsad[plots]"' in result.err
