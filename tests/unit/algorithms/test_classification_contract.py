"""The results of a classification training with good and bad data: exit code, failure file, log and model."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import pytest
from PIL import Image

from helpers.algorithms.colours import (
    COLOURS,
    LIGHT,
    SIX,
    classified,
    coloured,
    failure,
    listed,
    picture,
    png,
)
from helpers.algorithms.container import CLASSIFICATION, jpeg, make_container, train_here
from helpers.algorithms.forms import entry, lay_out
from trigpoint.algorithms.image_classification.artifacts import load_model
from trigpoint.records.rec_file import RecWriter
from trigpoint.records.recordio import ImageHeader, pack_image

MESSAGE_START = "] "


def messages(log: str) -> list[str]:
    return [line.split(MESSAGE_START, 1)[-1] for line in log.splitlines()]


def test_the_log_and_the_artifact_of_a_training_are_those_of_the_original(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert classified(tmp_path, coloured(*SIX), coloured(0, 1, 2), top_k="2", epochs="2") == 0
    said = messages(capsys.readouterr().out)
    assert said[0] == "Docker entrypoint called with argument(s): train"
    assert said[1].startswith("Reading default configuration from ")
    assert said[2].startswith("Reading provided configuration from ")
    assert said[3].startswith("Final configuration: {")
    parameters = said.index("---- Parameters ----")
    assert {"num_layers: 20", "image_shape: 3,8,8", "top_k: 2"} <= set(said[parameters:])
    assert "checkpoint_frequency not set, will store the best model" in said
    epoch = [line.partition("=")[0] for line in said if line.startswith("Epoch[1]")]
    assert epoch == [
        "Epoch[1] Train-accuracy",
        "Epoch[1] Train-top_k_accuracy_2",
        "Epoch[1] Time cost",
        "Epoch[1] Validation-accuracy",
    ]
    stored = said.index("Storing the best model with validation accuracy: 0.333333")
    assert said[stored + 1] == f'Saved checkpoint to "{tmp_path}/model/image-classification-0001.params"'
    kept = sorted(file.name for file in (tmp_path / "model").iterdir())
    assert kept[0].startswith("image-classification-000") and kept[1:] == [
        "image-classification-symbol.json",
        "model-shapes.json",
    ]
    shapes = json.loads((tmp_path / "model" / "model-shapes.json").read_text())
    assert shapes == [{"name": "data", "shape": [1, 3, 8, 8]}]


def test_every_nth_epoch_is_kept_and_the_most_accurate_one_is_served(tmp_path: Path) -> None:
    code = classified(
        tmp_path, coloured(*SIX), coloured(0, 1, 2), epochs="4", checkpoint_frequency="2", learning_rate="0"
    )
    assert code == 0
    names = {file.name for file in (tmp_path / "model").iterdir()}
    assert {"image-classification-0002.params", "image-classification-0004.params"} < names
    assert len(names) == 4
    symbol_path = tmp_path / "model" / "image-classification-symbol.json"
    symbol = json.loads(symbol_path.read_text())
    symbol["kept"] = {"0002": 0.9, "0004": 0.5}
    symbol_path.write_text(json.dumps(symbol))
    (tmp_path / "model" / "image-classification-0004.params").unlink()
    assert load_model(tmp_path / "model").description.num_classes == 3


def test_a_training_without_validation_keeps_the_last_epoch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert classified(tmp_path, coloured(*SIX), epochs="3") == 0
    assert (tmp_path / "model" / "image-classification-0003.params").exists()
    assert "The channel 'validation' is not given: no accuracy is computed" in capsys.readouterr().out


@pytest.mark.parametrize("optimizer", ["sgd", "nag", "adam", "rmsprop"])
def test_every_optimizer_trains(tmp_path: Path, optimizer: str) -> None:
    assert classified(tmp_path, coloured(*SIX), optimizer=optimizer, learning_rate="0.001") == 0


def test_settings_of_other_optimizers_are_named_as_without_effect(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = {"momentum": "0.5", "beta_1": "0.8", "kv_store": "dist_async", "model_prefix": "x"}
    changes |= {"augmentation_type": "None", "resize": "None"}  # as the SDKs send None
    assert classified(tmp_path, coloured(*SIX), optimizer="adam", precision_dtype="float16", **changes) == 0
    log = capsys.readouterr().out
    assert "momentum has no effect with optimizer adam; it is read by sgd and nag." in log
    assert "beta_1 has no effect" not in log
    assert "kv_store dist_async is run synchronously" in log


def test_labels_of_several_classes_are_read_in_both_formats_and_weighed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    several = {"multi_label": "1", "use_weighted_loss": "1"}
    hot = coloured([1, 0, 0], [0, 1, 1], [0, 0, 0], [1, 1, 0])
    assert classified(tmp_path / "hot", hot, hot, **several) == 0
    log = capsys.readouterr().out
    assert "Weights of the classes: 1, 1, 3" in log
    ids = coloured([0], [1, 2], [], [0, 1])
    kind = "application/x-recordio; label-format=class-id"
    assert classified(tmp_path / "ids", ids, ids, kind, **several) == 0
    same = capsys.readouterr().out
    lines = [line for line in messages(log) if "accuracy=" in line]
    assert lines and lines == [line for line in messages(same) if "accuracy=" in line]


@pytest.mark.parametrize(
    ("labels", "kind", "changes", "said"),
    [
        ((0, 1, 3), "", {}, "Label 3 is out of range, num_classes is 3 (train example 3)"),
        ((0, -1, 1), "", {}, "Label -1 is out of range, num_classes is 3 (train example 2)"),
        (([0, 1],) * 3, "", {}, "The first one skipped: train: example 1: the label '[0, 1]' is not a class id; set multi_label to 1 for several classes"),
        (("cat",) * 3, "", {}, "The first one skipped: train: example 1: the label 'cat' is not a class id"),
        (([1, 0],) * 3, "", {"multi_label": "1"}, "Mismatch between number of labels in the multi-label data (2) and the num_classes parameter (3). If the label is a list of class ids, set ContentType to 'application/x-recordio; label-format=class-id' (train example 1)"),
        (([2, 0, 1],) * 3, "", {"multi_label": "1"}, "2 is in a multi-hot label, which has only 0 and 1. If the label is a list of class ids, set ContentType"),
        (([0, 4],) * 3, "; label-format=class-id", {"multi_label": "1"}, "Label 4 is out of range, num_classes is 3 (train example 1)"),
        ((0,), "; label-format=one-hot", {}, "Channel 'train': ContentType has label-format=one-hot; it must be multi-hot or class-id"),
        ((0, 1), "", {}, "The number of input images must be bigger or equal to the mini_batch_size. Channel 'train' has 2, mini_batch_size is 3"),
        ((), "", {}, "Got empty batch from pipe. Please check if the manifest file contains valid batches"),
        ((0, 1, 2), "", {"image_shape": "3,8,16"}, "The image has 12 x 12 pixels (width x height), fewer than image_shape 3,8,16 (channels, height, width) needs; set resize to 16 or more, or image_shape to the size of the smallest image (train example 1)"),
    ],
)  # fmt: skip
def test_data_that_do_not_fit_are_refused_with_the_example_and_the_way_out(
    tmp_path: Path, labels: tuple[object, ...], kind: str, changes: dict[str, str], said: str
) -> None:
    assert classified(tmp_path, coloured(*labels), None, f"application/x-recordio{kind}", **changes) == 2
    assert said in failure(tmp_path)


def turned(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def test_unusual_images_are_used_and_a_broken_one_is_skipped_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = Image.new("RGB", (40, 12), COLOURS[0])
    pairs = [
        (b"no image at all", b"0"),
        (png(picture(0).convert("L")), b"0"),
        (jpeg(picture(1).convert("CMYK")), b"1"),
        (png(Image.new("I;16", (12, 12), 40_000)), b"2"),
        (turned(wide), b"0"),
        (png(picture(1).convert("P")), b"1"),
        (png(picture(2).convert("RGBA")), b"2"),
    ]
    assert classified(tmp_path, pairs, num_training_samples="7", image_shape="1,8,8") == 0
    log = capsys.readouterr().out
    assert "] Skipped train example 1: the image cannot be decoded" in log
    assert "Expected number of batches: 3, did not match the number of batches processed: 2." in log


def test_classes_without_an_example_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert classified(tmp_path, coloured(*SIX), num_classes="5") == 0
    log = capsys.readouterr().out
    assert (
        "2 of the 5 classes have no example in the channel 'train', so the model cannot learn them: 3, 4"
        in log
    )


IMAGES = {f"{name}.png": png(picture(k)) for k, name in enumerate("abc")}


def test_a_list_with_odd_lines_trains_on_the_others_and_names_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["\ufeff1\t0\ta.png", "2\t1\t./b.png", "3\t2\tsub\\c.png", "4 0 a.png", "5\tx\ta.png", "6\t1\tnone.png", "6\t1\tb.png", "7\t0\ta.png"]  # fmt: skip
    images = {**IMAGES, "sub/c.png": IMAGES["c.png"]}
    assert listed(tmp_path, images, "\r\n".join(lines)) == 0
    log = capsys.readouterr().out
    assert "Skipped 3 line(s) of train.lst that cannot be read: line 4: index, label and path are needed, separated by tabs" in log  # fmt: skip
    assert "line 5: column 2: 'x' is not a number; line 7: duplicate index 6" in log
    assert "Skipped 1 line(s) of train.lst whose image is not in channel 'train': line 6: none.png" in log
    assert "Skipped 1 repeated line(s) of train.lst: line 8: a.png is also in line 1" in log
    assert f"Searching for .lst files in {tmp_path}/input/data/train_lst." in log


@pytest.mark.parametrize(
    ("lst", "said"),
    [
        ("1 0 a.png\n2 1 b.png\n", "Channel 'train_lst': train.lst has no line that can be used; line 1: index, label and path are needed, separated by tabs; this has 1 column(s)"),
        ("1,0,a.png\n", "has no line that can be used; line 1: index, label and path are needed"),
        ("", "Channel 'train_lst': train.lst has no line that can be used: it is empty"),
        ("1\t0\tx/a.png\n", "Channel 'train_lst': train.lst, line 1: x/a.png: channel 'train' has none of the images that are listed; it has a.png, b.png, c.png. Paths in the list are relative"),
        ("1\t0\ta.png\n2\t1\ta.png\n", "Channel 'train_lst': train.lst, lines 1 and 2: a.png has the labels 0 and 1; keep the right line"),
        ("1\t0\ta.png\n2\t7\tb.png\n3\t1\tc.png\n", "Label 7 is out of range, num_classes is 3 (train image b.png, line 2 of train.lst)"),
        ("1\t0\t1\ta.png\n" , "The label has 2 numbers, but one class id is needed; set multi_label to 1 for several classes (train image a.png, line 1 of train.lst)"),
        ("1\t0.5\ta.png\n", "Label 0.5 is not a class id"),
        (b"\xff\xfe1\t0\ta.png", "it must be a text file in UTF-8"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_trained_with_is_refused_with_file_and_line(
    tmp_path: Path, lst: str | bytes, said: str
) -> None:
    assert listed(tmp_path, IMAGES, lst) == 2
    assert said in failure(tmp_path)


def test_an_image_that_is_too_small_is_named_with_its_file(tmp_path: Path) -> None:
    images = {**IMAGES, "tiny.png": png(Image.new("RGB", (5, 12)))}
    assert listed(tmp_path, images, "1\t0\ta.png\n2\t0\ttiny.png\n3\t1\tb.png\n4\t1\tc.png\n") == 2
    assert "(train image tiny.png, line 2 of train.lst)" in failure(tmp_path)
    again = tmp_path / "again"
    assert listed(again, images, "1\t0\ta.png\n2\t0\ttiny.png\n3\t1\tb.png\n", resize="9") == 0


def rec(*labels: float | tuple[float, ...]) -> bytes:
    stream, index = io.BytesIO(), io.BytesIO()
    writer = RecWriter(stream, index)
    for number, label in enumerate(labels):
        writer.write(number, pack_image(ImageHeader(label, number), jpeg(picture(number % 3))))
    return stream.getvalue()


def trained_on_rec(root: Path, content: bytes, **changes: str) -> int:
    lay_out(root, {**LIGHT, **changes}, {"train": entry("File", "application/x-recordio")})
    (root / "input" / "data" / "train").mkdir()
    (root / "input" / "data" / "train" / "train.rec").write_bytes(content)
    return train_here(root, CLASSIFICATION)


@pytest.mark.parametrize(
    ("content", "changes", "said"),
    [
        (rec(0.0, 1.0, 2.0), {}, ""),
        (rec((1.0, 0.0, 1.0), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0)), {"multi_label": "1"}, ""),
        (rec((2.0, 5.0, 0.0, 0.1, 0.1, 0.5, 0.5)), {}, "The record has boxes; it was packed for object detection, not for image classification (train record 0 of train.rec, id 0)"),
        (rec((1.0, 0.0)), {}, "The label has 2 numbers, but one class id is needed; set multi_label to 1"),
        (rec(1.0), {"multi_label": "1"}, "Mismatch between number of labels in the multi-label data (1) and the num_classes parameter (3). (train record 0"),
        (rec(0.0, math.nan), {}, "Label nan is not a class id; class ids are whole numbers from 0 (train record 1 of train.rec, id 1)"),
        (rec(0.0, 9.0), {}, "Label 9 is out of range, num_classes is 3 (train record 1 of train.rec, id 1)"),
        (b"PK\x03\x04 a zip file, not RecordIO", {}, "Unable to parse record. Please make sure input data is in correct recordio format."),
    ],
)  # fmt: skip
def test_a_rec_file_is_read_or_refused_with_its_record(
    tmp_path: Path, content: bytes, changes: dict[str, str], said: str
) -> None:
    assert trained_on_rec(tmp_path, content, **changes) == (2 if said else 0)
    assert not said or said in failure(tmp_path)


def test_images_without_their_list_are_refused(tmp_path: Path) -> None:
    lay_out(tmp_path, LIGHT, {"train": entry("File", "application/x-image")})
    assert train_here(tmp_path, CLASSIFICATION) == 2
    assert failure(tmp_path) == (
        "The channel 'train_lst' is missing from InputDataConfig: the files of channel 'train' (content type "
        "application/x-image) need a channel with a line in a .lst file for each of them"
    )


def test_wrong_settings_are_reported_before_data_are_read(tmp_path: Path) -> None:
    make_container(tmp_path, {**LIGHT, "num_layers": "19"})
    assert train_here(tmp_path, CLASSIFICATION) == 2
    assert failure(tmp_path).startswith(
        "Error when validating hyperparameters: num_layers: 19 must be one of 18, 34, 50, 101, 152, 200, 20"
    )
