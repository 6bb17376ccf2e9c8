/** The colours of labels: fifty that differ, then the same ones with dashed outlines and striped swatches. */

/**
 * Decision: chosen by computer, not by hand. The first ten are far apart in OKLab, also as people with each kind of
 * colour blindness see them. Each of the others is as far as possible from those before it. A colour is left out when
 * neither dark nor white text reads well on it.
 */
const COLOURS = [
  "#4b87e1", "#e1e13c", "#b41e3c", "#78f0e1", "#5a1eff", "#b47800", "#ff9678", "#873ca5", "#c3a5ff", "#ff3c96",
  "#0f5a4b", "#00c300", "#e100ff", "#008700", "#00ff00", "#00c3b4", "#1e4b96", "#783c0f", "#b4b400", "#007896",
  "#ffe1b4", "#ffc3f0", "#9669ff", "#ff69ff", "#ff2d2d", "#c30f96", "#69691e", "#9600f0", "#c3c396", "#00b4ff",
  "#965a78", "#ff87c3", "#d26978", "#a587c3", "#002dd2", "#5a9696", "#ffb41e", "#96c3e1", "#78962d", "#960069",
  "#5a1eb4", "#5a5ad2", "#693c69", "#3ce196", "#96ff96", "#d25ac3", "#c34b00", "#c39669", "#96e100", "#f07800",
] as const;

/** SVG stroke-dasharray of the first fifty labels, the next fifty, and so on. */
const DASHES = ["", "7 3", "2 3", "10 3 2 3", "4 4"] as const;

const DARK_TEXT = "#171b23";
const WHITE_TEXT = "#ffffff";

export interface LabelStyle {
  readonly colour: string;
  /** Text on the colour: dark or white, whichever reads better. */
  readonly text: string;
  /** The rim of a line in the colour, so that it is seen on a dark and on a light image. */
  readonly rim: string;
  /** SVG stroke-dasharray; empty for a solid line. */
  readonly dash: string;
}

const made = new Map<string, LabelStyle>();

/**
 * The same index and colour give the same object, so that a drawing can tell whether its style has changed.
 * `own` is the colour that a task gives the label, as `#rrggbb`.
 */
export function labelStyle(index: number, own?: string): LabelStyle {
  const position = Math.max(0, index);
  const key = own ?? String(position);
  const style = made.get(key) ?? makeStyle(position, own);
  made.set(key, style);
  return style;
}

function makeStyle(position: number, own: string | undefined): LabelStyle {
  const colour = own ?? COLOURS[position % COLOURS.length] ?? COLOURS[0];
  const isLight = contrast(colour, DARK_TEXT) > contrast(colour, WHITE_TEXT);
  return {
    colour,
    text: isLight ? DARK_TEXT : WHITE_TEXT,
    rim: isLight ? "rgb(0 0 0 / 0.45)" : "rgb(255 255 255 / 0.6)",
    dash: own !== undefined ? "" : DASHES[Math.floor(position / COLOURS.length) % DASHES.length] ?? "",
  };
}

/** Of a shape whose label the task does not have. */
export const UNLISTED: LabelStyle = { ...makeStyle(0, "#6b7688"), dash: "2 4" };

/** The contrast ratio of two colours, WCAG 2. */
export function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Red, green and blue without the display's gamma, 0 to 1. */
export function linearRgb(hex: string): [red: number, green: number, blue: number] {
  return [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
}

/** Relative luminance, WCAG 2. */
function luminance(hex: string): number {
  const [r, g, b] = linearRgb(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
