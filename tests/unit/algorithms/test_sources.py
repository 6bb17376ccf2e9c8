"""Each documented form of input gives the same examples; errors name the channel, the file and the field."""

from __future__ import annotations

import json
import shutil
import threading
import tracemalloc
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.algorithms.container import Pair, Platform, annotation, make_container, scene_pair, train_here
from helpers.algorithms.forms import FORMS, a_form, entry, lay_out, put_images, rec_bytes
from helpers.recordio import frame_whole
from trigpoint.algorithms.common.batches import read_ahead
from trigpoint.algorithms.common.harness import Container, CustomerError
from trigpoint.algorithms.common.sources import ExampleSource, InvalidSample, Raw, Read
from trigpoint.algorithms.object_detection.samples import Sample, read_sample
from trigpoint.algorithms.object_detection.sources import open_sources
from trigpoint.records.recordio import ImageHeader, frame_native, pack_image

PAIRS: list[Pair] = [scene_pair(3, k) for k in range(5)] + [
    (scene_pair(3, 5)[0], annotation((480, 360), [])),  # nothing visible
    (
        scene_pair(3, 6)[0],
        annotation((480, 360), [(1, -30, 10, 99, 55), (0, 500, 10, 9, 9)]),
    ),  # clipped, outside
]
LIGHT = {
    "num_classes": "3",
    "num_training_samples": "7",
    "base_network": "resnet-10",
    "mini_batch_size": "4",
    "optimizer": "adam",
    "epochs": "1",
}
SHUFFLED = ("rec in File mode", "rec in FastFile mode", "images in File mode", "images in FastFile mode")
RECORDIO, JPEG = "application/x-recordio", "image/jpeg"


def raws(source: ExampleSource, number: int = 0, shuffled_by: int | None = None) -> list[Raw]:
    return [read() for read in source.epoch(number, shuffled_by)]


def sample(raw: Raw) -> Sample:
    return read_sample(raw.image, raw.label, 3, 69, 300)


def failure(root: Path) -> str:
    return (root / "output" / "failure").read_text()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("channel", ["train", "validation"])
def test_every_form_of_the_same_data_gives_the_same_examples(tmp_path: Path, form: str, channel: str) -> None:
    with a_form(tmp_path, form, {}, PAIRS):
        source = open_sources(Container(tmp_path))[channel]
        found = raws(source)
        again = raws(source, 1)
    by_image = {raw.image: sample(raw) for raw in found}
    assert [raw.name for raw in again] == [raw.name for raw in found]
    assert source.left_out == 0
    for image, label in PAIRS:
        wanted, got = read_sample(image, label, 3, 69, 300), by_image[image]
        assert np.array_equal(np.asarray(got.image), np.asarray(wanted.image))
        assert np.array_equal(got.boxes_xyxy, wanted.boxes_xyxy) and got.boxes_xyxy.dtype == np.float32
        assert np.array_equal(got.classes, wanted.classes) and got.image_size == wanted.image_size
    if "images" not in form:  # files have the order of their names, the others that of the data
        assert [raw.image for raw in found] == [image for image, _ in PAIRS]


@pytest.mark.parametrize("form", SHUFFLED)
def test_files_have_a_new_order_in_each_epoch_which_is_always_the_same_for_that_epoch(
    tmp_path: Path, form: str
) -> None:
    with a_form(tmp_path, form, {}, PAIRS):
        source = open_sources(Container(tmp_path))["train"]
    orders = [[raw.name for raw in raws(source, 0, epoch)] for epoch in (0, 1, 2)]
    assert len({tuple(order) for order in orders}) == 3
    assert all(sorted(order) == sorted(orders[0]) for order in orders)
    assert [raw.name for raw in raws(source, 9, 1)] == orders[1]


def test_the_name_of_an_example_shows_its_location(tmp_path: Path) -> None:
    names = {}
    for form in FORMS:
        with a_form(tmp_path / form, form, {}, PAIRS[:2]):
            names[form] = raws(open_sources(Container(tmp_path / form))["train"])[1].name
    assert names == {
        "augmented manifest": "train example 2",
        "rec in File mode": "train record 1 of train.rec, id 101",
        "rec in FastFile mode": "train record 1 of train.rec, id 101",
        "rec in Pipe mode": "train record 1, id 100",  # the first record of the second file
        "images in File mode": "train image street-1/001.jpg with street-1/001.json",
        "images in FastFile mode": "train image street-1/001.jpg with street-1/001.json",
    }


