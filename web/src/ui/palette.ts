/** The colours of labels: twelve that colour-blind people can distinguish, then the same ones with dashed outlines. */

/** Neighbours differ in hue and lightness, so that the first labels of a task never look alike. */
const COLOURS = [
  "#2b6be4", // blue
  "#ff9f1c", // orange
  "#12b886", // bluish green
  "#e64998", // magenta
  "#ffd43b", // yellow
  "#7048e8", // violet
  "#22c7e6", // cyan
  "#e8590c", // vermilion
  "#94d82d", // lime
  "#b97a45", // brown
  "#f7a6cf", // light pink
  "#8fa3bf", // slate
] as const;

export interface LabelStyle {
  readonly colour: string;
  /** Text on the colour: dark or white, whichever reads better. */
  readonly text: string;
  /** SVG stroke-dasharray; empty for a solid line. */
  readonly dash: string;
}

export function labelStyle(index: number): LabelStyle {
  const position = Math.max(0, index);
  const colour = COLOURS[position % COLOURS.length] ?? COLOURS[0];
  const dashes = ["", "7 3", "2 3", "10 3 2 3", "4 4"];
  return {
    colour,
    text: luminance(colour) > 0.19 ? "#171b23" : "#ffffff",
    dash: dashes[Math.floor(position / COLOURS.length) % dashes.length] ?? "",
  };
}

/** Relative luminance, WCAG 2. */
export function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
