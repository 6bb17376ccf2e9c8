/** Boxes drawn over the image, in view pixels: lines and text stay crisp at every zoom. */
import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { HANDLES, hasHandle, handlePoint, rectToView, type View } from "../../core/geometry.js";
import type { BoxShape, Rect } from "../../core/shapes.js";
import type { LabelStyle } from "../../ui/palette.js";
import type { RectanglePreview } from "../../tools/rectangle.js";
import type { Scene } from "../../workspace/shape_kind.js";
import type { Overlay } from "../../workspace/stage/component.js";

type BoxScene = Scene<BoxShape, RectanglePreview>;

interface ShownBox {
  readonly id: string;
  readonly label: string;
  /** Image pixels, for the size in the tag. */
  readonly rect: Rect;
  readonly shown: Rect;
  readonly style: LabelStyle;
  readonly selected: boolean;
  readonly hovered: boolean;
}

const HANDLE_SIZE = 9;
const HANDLE_REACH = 7;
const TAG_HEIGHT = 18;
/** In a box narrower than this, in view pixels, a tag would hide more than it shows. */
const TAG_FROM_WIDTH = 36;

export function drawBoxes(scene: BoxScene, view: View): Overlay {
  const boxes = shownBoxes(scene, view);
  const selected = boxes.find((box) => box.selected);
  return {
    shapes: svg`${repeat(boxes, (box) => box.id, drawBox)}${selected === undefined ? nothing : drawHandles(selected)}`,
    tags: html`${repeat(boxes, (box) => box.id, drawTag)}`,
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
    hovered: id === hoverId,
  });
  const boxes = scene.shapes.map((box) => {
    const rect = preview?.kind === "edit" && preview.id === box.id ? preview.rect : box;
    return show(box.id, box.label, rect, box.id === selectedId);
  });
  if (preview?.kind === "new") boxes.push(show("new", scene.newLabel, preview.rect, true));
  return boxes.sort((a, b) => Number(a.selected) - Number(b.selected));
}

function drawBox({ id, shown, style, selected, hovered }: ShownBox): SVGTemplateResult {
  const fill = selected ? 0.14 : hovered ? 0.22 : 0;
  return svg`<g data-box=${id}>
    <rect x=${shown.left} y=${shown.top} width=${shown.width} height=${shown.height} fill="none"
      stroke="rgb(0 0 0 / 0.45)" stroke-width="4"></rect>
    <rect x=${shown.left} y=${shown.top} width=${shown.width} height=${shown.height} fill=${style.colour}
      fill-opacity=${fill} stroke=${style.colour} stroke-width=${selected ? 2.5 : 2}
      stroke-dasharray=${style.dash || nothing}></rect></g>`;
}

function drawHandles({ id, shown, style }: ShownBox): SVGTemplateResult {
  if (id === "new") return svg``;
  const handles = HANDLES.filter((handle) => hasHandle(shown, handle, HANDLE_REACH));
  return svg`${handles.map((handle) => {
    const { x, y } = handlePoint(shown, handle);
    const size = handle.length === 2 ? HANDLE_SIZE : HANDLE_SIZE - 2;
    return svg`<rect x=${x - size / 2} y=${y - size / 2} width=${size} height=${size} rx="2"
      fill="#fff" stroke=${style.colour} stroke-width="2" data-handle=${handle}></rect>`;
  })}`;
}

function drawTag({ label, rect, shown, style, selected, hovered }: ShownBox): TemplateResult {
  const large = selected || hovered;
  if (!large && shown.width < TAG_FROM_WIDTH) return html``;
  // Above the box and its handles; inside the box where the stage ends.
  const height = TAG_HEIGHT + (selected ? 5 : 0);
  const top = shown.top >= height ? shown.top - height : Math.max(shown.top, 0);
  const left = Math.max(shown.left - 2, 0);
  const limit = large ? "none" : `${Math.max(shown.width + 4, TAG_FROM_WIDTH)}px`;
  return html`<div class="tag ${large ? "large" : ""}" style="transform: translate(${left}px, ${top}px);
    max-width: ${limit}; background: ${style.colour}; color: ${style.text}">${label}${large
      ? html`<span class="size">${rect.width} × ${rect.height}</span>` : nothing}</div>`;
}
