/** Boxes drawn over the image. */
import { nothing, svg, type SVGTemplateResult } from "lit";
import { CORNERS, cornerZone } from "../../core/corner_zones.js";
import { HANDLES, handlePoint, hasHandle, rectToView } from "../../core/geometry.js";
import type { BoxShape, Rect } from "../../core/shapes.js";
import type { LabelStyle } from "../../ui/palette.js";
import type { ShapeDrawing } from "../../workspace/shape_kind.js";

const HANDLE_SIZE = 9;
const HANDLE_REACH = 7;

export const boxDrawing: ShapeDrawing<BoxShape> = {
  shape(box, view, { style, selected, hovered }) {
    const shown = rectToView(view, box);
    const fill = selected ? 0.14 : hovered ? 0.22 : 0;
    return svg`<g data-box=${box.id}>
      <rect x=${shown.left} y=${shown.top} width=${shown.width} height=${shown.height} fill="none"
        stroke=${style.rim} stroke-width="4"></rect>
      <rect x=${shown.left} y=${shown.top} width=${shown.width} height=${shown.height} fill=${style.colour}
        fill-opacity=${fill} stroke=${style.colour} stroke-width=${selected ? 2.5 : 2}
        stroke-dasharray=${style.dash || nothing}></rect></g>`;
  },

  handles(box, view, { style, fresh }) {
    const shown = rectToView(view, box);
    return fresh ? drawFreshCorners(shown, style) : drawHandles(shown, style);
  },
};

function drawHandles(shown: Rect, style: LabelStyle): SVGTemplateResult {
  const handles = HANDLES.filter((handle) => hasHandle(shown, handle, HANDLE_REACH));
  return svg`${handles.map((handle) => {
    const { x, y } = handlePoint(shown, handle);
    const size = handle.length === 2 ? HANDLE_SIZE : HANDLE_SIZE - 2;
    return drawHandle(handle, { left: x - size / 2, top: y - size / 2, width: size, height: size }, style);
  })}`;
}

/** The corners of a box that was just drawn, exactly where they react. */
function drawFreshCorners(shown: Rect, style: LabelStyle): SVGTemplateResult {
  return svg`${CORNERS.map((corner) => drawHandle(corner, cornerZone(shown, corner, 1), style))}`;
}

function drawHandle(name: string, { left, top, width, height }: Rect, { colour }: LabelStyle): SVGTemplateResult {
  return svg`<rect x=${left} y=${top} width=${width} height=${height} rx="2"
    fill="#fff" stroke=${colour} stroke-width="2" data-handle=${name}></rect>`;
}
