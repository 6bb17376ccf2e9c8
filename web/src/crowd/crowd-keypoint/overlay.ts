/** Key points drawn over the image: rings around the place, which itself stays visible. */
import { nothing, svg } from "lit";
import { toView } from "../../core/geometry.js";
import type { PathShape } from "../../core/shapes.js";
import type { ShapeDrawing } from "../../workspace/shape_kind.js";

export const keypointDrawing: ShapeDrawing<PathShape> = {
  shape({ id, vertices: [point] }, view, { style, selected, hovered }) {
    if (point === undefined) return svg``;
    const { x, y } = toView(view, point);
    const radius = selected || hovered ? 7 : 5.5;
    return svg`<g data-path=${id}>
      <circle cx=${x} cy=${y} r=${radius} fill=${style.colour} fill-opacity=${selected ? 0.3 : 0.15} stroke=${style.rim} stroke-width="5"></circle>
      <circle cx=${x} cy=${y} r=${radius} fill="none" stroke=${style.colour} stroke-width="2.5" stroke-dasharray=${style.dash || nothing}></circle>
      <circle cx=${x} cy=${y} r="1.5" fill=${style.colour} stroke=${style.rim} stroke-width="1"></circle></g>`;
  },

  handles({ vertices: [point] }, view) {
    if (point === undefined) return svg``;
    const { x, y } = toView(view, point);
    return svg`<circle cx=${x} cy=${y} r="10" fill="none" stroke="#171b23" stroke-width="3"></circle>
      <circle cx=${x} cy=${y} r="10" fill="none" stroke="#fff" stroke-width="1.5"></circle>`;
  },
};