@pytest.mark.parametrize("form", FORMS)
def test_every_form_trains_one_epoch_to_a_model(
    tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with a_form(tmp_path, form, LIGHT, PAIRS):
        assert train_here(tmp_path) == 0
    log = capsys.readouterr().out
    assert "num_examples:      7," in log and "batches:      2," in log
    assert "did not match the number of batches" not in log
    assert "validation mAP <score>=(" in log
    mode = "pipe" if form == FORMS[0] or "Pipe" in form else form.split()[2].lower()
    assert f"The channel 'train' is in {mode} input mode under" in log
    assert (tmp_path / "model" / "model_algo_1-0000.params").exists()


def test_files_are_read_by_several_threads_at_once_and_in_order(tmp_path: Path) -> None:
    """A file may have to be fetched from a remote store before it can be read."""
    meeting = threading.Barrier(4, timeout=20)

    class Remote:
        readers, left_out, nothing = 4, 0, ""

        def epoch(self, number: int, shuffled_by: int | None) -> Iterator[Read]:
            for place in range(12):
                yield partial(self.read, place)

        def read(self, place: int) -> Raw:
            meeting.wait()  # passes only when four threads wait
            if place == 5:
                raise InvalidSample("5 is broken")
            return Raw(str(place), b"", 0.0)

    found = [raw for _, raw in read_ahead(Remote(), 0, None, threading.Event())]
    assert [each.name if isinstance(each, Raw) else str(each) for each in found] == [
        "5 is broken" if place == 5 else str(place) for place in range(12)
    ]


# -- which channels, modes and content types


def refused(root: Path, channels: Mapping[str, Mapping[str, str]]) -> str:
    lay_out(root, LIGHT, channels)
    with pytest.raises(CustomerError) as refusal:
        open_sources(Container(root))
    return str(refusal.value)


TRAIN = {"train": entry("File", JPEG), "train_annotation": entry("File", JPEG)}


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        ({}, "The channel 'train' is missing from InputDataConfig"),
        ({"training": entry("File", JPEG)}, "The channel 'train' is missing from InputDataConfig; it has 'training'"),
        ({"train": entry("Pipe", "text/csv", "RecordIO")}, "Channel 'train' has content type text/csv, which object detection does not read; set ContentType to application/x-recordio"),
        ({"train": entry("Pipe", JPEG)}, "Channel 'train' has content type image/jpeg in Pipe input mode without RecordWrapperType; object detection reads this type as augmented manifest with InputMode Pipe and RecordWrapperType RecordIO or image files with JSON annotations with InputMode File or FastFile"),
        ({"train": entry("File", None)}, "Channel 'train' has no content type; in File input mode ContentType must be application/x-recordio (one .rec file) or image/jpeg (image files with JSON annotations)"),
        ({"train": entry("File", JPEG)}, "The channel 'train_annotation' is missing from InputDataConfig: the files of channel 'train' (content type image/jpeg) need a channel with a JSON annotation"),
        ({**TRAIN, "validation": entry("FastFile", "image/png")}, "The channel 'validation_annotation' is missing"),
        ({**TRAIN, "train_annotation": entry("Pipe", JPEG)}, "Channel 'train_annotation' has input mode Pipe; set its InputMode to File or FastFile"),
        ({**TRAIN, "train_annotation": entry("File", "text/csv")}, "Channel 'train_annotation' has content type text/csv; set ContentType to that of channel 'train', image/jpeg"),
        ({**TRAIN, "test": entry("File", JPEG)}, "Channel 'test' is not a channel of object detection: train, validation, train_annotation, validation_annotation, model"),
        ({**TRAIN, "validation_annotation": entry("File", JPEG)}, "Channel 'validation_annotation' is not a channel of"),
        ({"train": entry("File", RECORDIO), "train_annotation": entry("File", JPEG)}, "Channel 'train_annotation' would not be read: channel 'train' has content type application/x-recordio, whose labels come with the data"),
        ({**TRAIN, "model": entry("File", "text/csv")}, "Channel 'model' has content type text/csv; set ContentType to application/x-sagemaker-model"),
    ],
)  # fmt: skip
def test_channels_in_no_known_form_are_refused_with_channel_and_field(
    tmp_path: Path, channels: dict[str, Any], said: str
) -> None:
    assert said in refused(tmp_path, channels)


@pytest.mark.parametrize("kind", [None, RECORDIO, "image/jpeg", "image/png", "application/x-image", "Application/X-RecordIO; label-format=class-id"])  # fmt: skip
def test_an_augmented_manifest_accepts_the_content_types_of_recordio_and_of_its_images(
    tmp_path: Path, kind: str | None
) -> None:
    lay_out(tmp_path, {}, {"train": entry("Pipe", kind, "RecordIO")})
    with Platform(tmp_path, {"train": PAIRS[:2]}):
        assert len(raws(open_sources(Container(tmp_path))["train"])) == 2


