"""The linear classifiers: trained as a job would, served, and compared with torch and with a direct computation."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from PIL import Image

from helpers.algorithms.container import Pair, Platform, jpeg, make_container, train_here
from trigpoint.algorithms.common.backbones import make_backbone
from trigpoint.algorithms.common.backbones.efficientnet_lite import EfficientNetLite0
from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.common.serve import RequestRefused
from trigpoint.algorithms.features.cache import FeatureCache, key_of
from trigpoint.algorithms.features.extractor import Extractor, pretrained_network
from trigpoint.algorithms.features.onnx_network import onnx_features
from trigpoint.algorithms.features.sentences import SentenceEmbedder
from trigpoint.algorithms.linear_classification import images, text_features, texts
from trigpoint.algorithms.linear_classification.head import fit
from trigpoint.autolabel.learners import FROM_SCRATCH
from trigpoint.core.errors import Invalid
from trigpoint.weights import sentences
from trigpoint.weights.sentences import installed_encoder

WORDS = (("rain", "snow", "wind"), ("song", "album", "band"), ("pizza", "table", "menu"))


def picture(number: int) -> Pair:
    """A picture with stripes down (class 0) or across (class 1), and its label."""
    dice, kind = Random(number), number % 2
    image = Image.new("RGB", (64, 64), (dice.randrange(256), 90, 90))
    for k in range(0, 64, 8):
        image.paste((240, 240, 200), (k, 0, k + 4, 64) if kind else (0, k, 64, k + 4))
    return jpeg(image), str(kind).encode()


def sentence(number: int) -> Pair:
    kind = number % len(WORDS)
    return " ".join(Random(number).choices(WORDS[kind], k=4)).encode(), str(kind).encode()


def settings(pairs: list[Pair], classes: int) -> dict[str, str]:
    return {"num_classes": str(classes), "num_training_samples": str(len(pairs))}


def test_images_are_learned_from_few_labels_and_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIGPOINT_FEATURES", str(tmp_path / "features"))
    pairs = [*map(picture, range(24)), (b"no image", b"1")]
    root = make_container(tmp_path / "ml", settings(pairs, 3))
    with Platform(root, {"train": pairs, "validation": list(map(picture, range(100, 110)))}):
        assert train_here(root, images.NAME) == 0
    log = capfd.readouterr().out
    assert "Validation-accuracy=1.000000" in log
    assert "Final configuration: {u'num_classes': u'3', u'num_training_samples': u'25'}" in log
    assert "left out train example 25" in log

    reply = images.load_handler(root / "model")
    shown = json.loads(reply(picture(7)[0], "image/jpeg", "application/json").body)
    assert shown[1] > 0.9 and shown[2] == 0 and sum(shown) == pytest.approx(1, abs=1e-5)
    with pytest.raises(RequestRefused, match="not an image"):
        reply(b"no image", "image/jpeg", "")
    monkeypatch.setenv("SAGEMAKER_BATCH", "true")
    answer = json.loads(reply(b"no image", "application/x-image", "").body)
    assert answer["prediction"] == [] and answer["error"]
    with pytest.raises(CustomerError, match=r"has no linear-classification\.json"):
        images.load_handler(tmp_path)


def test_images_are_learned_from_scratch_with_the_settings_for_machines_without_weights(
    tmp_path: Path,
) -> None:
    pairs = list(map(picture, range(32)))
    values = settings(pairs, 2) | dict(FROM_SCRATCH) | {"epochs": "2"}
    root = make_container(tmp_path, values)
    with Platform(root, {"train": pairs, "validation": pairs[:4]}):
        assert train_here(root, "image-classification") == 0
    assert (root / "model" / "image-classification-symbol.json").exists()


def test_texts_are_learned_from_few_labels_and_served(tmp_path: Path) -> None:
    pairs = [*map(sentence, range(60)), (b"\xff\xfe", b"1")]
    root = make_container(tmp_path, settings(pairs, 3), ("train",))
    with Platform(root, {"train": pairs}):
        assert train_here(root, texts.NAME) == 0
    reply = texts.load_handler(root / "model")
    lines = "".join(json.dumps({"id": n, "source": sentence(n)[0].decode()}) + "\n" for n in range(100, 106))
    found = [
        json.loads(line) for line in reply(lines.encode(), "application/jsonlines", "").body.splitlines()
    ]
    assert [int(np.argmax(each["prediction"])) for each in found] == [n % 3 for n in range(100, 106)]
    for body, kind in ((b"{}", "application/jsonlines"), (b"x", "image/png")):
        with pytest.raises(RequestRefused):
            reply(body, kind, "")


MEANT = (
    ("It rains all day", "Snow falls in the hills", "A cold wind blows", "The sky is cloudy"),
    ("Play that song again", "Her album is great", "The band is on stage", "He sings well"),
)
UNSEEN = ("Freezing temperatures expected tomorrow", "Turn up the guitar solo")
"""Texts about the same, which share no word with the others."""


@pytest.mark.parametrize("has_encoder", [True, False])
def test_texts_are_understood_by_their_meaning_where_the_network_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_encoder: bool
) -> None:
    if not has_encoder:
        monkeypatch.setattr(text_features, "installed_encoder", lambda: None)
    monkeypatch.setenv("TRIGPOINT_FEATURES", str(tmp_path / "features"))
    pairs = [(text.encode(), str(kind).encode()) for kind, own in enumerate(MEANT) for text in own]
    root = make_container(tmp_path / "ml", settings(pairs, 2), ("train",))
    with Platform(root, {"train": pairs}):
        assert train_here(root, texts.NAME) == 0
    assert (root / "model" / "sentences.onnx").exists() == has_encoder
    reply = texts.load_handler(root / "model")
    lines = "".join(json.dumps({"source": text}) + "\n" for text in UNSEEN).encode()
    found = [
        json.loads(line)["prediction"] for line in reply(lines, "application/jsonlines", "").body.splitlines()
    ]
    assert ([int(np.argmax(each)) for each in found] == [0, 1] and max(found[0]) > 0.55) == has_encoder


def test_embeddings_do_not_depend_on_what_was_asked_together_or_before(tmp_path: Path) -> None:
    files = installed_encoder()
    assert files is not None
    embed = SentenceEmbedder(files[0].read_bytes(), files[1].read_bytes(), FeatureCache(tmp_path))
    asked = [*MEANT[0], "", "word " * 5_000, MEANT[0][0]]
    first = embed(asked)
    assert first.shape == (7, 384) and np.allclose(np.linalg.norm(first, axis=1), 1, atol=1e-2)
    assert np.array_equal(embed(asked[::-1]), first[::-1])
    other = SentenceEmbedder(files[0].read_bytes(), files[1].read_bytes(), FeatureCache(None))
    similar = other([MEANT[0][0], "The weather is rainy", MEANT[1][0]])
    assert np.allclose(similar[0], first[0], atol=0.05)
    assert similar[0] @ similar[1] > similar[0] @ similar[2] + 0.2


def test_a_network_that_was_changed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentences, "NETWORK", replace(sentences.NETWORK, sha256="0" * 64))
    with pytest.raises(Invalid, match=r"model\.onnx: the file is damaged or of another version"):
        installed_encoder()
    monkeypatch.setattr(sentences, "NETWORK", replace(sentences.NETWORK, package="no-such-package"))
    assert installed_encoder() is None


def test_a_label_beyond_the_classes_is_the_customers_fault(tmp_path: Path) -> None:
    root = make_container(tmp_path, {"num_classes": "2", "num_training_samples": "1"}, ("train",))
    with Platform(root, {"train": [(b"words", b"2")]}):
        assert train_here(root, texts.NAME) == 2


@torch.inference_mode()
def test_the_network_in_onnx_is_the_one_in_torch() -> None:
    torch.manual_seed(3)
    network = make_backbone("efficientnet-lite0", for_classes=True).eval()
    assert isinstance(network, EfficientNetLite0)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # statistics of a network that was trained
            module.running_mean.uniform_(-0.2, 0.2)  # type: ignore[union-attr]
            module.running_var.uniform_(0.5, 1.5)  # type: ignore[union-attr]
    pixels = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    extractor = Extractor(onnx_features(network, 224), FeatureCache(None))
    buffers = []
    for each in pixels:
        buffer = io.BytesIO()
        Image.fromarray(each).save(buffer, "PNG")
        buffers.append(buffer.getvalue())
    found = np.stack([np.asarray(each) for each in extractor.features(buffers)])
    x = (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() - 127.0) / 128.0
    expected = network.features(x).mean(dim=(2, 3)).numpy()
    assert np.abs(expected).max() > 0.01
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-3)  # half precision


def test_features_are_computed_once_and_the_oldest_are_removed(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path / "new", most=3)
    keys = [key_of(bytes([k]), "net") for k in range(5)]
    for k, key in enumerate(keys):
        cache.put({key: np.full(4, k, np.float32)})
    assert sorted(cache.get(keys)) == sorted(keys[2:])
    assert cache.get([keys[4]])[keys[4]].tolist() == [4, 4, 4, 4]
    assert key_of(b"a", "net") != key_of(b"a", "other")
    network = pretrained_network()
    assert network is not None
    image = picture(1)[0]
    first = Extractor(network, FeatureCache(tmp_path)).features([image, image])
    second = Extractor(network, FeatureCache(tmp_path))
    second._session = None
    assert np.array_equal(second.features([image])[0], first[0])


def test_a_damaged_cache_costs_time_only(tmp_path: Path) -> None:
    (tmp_path / "features.sqlite").write_bytes(b"no database" * 100)
    cache = FeatureCache(tmp_path)
    cache.put({b"k": np.zeros(2, np.float32)})
    assert cache.get([b"k"]) == {}


@pytest.mark.parametrize("classes", [(4,), (1, 4), (0, 2, 4)])
def test_a_head_knows_only_the_classes_that_it_has_seen(classes: tuple[int, ...]) -> None:
    labels = np.array([classes[k % len(classes)] for k in range(30)])
    features = np.eye(5, dtype=np.float32)[labels]
    found = fit(features, labels, 6, (10.0,)).probabilities(features)
    assert found.shape == (30, 6)
    assert (found.argmax(axis=1) == labels).all()
    assert found.sum(axis=1) == pytest.approx(1)
    assert found[:, [k for k in range(6) if k not in classes]].max() == 0
