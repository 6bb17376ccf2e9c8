"""EfficientNet-Lite0 as an ONNX graph, for onnxruntime.

The graph is written node by node from the network that torch has loaded: normalisations become part of their
convolutions, relu6 becomes Clip, and TensorFlow's padding becomes explicit. torch's own exporter takes half a minute.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from trigpoint.algorithms.common.backbones.efficientnet_lite import EfficientNetLite0, InvertedResidual

INPUT, OUTPUT = "pixels", "features"
_OPSET, _IR = 17, 8


def onnx_features(network: EfficientNetLite0, side_px: int) -> bytes:
    """The graph: (N, side_px, side_px, 3) uint8 RGB -> (N, C) float32, the mean of the last feature map."""
    assert network.head is not None and network.head_bn is not None
    graph = _Graph()
    x, side = graph.normalised(network, INPUT), side_px
    x, side = graph.convolved(network.conv0, network.bn0, x, side, relu6=True)
    for name, _ in network.units:
        unit = network.get_submodule(name)
        assert isinstance(unit, InvertedResidual)
        x, side = graph.unit(unit, x, side)
    x, _ = graph.convolved(network.head, network.head_bn, x, side, relu6=True)
    x = graph.node("GlobalAveragePool", [x])
    graph.node("Flatten", [x], output=OUTPUT, axis=1)
    made = helper.make_graph(
        graph.nodes,
        "features",
        [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, ["n", side_px, side_px, 3])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", network.feature_channels])],
        graph.weights,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


class _Graph:
    """The nodes and the weights so far."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def node(self, kind: str, inputs: list[str], *, output: str = "", **attributes: Any) -> str:
        output = output or f"x{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, value: Any) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype=np.float32), name))
        return name

    def normalised(self, network: EfficientNetLite0, pixels: str) -> str:
        """Float pixels, channels first, less their mean, divided by their deviation."""
        x = self.node("Cast", [pixels], to=TensorProto.FLOAT)
        x = self.node("Sub", [x, self.constant(np.array(network.mean_rgb))])
        x = self.node("Div", [x, self.constant(np.array(network.std_rgb))])
        return self.node("Transpose", [x], perm=[0, 3, 1, 2])

    def unit(self, unit: InvertedResidual, x: str, side: int) -> tuple[str, int]:
        y, after = x, side
        if unit.expand is not None and unit.expand_bn is not None:
            y, after = self.convolved(unit.expand, unit.expand_bn, y, after, relu6=True)
        y, after = self.convolved(unit.depthwise, unit.depthwise_bn, y, after, relu6=True)
        y, after = self.convolved(unit.project, unit.project_bn, y, after, relu6=False)
        return (self.node("Add", [x, y]) if unit.keeps_shape else y), after

    def convolved(
        self, conv: nn.Conv2d, norm: nn.BatchNorm2d, x: str, side: int, *, relu6: bool
    ) -> tuple[str, int]:
        """A convolution with the normalisation after it; the side of its map."""
        weight, bias = _folded(conv, norm)
        kernel, stride = conv.kernel_size[0], conv.stride[0]
        after = -(-side // stride)
        padding = max((after - 1) * stride + kernel - side, 0)
        before = padding // 2
        y = self.node(
            "Conv",
            [x, self.constant(weight), self.constant(bias)],
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            group=conv.groups,
            pads=[before, before, padding - before, padding - before],
        )
        return (self.node("Clip", [y, self.constant(0.0), self.constant(6.0)]) if relu6 else y), after


@torch.no_grad()
def _folded(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Any, Any]:
    assert norm.running_mean is not None and norm.running_var is not None
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    weight = conv.weight * scale[:, None, None, None]
    return weight.numpy(), (norm.bias - norm.running_mean * scale).numpy()
