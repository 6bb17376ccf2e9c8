/** The shapes and their tags over the image, of whatever kind. */
import { html, nothing, svg, type SVGTemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { Size, View } from "../core/geometry.js";
import { rectToView } from "../core/geometry.js";
import type { Rect, Shape } from "../core/shapes.js";
import type { Mark } from "../tools/marks.js";
import type { ShapePreview } from "../tools/tool.js";
import type { LabelStyle } from "../ui/palette.js";
import { drawMarks } from "./marks.js";
import type { ShapeKind, ShapeLook, ShownShape } from "./shape_kind.js";
import type { Overlay } from "./stage/component.js";
import { drawTags, type Tagged } from "./tags.js";

/** What is drawn. */
export interface Scene<S extends Shape> {
  readonly shapes: readonly S[];
  readonly selectedIds: ReadonlySet<string>;
  /** The selected shape was just drawn, and the worker goes on drawing. */
  readonly selectedIsFresh: boolean;
  /** The shape whose row in the list is under the pointer. */
  readonly hoverId: string | null;
  readonly preview: ShapePreview<S> | null;
  readonly marks: readonly Mark[];
  /** The rectangle that selects the shapes in it, in image pixels. */
  readonly band: Rect | null;
  readonly showsTags: boolean;
  /** The label that a new shape gets. */
  readonly newLabel: string;
  readonly styleOf: (label: string, shape?: S) => LabelStyle;
  /** Only shapes that the pointer can take hold of have handles. */
  readonly isInReach: (shape: S) => boolean;
}

/** A scene that only shows shapes. */
export const NOTHING_SELECTED = {
  selectedIds: new Set<string>(),
  selectedIsFresh: false,
  hoverId: null,
  preview: null,
  marks: [],
  band: null,
  showsTags: true,
  newLabel: "",
  isInReach: () => false,
} as const;

/** The tag of a small shape is outside the marker that shows it. */
const MARKER_RADIUS = 8;
/** The id of the shape that is being drawn. */
const NEW = "new";

/** `stage` is the size of the stage in view pixels. */
export function drawOverlay<S extends Shape>(kind: OverlayKind<S>, scene: Scene<S>, view: View, stage: Size): Overlay {
  const shown = shownShapes(scene);
  // While a shape is drawn, the handles of the one before it are no help.
  const selected = scene.preview?.kind === "new" || scene.selectedIds.size > 1 ? undefined : shown.find(({ look }) => look.selected);
  const { drawing } = kind;
  const plane = { scale: view.scale, x: 0, y: 0 };
  // Most shapes stay as they are from frame to frame, and while the image is moved or turned all do.
  const draw = ({ shape, look }: ShownShape<S>): unknown =>
    guard([shape, view.scale, ...Object.values(look)], () => drawing.shape(shape, plane, look));
  return {
    shapes: svg`${repeat(shown, ({ shape }) => shape.id, draw)}${
      selected !== undefined && scene.isInReach(selected.shape) ? drawing.handles(selected.shape, plane, selected.look) : nothing}${
      drawMarks(scene.marks, plane, scene.styleOf(scene.newLabel))}${scene.band === null ? nothing : drawBand(scene.band, plane)}`,
    tags: scene.showsTags ? drawTags(shown.map(({ shape, look }) => tagged(kind, shape, look, view, scene.selectedIds.size === 1)), stage) : html``,
    paint: drawing.paint && ((context, part) => drawing.paint?.(context, shown, part)),
  };
}

function drawBand(band: Rect, view: View): SVGTemplateResult {
  const { left, top, width, height } = rectToView(view, band);
  return svg`<rect class="band" x=${left} y=${top} width=${width} height=${height}></rect>`;
}

/** What is needed of a kind of shape to draw it. */
export type OverlayKind<S extends Shape> = Pick<ShapeKind<S>, "drawing" | "bounds" | "row" | "hasSmallShapes">;

/** The shapes as they are during a drag; the selected one last, on top. */
function shownShapes<S extends Shape>({ preview, selectedIds, selectedIsFresh, hoverId, ...scene }: Scene<S>): ShownShape<S>[] {
  const isDrawing = preview?.kind === "new";
  const shown = scene.shapes.map((shape): ShownShape<S> => {
    const selected = selectedIds.has(shape.id) && !isDrawing;
    const look = { style: scene.styleOf(shape.label, shape), selected, hovered: shape.id === hoverId, fresh: selected && selectedIsFresh };
    return { shape: preview?.kind === "edit" && preview.id === shape.id ? { ...shape, ...preview.geometry } : shape, look };
  });
  if (isDrawing) {
    const shape = { id: NEW, label: scene.newLabel, ...preview.geometry } as unknown as S;
    shown.push({ shape, look: { style: scene.styleOf(scene.newLabel), selected: true, hovered: false, fresh: false } });
  }
  return shown.sort((a, b) => Number(a.look.selected) - Number(b.look.selected));
}

function grown({ left, top, width, height }: Rect, by: number): Rect {
  return { left: left - by, top: top - by, width: width + 2 * by, height: height + 2 * by };
}

function tagged<S extends Shape>(kind: OverlayKind<S>, shape: S, look: ShapeLook, view: View, isOnly: boolean): Tagged {
  const shown = rectToView(view, kind.bounds(shape));
  const bounds: Rect = kind.hasSmallShapes === true ? grown(shown, MARKER_RADIUS) : shown;
  // Not of a shape just drawn, whose long tag would hide the place of the next one, and not of several.
  const showsSize = look.hovered || (look.selected && !look.fresh && isOnly);
  return { id: shape.id, label: shape.label, size: showsSize ? kind.row.size(shape) : null, bounds, style: look.style, selected: look.selected, confidence: shape.confidence, always: kind.hasSmallShapes ?? false };
}