@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "application/x-image"])
def test_image_files_are_accepted_with_any_of_the_three_content_types(tmp_path: Path, kind: str) -> None:
    put_images(tmp_path, "train", PAIRS[:2])
    lay_out(
        tmp_path, {}, {"train": entry("File", kind), "train_annotation": entry("File", "application/json")}
    )
    assert len(raws(open_sources(Container(tmp_path))["train"])) == 2


# -- .rec files


def record_folder(root: Path, *files: tuple[str, bytes]) -> Path:
    lay_out(root, LIGHT, {"train": entry("File", RECORDIO)})
    folder = root / "input" / "data" / "train"
    folder.mkdir()
    for name, content in files:
        (folder / name).write_bytes(content)
    return root


REC, IDX = rec_bytes(PAIRS[:2])
UNREAD = (
    "Unable to parse record. Please make sure input data is in correct recordio format. (channel 'train', "
)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "Channel 'train' with content type application/x-recordio needs exactly one .rec file; it is empty. Let S3Uri name the .rec"),
        ([("train.idx", IDX), ("train.lst", b"")], "exactly one .rec file; it has train.idx, train.lst"),
        ([("a.rec", REC), ("b.rec", REC)], "needs exactly one .rec file; it has a.rec, b.rec"),
        ([("a.rec", REC[:-9])], UNREAD + "a.rec, record 1: the stream ends in the middle of the record that begins at byte"),
        ([("a.rec", b"x" * 99)], UNREAD + "a.rec, record 0: Invalid magic number 0x78787878 at byte 0: this is not RecordIO"),
        ([("a.rec", frame_native(b"tiny"))], "format. (train record 0 of a.rec: an image record has at least 24 bytes, this one has 4"),
        ([("a.rec", frame_native(pack_image(ImageHeader(3.0, 7), b"x")))], "Not enough annotation packed in the list file or the RecordIO file. Each object requires at least five numbers [label_id, xmin, ymin, xmax, ymax] for annotation. The label is the single number 3 (train record 0 of a.rec, id 7)"),
        ([("a.rec", frame_native(pack_image(ImageHeader((2.0, 5.0, 8.0, 0.1, 0.1, 0.5, 0.5), 7), PAIRS[0][0])))], "Label 8 is out of range, num_classes is 3 (train record 0 of a.rec, id 7)"),
        ([("a.rec", b"")], "Channel 'train': a.rec has no record that can be used."),
        ([("a.rec", frame_native(pack_image(ImageHeader((2.0, 5.0, 0.0, 0.1, 0.1, 0.5, 0.5), 7), b"no image")))], "a.rec has no record that can be used. The first one skipped: train record 0 of a.rec, id 7: the image cannot be decoded"),
    ],
)  # fmt: skip
def test_an_unusable_record_file_fails_with_file_and_record(
    tmp_path: Path, files: list[tuple[str, bytes]], said: str
) -> None:
    record_folder(tmp_path, *files)
    assert train_here(tmp_path) == 2
    assert said in failure(tmp_path).replace("\n", " ")


def test_an_index_next_to_the_record_file_is_not_needed_and_not_used(tmp_path: Path) -> None:
    record_folder(tmp_path, ("train.rec", REC), ("train.idx", b"100\t4\n"))
    source = open_sources(Container(tmp_path))["train"]
    assert [raw.image for raw in raws(source)] == [image for image, _ in PAIRS[:2]]


def test_a_record_that_was_split_at_the_magic_number_is_read_completely(tmp_path: Path) -> None:
    image = b"\xff\xd8\xff\xe0" + b"\x0a\x23\xd7\xce" * 3  # 24 bytes of header and 28 of label come before it
    payload = pack_image(ImageHeader((2.0, 5.0, 0.0, 0.1, 0.1, 0.5, 0.5), 1), image)
    record_folder(tmp_path, ("a.rec", frame_native(payload) * 2))
    assert [raw.image for raw in raws(open_sources(Container(tmp_path))["train"], 0, 3)] == [image, image]


def test_a_large_record_file_is_not_held_in_memory(tmp_path: Path) -> None:
    record = frame_native(pack_image(ImageHeader((2.0, 5.0, 0.0, 0.1, 0.1, 0.5, 0.5), 1), bytes(1 << 20)))
    record_folder(tmp_path)
    with (tmp_path / "input/data/train/big.rec").open("wb") as file:
        for _ in range(64):
            file.write(record)
    tracemalloc.start()
    try:
        source = open_sources(Container(tmp_path))["train"]
        for read in source.epoch(0, 1):
            assert len(read().image) == 1 << 20
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 6 << 20


