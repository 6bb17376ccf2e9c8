/** Boxes drawn over the image, in view pixels: lines and text stay crisp at every zoom. */
import { nothing, svg, type SVGTemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { CORNERS, cornerZone } from "../../core/corner_zones.js";
import { HANDLES, hasHandle, handlePoint, rectToView, type Size, type View } from "../../core/geometry.js";
import type { BoxShape, Rect } from "../../core/shapes.js";
import type { LabelStyle } from "../../ui/palette.js";
import type { RectanglePreview } from "../../tools/rectangle.js";
import type { Scene } from "../../workspace/shape_kind.js";
import type { Overlay } from "../../workspace/stage/component.js";
import { drawTags } from "./tags.js";

type BoxScene = Scene<BoxShape, RectanglePreview>;

export interface ShownBox {
  readonly id: string;
  readonly label: string;
  /** Image pixels, for the size in the tag. */
  readonly rect: Rect;
  readonly shown: Rect;
  readonly style: LabelStyle;
  readonly selected: boolean;
  /** Its size is shown: not of a box just drawn, whose long tag would hide the place of the next one. */
  readonly showsSize: boolean;
  readonly hovered: boolean;
}

const HANDLE_SIZE = 9;
const HANDLE_REACH = 7;

export function drawBoxes(scene: BoxScene, view: View, stage: Size): Overlay {
  const boxes = shownBoxes(scene, view);
  // While a box is drawn, the handles of the box before it are no help.
  const selected = scene.preview?.kind === "new" ? undefined : boxes.find((box) => box.selected);
  const draw = scene.selectedIsFresh ? drawFreshCorners : drawHandles;
  return {
    shapes: svg`${repeat(boxes, (box) => box.id, drawBox)}${selected === undefined ? nothing : draw(selected)}`,
    tags: drawTags(boxes, stage),
  };
}

/** The boxes as they are during a drag; the selected one last, on top. */
function shownBoxes(scene: BoxScene, view: View): ShownBox[] {
  const { preview, selectedId, hoverId } = scene;
  const show = (id: string, label: string, rect: Rect, selected: boolean): ShownBox => ({
    id,
    label,
    rect,
    shown: rectToView(view, rect),
    style: scene.styleOf(label),
    selected,
    showsSize: id === hoverId || (selected && !(scene.selectedIsFresh && id === selectedId)),
    hovered: id === hoverId,
  });
  const isDrawing = preview?.kind === "new";
  const boxes = scene.shapes.map((box) => {
    const rect = preview?.kind === "edit" && preview.id === box.id ? preview.rect : box;
    return show(box.id, box.label, rect, box.id === selectedId && !isDrawing);
  });
  if (isDrawing) boxes.push(show("new", scene.newLabel, preview.rect, true));
  return boxes.sort((a, b) => Number(a.selected) - Number(b.selected));
}

function drawBox({ id, shown, style, selected, hovered }: ShownBox): SVGTemplateResult {
  const fill = selected ? 0.14 : hovered ? 0.22 : 0;
  return svg`<g data-box=${id}>
    <rect x=${shown.left} y=${shown.top} width=${shown.width} height=${shown.height} fill="none"
      stroke=${style.rim} stroke-width="4"></rect>
    <rect x=${shown.left} y=${shown.top} width=${shown.width} height=${shown.height} fill=${style.colour}
      fill-opacity=${fill} stroke=${style.colour} stroke-width=${selected ? 2.5 : 2}
      stroke-dasharray=${style.dash || nothing}></rect></g>`;
}

function drawHandles({ shown, style }: ShownBox): SVGTemplateResult {
  const handles = HANDLES.filter((handle) => hasHandle(shown, handle, HANDLE_REACH));
  return svg`${handles.map((handle) => {
    const { x, y } = handlePoint(shown, handle);
    const size = handle.length === 2 ? HANDLE_SIZE : HANDLE_SIZE - 2;
    return drawHandle(handle, { left: x - size / 2, top: y - size / 2, width: size, height: size }, style);
  })}`;
}

/** The corners of a box that was just drawn, exactly where they react. */
function drawFreshCorners({ shown, style }: ShownBox): SVGTemplateResult {
  return svg`${CORNERS.map((corner) => drawHandle(corner, cornerZone(shown, corner, 1), style))}`;
}

function drawHandle(name: string, { left, top, width, height }: Rect, { colour }: LabelStyle): SVGTemplateResult {
  return svg`<rect x=${left} y=${top} width=${width} height=${height} rx="2"
    fill="#fff" stroke=${colour} stroke-width="2" data-handle=${name}></rect>`;
}
