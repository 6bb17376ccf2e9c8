/** How the shapes of now differ from those of before: which are new, gone, or changed. */
import type { Rect, Shape } from "./shapes.js";

export interface Differences<S extends Shape> {
  readonly added: readonly S[];
  readonly removed: readonly S[];
  /** The same thing with another place, size or label. */
  readonly changed: readonly { readonly before: S; readonly after: S }[];
}

/** Shapes that are less alike than this are taken for two different things. */
const SAME_THING = 0.3;

/**
 * Equal shapes are no difference. Of the others those with one id belong together, then those that overlap most: ids are
 * lost when work is resumed later. `alike` says from 0 to 1 how much two shapes overlap, for shapes that their bounds do not
 * describe.
 */
export function differences<S extends Shape>(
  before: readonly S[],
  after: readonly S[],
  bounds: (shape: S) => Rect,
  alike = (one: S, other: S): number => overlap(bounds(one), bounds(other)),
): Differences<S> {
  const free = new Set(after);
  const take = (found: S | undefined): S | undefined => (found !== undefined && free.delete(found) ? found : undefined);
  // Equal shapes have equal bounds: with hundreds of shapes, comparing each with each would take long.
  const places = new Map<string, S[]>();
  const placeOf = (shape: S): string => {
    const { left, top, width, height } = bounds(shape);
    return [shape.label, left, top, width, height].join();
  };
  for (const shape of after) places.set(placeOf(shape), [...(places.get(placeOf(shape)) ?? []), shape]);
  const unequal = before.filter((shape) => take(places.get(placeOf(shape))?.find((other) => free.has(other) && isEqual(shape, other))) === undefined);
  const byId = new Map(after.map((shape) => [shape.id, shape]));
  const changed: { before: S; after: S }[] = [];
  const pair = (shape: S, other: S | undefined): boolean => {
    if (other !== undefined) changed.push({ before: shape, after: other });
    return other === undefined;
  };
  const unknown = unequal.filter((shape) => pair(shape, take(byId.get(shape.id))));
  const removed = unknown.filter((shape) => pair(shape, take(closest(shape, free, alike))));
  return { added: [...free], removed, changed };
}

/** Equal but for the id. Objects that are no lists, such as masks, are equal only if they are the same. */
function isEqual<S extends Shape>(one: S, other: S): boolean {
  const keys = (Object.keys(one) as (keyof S)[]).filter((key) => key !== "id");
  return keys.every((key) => one[key] === other[key] || (Array.isArray(one[key]) && JSON.stringify(one[key]) === JSON.stringify(other[key])));
}

function closest<S>(shape: S, others: Iterable<S>, alike: (one: S, other: S) => number): S | undefined {
  let best: S | undefined;
  let most = SAME_THING;
  for (const other of others) {
    const share = alike(shape, other);
    if (share > most) [best, most] = [other, share];
  }
  return best;
}

/** Intersection over union. */
export function overlap(one: Rect, other: Rect): number {
  const width = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left);
  const height = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (one.width * one.height + other.width * other.height - width * height);
}
