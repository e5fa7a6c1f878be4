"""The figures of a dataset: each is what its name says, of the documents that have the layer it is about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from conftest import SCHEMA, marked_document
from hypothesis import given, settings
from strategies import ANY_TEXT, assert_linear, documents

from trainer.data.check import check_corpus
from trainer.data.corpus import TRAINING_ONLY, Corpus, load_corpus
from trainer.data.label_counts import ATTRIBUTES, ROLES, LabelCount
from trainer.data.label_examples import EXAMPLES, LABELLED, SHOWN_CHARACTERS, TRIGGER, label_examples, shown_documents
from trainer.data.labelled_files import schema_of
from trainer.data.statistics import Statistics, parts_of, statistics
from trainer.documents import Argument, Document, Sentence
from trainer.schema import Schema, load_schema


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return load_schema(path)


def corpus(schema: Schema, only: Sequence[Document] = (), **splits: Sequence[Document]) -> Corpus:
    named = {name: list(documents) for name, documents in splits.items()}
    return Corpus("صغير", schema, named, groups=[], training_only=list(only))


def counted(found: Statistics, table: str) -> dict[str, LabelCount]:
    return {count.label.name: count for count in found.labels[table]}


def without(document: Document, *layers: str) -> Document:
    document.keep_layers([layer for layer in document.layers if layer not in layers])
    return document


def marked(sentence: Sequence[tuple[str, str]], kind: str) -> list[str]:
    return [text for text, found in sentence if found == kind]


class TestSizes:
    def test_every_split_has_its_own_and_what_is_for_training_only_comes_apart_and_last(self, schema: Schema) -> None:
        found = statistics(
            corpus(
                schema,
                [marked_document(["{قُتل|KILL} عنصران."], "w1"), marked_document(["الطقس بارد."], "w2")],
                train=[marked_document(["وصل [أحمد الخالد|PER] إلى [دمشق|GPE].", "الطقس بارد."], "a")],
                test=[marked_document(["الطقس بارد اليوم."], "b")],
            )
        )
        sizes = [(s.name, s.documents, s.sentences, s.words, s.entities, s.triggers) for s in found.sizes]
        assert sizes == [
            ("train", 1, 2, 9, 2, 0),
            ("test", 1, 1, 4, 0, 0),
            (TRAINING_ONLY, 2, 2, 6, 0, 1),
            ("", 4, 5, 19, 2, 1),
        ]
        assert [size.name for size in found.documents[TRAINING_ONLY]] == ["w1", "w2"]

    def test_a_single_part_is_the_whole(self, schema: Schema) -> None:
        found = statistics(corpus(schema, train=[marked_document(["الطقس بارد."], "a")]))
        assert [size.name for size in found.sizes] == ["train"]
        assert found.total.words == 3

    def test_rates_divide_by_the_words_of_the_documents_that_have_the_layer(self, schema: Schema) -> None:
        annotated = marked_document(["وصل [أحمد|PER] إلى [دمشق|GPE] أمس", "{قُتل|KILL} خمسة"], "a")
        sentences_only = without(marked_document(["الطقس بارد جدًا اليوم"] * 5, "b"), "entities", "triggers")
        found = statistics(corpus(schema, train=[annotated, sentences_only])).total
        assert annotated.words
        assert found.entities_per_100_words == 100 * 2 / len(annotated.words)
        assert found.triggers_per_100_words == 100 * 1 / len(annotated.words)
        assert (found.without_event, found.share_without_event) == (6, 6 / 7)

    def test_a_layer_that_no_document_has_has_no_figures_and_is_told(self, schema: Schema) -> None:
        names = without(marked_document(["وصل [أحمد|PER] إلى حلب"], "a"), "triggers", "event_types")
        found = statistics(corpus(schema, train=[names]))
        assert (found.total.triggers, found.total.triggers_per_100_words) == (None, None)
        assert (found.total.without_event, found.total.share_without_event) == (None, None)
        assert found.lacking == {"triggers": 1, "event_types": 1}
        assert set(found.labels) == {"entities"}
        assert found.lengths.triggers == {}
        assert found.together.event_types is found.together.entities_with_event_types is None

    def test_a_layer_that_some_documents_lack_is_told_with_their_number(self, schema: Schema) -> None:
        documents = [marked_document(["وصل [أحمد|PER]"], id) for id in "abc"]
        without(documents[1], "entities")
        assert statistics(corpus(schema, train=documents)).lacking == {"entities": 1}

    def test_no_document_at_all_is_no_error(self, schema: Schema) -> None:
        found = statistics(corpus(schema, train=[]))
        assert (found.total.documents, found.total.words, found.total.entities) == (0, 0, None)
        assert found.labels == {}


class TestLengths:
    def test_sentences_entities_and_triggers_are_measured_in_words_by_part(self, schema: Schema) -> None:
        train = marked_document(["{سيطرت|CAPTURE} [قوات النظام|ARMED] على [حلب|GPE].", "الطقس بارد."], "a")
        found = statistics(corpus(schema, train=[train], test=[marked_document(["نص"], "b")])).lengths
        assert found.sentences == {"train": [6, 3], "test": [1]}
        assert found.entities == {"train": [2, 1]}
        assert found.triggers == {"train": [1]}

    def test_a_span_that_cuts_words_has_all_words_that_it_touches(self, schema: Schema) -> None:
        document = Document.from_text("قوات النظام السوري", id="a")
        document.add_entity(2, 7, "ARMED")
        assert statistics(corpus(schema, train=[document])).lengths.entities == {"train": [2]}


class TestLabels:
    def test_the_most_frequent_stand_first_and_those_that_never_occur_last_in_the_schemas_order(
        self, schema: Schema
    ) -> None:
        document = marked_document(["[حلب|GPE] و [إدلب|GPE] و [قسد|ARMED]"], "a")
        found = statistics(corpus(schema, train=[document])).labels
        assert [(c.label.name, c.total) for c in found["entities"]] == [("GPE", 2), ("ARMED", 1), ("PER", 0)]
        assert [c.label.name for c in found["triggers"]] == ["KILL", "CAPTURE", "SHELLING"]
        assert found["entities"][0].label.definition == "A named place with a government."

    def test_a_label_that_the_schema_lacks_is_counted_under_its_own_name(self, schema: Schema) -> None:
        document = Document.from_text("دبابة", id="a")
        document.add_entity(0, 5, "TANK")
        tank = counted(statistics(corpus(schema, train=[document])), "entities")["TANK"]
        assert (tank.label.arabic, tank.label.definition, tank.total) == ("TANK", "", 1)

    def test_numbers_are_those_that_data_check_prints(self, tiny_corpus: Path) -> None:
        found, checked = statistics(load_corpus(tiny_corpus)), check_corpus(tiny_corpus)
        for table, by_split in (("entities", checked.entities), ("triggers", checked.events)):
            for label, count in counted(found, table).items():
                assert count.by_part == {split: counter[label] for split, counter in by_split.items()}
        assert {size.name: size.words for size in found.sizes[:-1]} == checked.words

    def test_entities_are_told_apart_by_their_names_without_clitics(self, schema: Schema) -> None:
        document = marked_document(["[داعش|ARMED] [وداعش|ARMED] [قسد|ARMED]"], "a")
        armed = counted(statistics(corpus(schema, train=[document])), "entities")["ARMED"]
        assert (armed.total, armed.different, armed.frequent) == (3, 2, [("داعش", 2), ("قسد", 1)])

    def test_equally_frequent_strings_stand_in_the_order_of_the_alphabet(self, schema: Schema) -> None:
        one, other = (marked_document([f"[{a}|GPE] [{b}|GPE]"], "a") for a, b in (("حلب", "إدلب"), ("إدلب", "حلب")))
        frequent = [
            counted(statistics(corpus(schema, train=[document])), "entities")["GPE"].frequent
            for document in (one, other)
        ]
        assert frequent[0] == frequent[1] == [("إدلب", 1), ("حلب", 1)]

    def test_the_rate_of_a_label_is_its_number_in_1000_words_of_each_part(self, schema: Schema) -> None:
        found = statistics(
            corpus(schema, train=[marked_document(["[حلب|GPE] بعيدة"], "a")], test=[marked_document(["نص"], "b")])
        )
        assert counted(found, "entities")["GPE"].per_1000_words == {"train": 500.0, "test": 0.0}

    def test_event_types_count_sentences_not_triggers(self, schema: Schema) -> None:
        document = marked_document(["{قُتل|KILL} عنصر و{قُتل|KILL} آخر", "{مقتل|KILL} ثالث"], "a")
        found = statistics(corpus(schema, train=[document]))
        assert counted(found, "triggers")["KILL"].total == 3
        kill = counted(found, "event_types")["KILL"]
        assert (kill.total, kill.different, kill.frequent) == (2, None, [])

    def test_event_types_follow_from_triggers_where_those_alone_were_kept(self, schema: Schema) -> None:
        document = without(marked_document(["{قُتل|KILL} عنصر", "الطقس بارد"], "a"), "event_types")
        found = statistics(corpus(schema, train=[document]))
        assert found.total.without_event == 1
        assert counted(found, "event_types")["KILL"].total == 1
        assert found.lacking == {}

    def test_roles_and_attributes_are_tables_only_where_some_occur(self, schema: Schema) -> None:
        plain, linked = (marked_document(["{سيطرت|CAPTURE} [قسد|ARMED]"], "a") for _ in "ab")
        linked.events[0].arguments.append(Argument("AGENT", linked.entities[0].id))
        linked.events[0].attributes.append("Disputed")
        assert set(statistics(corpus(schema, train=[plain])).labels) == {"entities", "triggers", "event_types"}
        found = statistics(corpus(schema, train=[linked]))
        assert counted(found, ROLES)["AGENT"].frequent == [("قسد", 1)]
        assert counted(found, ATTRIBUTES)["Disputed"].frequent == [("سيطرت", 1)]


class TestTogether:
    def test_event_types_meet_in_sentences_and_the_diagonal_has_all_sentences_of_a_type(self, schema: Schema) -> None:
        document = marked_document(["{قُتل|KILL} خمسة في {قصف|SHELLING}", "{قُتل|KILL} سادس", "{سيطرت|CAPTURE} قسد"], "a")
        found = statistics(corpus(schema, train=[document])).together.event_types
        assert found is not None
        assert [label.name for label in found.rows] == ["KILL", "CAPTURE", "SHELLING"]
        assert found.rows == found.columns
        assert found.counts == [[2, 0, 1], [0, 1, 0], [1, 0, 1]]

    def test_entities_meet_event_types_once_a_sentence_and_only_there(self, schema: Schema) -> None:
        document = marked_document(["{قُتل|KILL} [محمد|PER] و[أحمد|PER]", "[دمشق|GPE] هادئة"], "a")
        found = statistics(corpus(schema, train=[document])).together.entities_with_event_types
        assert found is not None
        counts = {label.name: row for label, row in zip(found.rows, found.counts, strict=True)}
        assert counts == {"PER": [1], "GPE": [0]}

    def test_roles_meet_the_types_of_their_fillers(self, schema: Schema) -> None:
        document = marked_document(["{سيطرت|CAPTURE} [قسد|ARMED] على [حلب|GPE]"], "a")
        force, city = document.entities
        document.events[0].arguments = [Argument("AGENT", force.id), Argument("TARGET", city.id), Argument("X", "T9")]
        found = statistics(corpus(schema, train=[document])).together.roles_with_entities
        assert found is not None
        assert [label.name for label in found.rows] == ["AGENT", "TARGET", "X"]
        assert [label.name for label in found.columns] == ["GPE", "ARMED"]
        assert found.counts == [[0, 1], [1, 0], [0, 0]]


class TestExamples:
    def test_the_shortest_readable_sentences_come_first_and_subheads_last(self) -> None:
        sentences = ["[حلب|GPE] اليوم", "وصل وفد كبير أمس إلى [حلب|GPE] قادمًا", "وصل وفد كبير أمس إلى [حلب|GPE]"]
        documents = [marked_document([sentence], str(number)) for number, sentence in enumerate(sentences)]
        found = label_examples(documents)["entities"]["GPE"]
        assert [example.document for example in found] == ["2", "1", "0"]
        assert found[0].pieces == (("وصل وفد كبير أمس إلى ", ""), ("حلب", LABELLED))

    def test_each_is_of_another_document_as_long_as_there_are_enough(self) -> None:
        many = marked_document([f"وصل الوفد رقم {n} إلى [حلب|GPE] أمس" for n in range(20)], "long")
        few = [marked_document([f"غادر الوفد الكبير رقم {n} أمس من [حلب|GPE] إلى الشرق"], str(n)) for n in range(3)]
        found = [example.document for example in label_examples([many, *few])["entities"]["GPE"]]
        assert len(found) == EXAMPLES
        assert set(found) == {"long", "0", "1", "2"}

    def test_no_sentence_stands_twice_under_a_label(self) -> None:
        copies = [marked_document(["قُتل [محمد|PER] وقُتل [أحمد|PER] في حادث"], id) for id in "abc"]
        spaced = marked_document(["قُتل  [محمد|PER] وقُتل [أحمد|PER] في حادث"], "d")
        assert len(label_examples([*copies, spaced])["entities"]["PER"]) == 1

    def test_the_same_documents_give_the_same_examples(self, tiny_corpus: Path) -> None:
        assert label_examples(load_corpus(tiny_corpus).documents) == label_examples(load_corpus(tiny_corpus).documents)

    def test_a_role_shows_its_filler_and_the_trigger(self) -> None:
        document = marked_document(["{سيطرت|CAPTURE} [قسد|ARMED] على حلب"], "a")
        document.events[0].arguments = [Argument("AGENT", document.entities[0].id)]
        (example,) = label_examples([document])[ROLES]["AGENT"]
        assert (marked(example.pieces, LABELLED), marked(example.pieces, TRIGGER)) == (["قسد"], ["سيطرت"])

    def test_event_types_have_examples_only_where_no_triggers_show_them(self) -> None:
        with_triggers = marked_document(["{قُتل|KILL} خمسة في إدلب"], "a")
        labelled = without(marked_document(["{قُتل|KILL} ستة في حلب"], "b"), "entities", "triggers")
        found = label_examples([with_triggers, labelled])
        assert [example.document for example in found["triggers"]["KILL"]] == ["a"]
        assert [example.pieces for example in found["event_types"]["KILL"]] == [(("قُتل ستة في حلب", ""),)]

    def test_of_a_long_sentence_the_surroundings_of_the_mark_are_shown(self) -> None:
        document = Document.from_text("كلمة " * 500 + "حلب" + " كلمة" * 500, id="a")
        document.sentences = [Sentence(0, len(document.text))]
        document.add_entity(2500, 2503, "GPE")
        (example,) = label_examples([document])["entities"]["GPE"]
        text = "".join(text for text, _ in example.pieces)
        assert marked(example.pieces, LABELLED) == ["حلب"]
        assert len(text) == SHOWN_CHARACTERS + 2
        assert (text[0], text[-1]) == ("…", "…")

    def test_text_to_test_on_is_not_shown_unless_there_is_nothing_else(self, schema: Schema) -> None:
        train, test, written = (marked_document(["نص"], id) for id in "abc")
        assert shown_documents(parts_of(corpus(schema, [written], train=[train], test=[test]))) == [train, written]
        assert shown_documents(parts_of(corpus(schema, test=[test]))) == [test]

    def test_time_is_linear_in_the_length_of_one_endless_sentence(self) -> None:
        @cache  # the best of three is taken: making the document takes longer than what is measured
        def one_sentence(text: str) -> Document:
            document = Document(text, words=[], sentences=[Sentence(0, len(text))])
            for start in range(0, len(text), 10):
                document.add_event(start, start + 3, "KILL")
            return document

        assert_linear(lambda text: label_examples([one_sentence(text)]), "قتل هنا و ", 50_000)


@given(documents(ANY_TEXT))
@settings(max_examples=60)
def test_any_document_has_figures_and_examples_that_show_its_own_text(document: Document) -> None:
    found = statistics(Corpus("x", schema_of("x", [_one_more(document)]), {"all": [document]}, groups=[]))
    assert found.total.entities == sum(count.total for count in found.labels["entities"])
    assert found.total.triggers == sum(count.total for count in found.labels["triggers"])
    for labels in label_examples([document]).values():
        for examples in labels.values():
            for example in examples:
                sentence = document.sentences[example.sentence - 1]
                shown = "".join(text for text, _ in example.pieces)
                assert shown == document.text[sentence.start : sentence.end]


def _one_more(document: Document) -> Document:
    """A schema needs a label, which not every document has."""
    copy = document.without_annotations()
    copy.text = copy.text or "نص"
    copy.add_entity(0, 1, "PER")
    return copy
