/** The colours of masks: those that the server's masks have, in the same order. */

export const BACKGROUND = "#ffffff";

const FIRST = [
  "#2ca02c", "#1f77b4", "#ff7f0e", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf",
] as const;
const GOLDEN_RATIO = 0.6180339887498949;
const LIGHTNESSES = [0.35, 0.5, 0.65] as const;
const SATURATION = 0.8;

/** Colours without end: no two are the same, and none is the background's. The first ten are those of Ground Truth. */
export function* maskColours(): Generator<string, never> {
  const given = new Set<string>(FIRST);
  yield* FIRST;
  for (let step = 0; ; step += 1) {
    const colour = fromHls((step * GOLDEN_RATIO) % 1, LIGHTNESSES[step % LIGHTNESSES.length] ?? 0.5);
    if (given.has(colour)) continue;
    given.add(colour);
    yield colour;
  }
}

/** The first `count` colours that none of `used` is. */
export function freeColours(count: number, used: ReadonlySet<string> = new Set()): string[] {
  const free: string[] = [];
  const colours = maskColours();
  while (free.length < count) {
    const colour = colours.next().value;
    if (!used.has(colour)) free.push(colour);
  }
  return free;
}

export function rgbOf(colour: string): [red: number, green: number, blue: number] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as [number, number, number];
}

/** A colour of hue, lightness and saturation, each from 0 to 1, rounded as the server does. */
function fromHls(hue: number, lightness: number): string {
  const high = lightness <= 0.5 ? lightness * (1 + SATURATION) : lightness + SATURATION - lightness * SATURATION;
  const low = 2 * lightness - high;
  const parts = [hue + 1 / 3, hue, hue - 1 / 3].map((part) => channel(low, high, ((part % 1) + 1) % 1));
  return `#${parts.map((part) => roundHalfEven(255 * part).toString(16).padStart(2, "0")).join("")}`;
}

function channel(low: number, high: number, hue: number): number {
  if (hue < 1 / 6) return low + (high - low) * hue * 6;
  if (hue < 1 / 2) return high;
  return hue < 2 / 3 ? low + (high - low) * (2 / 3 - hue) * 6 : low;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}
