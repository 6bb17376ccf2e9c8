/** The marks of a tool, drawn over the shapes. */
import { svg, type SVGTemplateResult } from "lit";
import { type Point, toView, type View } from "../core/geometry.js";
import type { Mark } from "../tools/marks.js";
import type { LabelStyle } from "../ui/palette.js";

/** The colour of what is not allowed. It differs from labels by its dashes and its thick rim. */
const REFUSED = "#e5172f";

/** `style` is that of the label of the next shape. */
export function drawMarks(marks: readonly Mark[], view: View, style: LabelStyle): SVGTemplateResult {
  return svg`${marks.map((mark) => drawMark(mark, view, style))}`;
}

function drawMark(mark: Mark, view: View, style: LabelStyle): SVGTemplateResult {
  switch (mark.kind) {
    case "chain":
      return drawChain(mark.points, view, style);
    case "fill":
      return svg`<polygon points=${pointsText(mark.points, view)} fill=${style.colour} fill-opacity="0.14"></polygon>`;
    case "rubber":
      return drawLine(mark, view, style.rim, style.colour, "5 4");
    case "refused":
      return drawLine(mark, view, "#fff", REFUSED, "3 3");
    case "point":
      return drawDot(toView(view, mark.at), 3.5, style.colour, "#fff");
    case "target":
      return drawDot(toView(view, mark.at), mark.reached ? 9 : 6, "#fff", style.colour);
    case "snap":
      return drawRing(toView(view, mark.at), 7);
    case "cursor":
      return drawCursor(toView(view, mark.at));
    case "brush":
      return drawRing(toView(view, mark.at), Math.max(1, (mark.diameter / 2) * view.scale));
    case "active":
      return svg`${drawDot(toView(view, mark.at), 6, "#171b23", "#fff")}${drawRing(toView(view, mark.at), 9)}`;
  }
}

function pointsText(points: readonly Point[], view: View): string {
  return points.map((point) => toView(view, point)).map(({ x, y }) => `${x},${y}`).join(" ");
}

function drawChain(points: readonly Point[], view: View, style: LabelStyle): SVGTemplateResult {
  const text = pointsText(points, view);
  return svg`<polyline points=${text} fill="none" stroke=${style.rim} stroke-width="4" stroke-linejoin="round"></polyline>
    <polyline points=${text} fill="none" stroke=${style.colour} stroke-width="2" stroke-linejoin="round"></polyline>`;
}

function drawLine({ from, to }: { from: Point; to: Point }, view: View, rim: string, colour: string, dashes: string): SVGTemplateResult {
  const [a, b] = [toView(view, from), toView(view, to)];
  return svg`<line x1=${a.x} y1=${a.y} x2=${b.x} y2=${b.y} stroke=${rim} stroke-width="4"></line>
    <line x1=${a.x} y1=${a.y} x2=${b.x} y2=${b.y} stroke=${colour} stroke-width="2" stroke-dasharray=${dashes}></line>`;
}

function drawDot({ x, y }: Point, radius: number, fill: string, stroke: string): SVGTemplateResult {
  return svg`<circle cx=${x} cy=${y} r=${radius} fill=${fill} stroke=${stroke} stroke-width="2"></circle>`;
}

const ARM = 18;
const GAP = 4;

/** Two lines, so that the cross is seen on every image; its middle is free. */
function drawCursor({ x, y }: Point): SVGTemplateResult {
  const path = `M${x - ARM} ${y}H${x - GAP}M${x + GAP} ${y}H${x + ARM}M${x} ${y - ARM}V${y - GAP}M${x} ${y + GAP}V${y + ARM}`;
  return svg`<path class="keyboard-cursor" d=${path} fill="none" stroke="#171b23" stroke-width="5" stroke-linecap="round"></path>
    <path d=${path} fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round"></path>`;
}

/** Two lines, so that the ring is seen on every image. */
function drawRing({ x, y }: Point, radius: number): SVGTemplateResult {
  return svg`<circle cx=${x} cy=${y} r=${radius} fill="none" stroke="#171b23" stroke-width="3.5"></circle>
    <circle cx=${x} cy=${y} r=${radius} fill="none" stroke="#fff" stroke-width="1.5"></circle>`;
}
