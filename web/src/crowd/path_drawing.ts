/** Polygons, polylines and lines drawn over the image. */
import { nothing, svg, type SVGTemplateResult } from "lit";
import { distance, type Point, toView, type View } from "../core/geometry.js";
import { edgesOf, middleOf } from "../core/paths.js";
import type { PathShape } from "../core/shapes.js";
import type { PathRules } from "../tools/path_rules.js";
import { SHORTEST_WITH_MIDDLE } from "../tools/path_targets.js";
import type { LabelStyle } from "../ui/palette.js";
import type { ShapeDrawing } from "../workspace/shape_kind.js";

export function pathDrawing(rules: PathRules): ShapeDrawing<PathShape> {
  return {
    shape(path, view, { style, selected, hovered }) {
      const points = path.vertices.map((vertex) => toView(view, vertex)).map(({ x, y }) => `${x},${y}`).join(" ");
      const opacity = selected ? 0.14 : hovered ? 0.22 : 0;
      const width = selected || (hovered && !rules.closed) ? 3 : 2;
      // A polygon's points attribute closes it; the same outline twice gives it a rim.
      return rules.closed
        ? svg`<g data-path=${path.id}><polygon points=${points} fill="none" stroke=${style.rim} stroke-width=${width + 2}
            stroke-linejoin="round"></polygon><polygon points=${points} fill=${style.colour} fill-opacity=${opacity}
            stroke=${style.colour} stroke-width=${width} stroke-linejoin="round" stroke-dasharray=${style.dash || nothing}></polygon></g>`
        : svg`<g data-path=${path.id}><polyline points=${points} fill="none" stroke=${style.rim} stroke-width=${width + 2}
            stroke-linejoin="round" stroke-linecap="round"></polyline><polyline points=${points} fill="none" stroke=${style.colour}
            stroke-width=${width} stroke-linejoin="round" stroke-dasharray=${style.dash || nothing}></polyline>
            ${drawEnds(path.vertices.map((vertex) => toView(view, vertex)), style.colour, style.rim)}</g>`;
    },

    handles(path, view, { style, fresh }) {
      const middles = fresh || path.vertices.length >= rules.mostPoints ? [] : longEdgeMiddles(path, rules, view);
      return svg`${middles.map(({ x, y }) => svg`<circle cx=${x} cy=${y} r="3.5" fill=${style.colour} fill-opacity="0.55"
          stroke="#fff" stroke-width="1.2" data-handle="middle"></circle>`)}
        ${path.vertices.map((vertex) => drawVertex(toView(view, vertex), fresh ? 3.5 : 5, style))}`;
    },
  };
}

/** The ends of an open path, so that it is told apart from the image's own lines. */
function drawEnds(points: readonly Point[], colour: string, rim: string): SVGTemplateResult {
  const ends = [points[0], points.at(-1)].filter((point) => point !== undefined);
  return svg`${ends.map(({ x, y }) => svg`<circle cx=${x} cy=${y} r="3" fill=${colour} stroke=${rim} stroke-width="1"></circle>`)}`;
}

/** With a rim, because a task may give a label the colour white. */
function drawVertex({ x, y }: Point, radius: number, { colour, rim }: LabelStyle): SVGTemplateResult {
  return svg`<circle cx=${x} cy=${y} r=${radius} fill="#fff" stroke=${rim} stroke-width="4" data-handle="rim"></circle>
    <circle cx=${x} cy=${y} r=${radius} fill="#fff" stroke=${colour} stroke-width="2" data-handle="vertex"></circle>`;
}

function longEdgeMiddles({ vertices }: PathShape, { closed }: PathRules, view: View): Point[] {
  return edgesOf(vertices, closed)
    .filter(({ from, to }) => distance(from, to) * view.scale >= SHORTEST_WITH_MIDDLE)
    .map((edge) => toView(view, middleOf(edge)));
}