def test_record_files_that_are_wrapped_again_are_refused(tmp_path: Path) -> None:
    make_container(tmp_path, LIGHT, channels=["train"])
    with Platform(tmp_path, {"train": frame_whole(REC) * 2}):
        assert train_here(tmp_path) == 2
    assert failure(tmp_path) == (
        "Channel 'train' has RecordWrapperType RecordIO, but its objects are RecordIO already; "
        "leave out RecordWrapperType"
    )


def test_an_empty_pipe_of_record_files_is_an_error(tmp_path: Path) -> None:
    lay_out(tmp_path, LIGHT, {"train": entry("Pipe", RECORDIO)})
    with Platform(tmp_path, {"train": b""}):
        assert train_here(tmp_path) == 2
    assert failure(tmp_path).startswith("Got empty batch from pipe. Channel 'train' has no record")


# -- images with JSON


def test_files_without_a_partner_are_named_and_the_others_are_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_out(tmp_path, {**LIGHT, "num_training_samples": "6"}, TRAIN)
    put_images(tmp_path, "train", PAIRS[:4])
    data = tmp_path / "input" / "data"
    (data / "train_annotation" / "street-1" / "001.json").unlink()
    (data / "train" / "street-0" / "002.jpg").unlink()
    (data / "train" / "notes.txt").write_text("x")
    (data / "train_annotation" / "street-1" / "003.json").write_text('{"annotations": 3}')
    assert train_here(tmp_path) == 0
    log = capsys.readouterr().out
    assert "] Skipped 1 image(s) without an annotation in channel 'train_annotation': street-1/001.jpg" in log
    assert "] Skipped 1 JSON file(s) without an image in channel 'train': street-0/002.json" in log
    assert "] Channel 'train': 1 file(s) other than .jpg, .jpeg, .png are not read." in log
    assert (
        "] Skipped train image street-1/003.jpg with street-1/003.json: annotations must be a list of boxes"
        in log
    )
    assert "Expected number of batches: 2, did not match the number of batches processed: 1." in log


def test_a_prefix_that_also_matches_the_annotations_does_no_harm(tmp_path: Path) -> None:
    """As in AWS's notebooks: s3://b/data/train, with s3://b/data/train_annotation next to it."""
    put_images(tmp_path / "away", "train", PAIRS[:3])
    lay_out(tmp_path, LIGHT, TRAIN)
    away, data = tmp_path / "away/input/data", tmp_path / "input/data"
    shutil.copytree(away / "train", data / "train")
    shutil.copytree(away / "train_annotation", data / "train" / "train_annotation")
    shutil.copytree(away / "train_annotation", data / "train_annotation")
    source = open_sources(Container(tmp_path))["train"]
    assert (len(raws(source)), source.left_out) == (3, 0)


def test_missing_partners_are_reported_even_if_the_number_of_batches_is_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_out(tmp_path, {**LIGHT, "num_training_samples": "3"}, TRAIN)
    put_images(tmp_path, "train", PAIRS[:4])
    (tmp_path / "input/data/train_annotation/street-1/001.json").unlink()
    assert train_here(tmp_path) == 0
    assert "did not match the number of batches processed" in capsys.readouterr().out


def test_without_any_pair_the_training_fails_with_examples_of_both_kinds_of_file(tmp_path: Path) -> None:
    lay_out(tmp_path, LIGHT, TRAIN)
    data = tmp_path / "input" / "data"
    for channel, names in (("train", [f"{k}.jpg" for k in range(7)]), ("train_annotation", ["a.json"])):
        (data / channel).mkdir()
        for name in names:
            (data / channel / name).write_bytes(b"{}")
    assert train_here(tmp_path) == 2
    assert failure(tmp_path) == (
        "Channels 'train' and 'train_annotation' have no image and JSON file of the same name: "
        "images are 0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg and 2 more; JSON files are a.json"
    )


def test_an_annotation_that_names_another_image_is_skipped(tmp_path: Path) -> None:
    lay_out(tmp_path, LIGHT, TRAIN)
    put_images(tmp_path, "train", PAIRS[:1])
    path = tmp_path / "input/data/train_annotation/street-0/000.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "file": "elsewhere/999.jpg"}))
    with pytest.raises(
        InvalidSample, match=r"street-0/000\.json: \"file\" is 'elsewhere/999\.jpg', but its name"
    ):
        raws(open_sources(Container(tmp_path))["train"])


def test_an_unreadable_file_ends_the_training_with_its_name(tmp_path: Path) -> None:
    lay_out(tmp_path, LIGHT, TRAIN)
    put_images(tmp_path, "train", PAIRS[:2])
    source = open_sources(Container(tmp_path))["train"]
    (tmp_path / "input/data/train/street-1/001.jpg").unlink()
    with pytest.raises(CustomerError, match=r"^Channel 'train': cannot read street-1/001\.jpg: No such file"):
        raws(source)
