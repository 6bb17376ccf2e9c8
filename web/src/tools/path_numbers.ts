/** The numbers of a path: both ends of a line, the place of a key point, and of the chosen point of other paths. */
import type { Point, Size } from "../core/geometry.js";
import type { PathShape } from "../core/shapes.js";
import { t } from "../language/index.js";
import type { NumberField, Numbers } from "./numbers.js";
import { limitsOf, type PathRules } from "./path_rules.js";

export interface NumberedPath {
  readonly shape: PathShape;
  /** The index of the point that the worker has chosen. */
  readonly active: number | null;
  readonly rules: PathRules;
  readonly image: Size;
  move(index: number, to: Point): void;
}

export function pathNumbers(path: NumberedPath): Numbers {
  const { shape, active, rules } = path;
  if (rules.mostPoints === 1) return { caption: "", fields: fieldsOf(path, 0, { x: t("X"), y: t("Y") }) };
  if (rules.mostPoints === 2) {
    const [from, to] = [{ x: t("From X"), y: t("From Y") }, { x: t("To X"), y: t("To Y") }];
    return { caption: "", fields: [...fieldsOf(path, 0, from), ...fieldsOf(path, 1, to)] };
  }
  if (active === null) return { caption: t("Click a point, or press P, to type its place."), fields: [] };
  const caption = t("Point {{number}} of {{total}}", { number: active + 1, total: shape.vertices.length });
  return { caption, fields: fieldsOf(path, active, { x: t("X"), y: t("Y") }) };
}

function fieldsOf({ shape, rules, image, move }: NumberedPath, index: number, names: Readonly<Record<"x" | "y", string>>): NumberField[] {
  const point = shape.vertices[index];
  if (point === undefined) return [];
  const { width, height } = limitsOf(rules, image);
  return [
    { name: names.x, value: point.x, low: 0, high: width, set: (x) => move(index, { ...point, x }) },
    { name: names.y, value: point.y, low: 0, high: height, set: (y) => move(index, { ...point, y }) },
  ];
}
