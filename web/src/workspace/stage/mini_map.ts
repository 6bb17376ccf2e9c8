/** A map of the whole image with the part that the stage shows, when that is small. */
import { html, nothing, type TemplateResult } from "lit";
import { fitView, type Point, type Size, toImage, toView, type View } from "../../core/geometry.js";
import { t } from "../../language/index.js";
import { type Picture, renderInset } from "./picture.js";

const LARGEST: Size = { width: 144, height: 108 };
/** The map is shown when less than this part of the image is in view. */
const SHOWN_BELOW = 0.05;

export interface MiniMap {
  readonly picture: Picture;
  readonly view: View;
  readonly stage: Size;
  /** The worker points at a place of the image. */
  readonly lookAt: (point: Point) => void;
}

export function renderMiniMap({ picture, view, stage, lookAt }: MiniMap): TemplateResult | typeof nothing {
  const { image } = picture;
  const inView = (stage.width * stage.height) / (image.width * image.height * view.scale ** 2);
  if (inView > SHOWN_BELOW) return nothing;
  const upright = fitView(image, LARGEST, 0, view.rotation);
  const size = mapSize(image, upright);
  const map = fitView(image, size, 0, view.rotation);
  const corners = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([x = 0, y = 0]) =>
    toView(map, toImage(view, { x: x * stage.width, y: y * stage.height })),
  );
  const point = (event: PointerEvent): void => {
    // The surface below would draw.
    event.stopPropagation();
    if (event.buttons === 0) return;
    const target = event.currentTarget as HTMLElement;
    if (event.type === "pointerdown") target.setPointerCapture(event.pointerId);
    const { left, top } = target.getBoundingClientRect();
    lookAt(toImage(map, { x: event.clientX - left, y: event.clientY - top }));
  };
  return html`<div class="map" title=${t("What is in view. Drag to move it.")} aria-hidden="true"
    style="width: ${size.width}px; height: ${size.height}px" @pointerdown=${point} @pointermove=${point}>
    ${renderInset(picture, map, size)}
    <svg width=${size.width} height=${size.height}><polygon points=${corners.map(({ x, y }) => `${x},${y}`).join(" ")}></polygon></svg>
  </div>`;
}

function mapSize({ width, height }: Size, { scale, rotation = 0 }: View): Size {
  const turned = Math.round(rotation / 90) % 2 === 1 ? { width: height, height: width } : { width, height };
  if (rotation % 90 !== 0) return LARGEST;
  return { width: Math.max(24, Math.round(turned.width * scale)), height: Math.max(24, Math.round(turned.height * scale)) };
}
