/** The `initial-value` of masks: the address of a picture, and which of its colours mean which labels. */
import { RasterBuilder } from "../core/raster/builder.js";
import type { MaskShape } from "../core/raster/paint.js";
import type { Size } from "../core/geometry.js";
import { makeShape } from "../core/shapes.js";
import { t } from "../language/index.js";
import { colourOf, type LabelledColour } from "./labelled_colours.js";
import { type Parsed, parseRelaxedJson } from "./relaxed_json.js";

export interface InitialMask {
  readonly src: string;
  readonly colours: readonly LabelledColour[];
}

/** `{src, labelMappings: {label: {color}}}` or `{src, instances: [{label, color}]}`. */
export function parseInitialMask(text: string): Parsed<InitialMask> {
  const parsed = parseRelaxedJson(text);
  if (!parsed.ok) return parsed;
  const { src, labelMappings, instances } = (parsed.value ?? {}) as Record<string, unknown>;
  if (typeof src !== "string" || src === "") return { ok: false, problem: t("without the src of the mask") };
  const entries = Array.isArray(instances)
    ? (instances as unknown[]).map((entry): [unknown, unknown] => [(entry as { label?: unknown } | null)?.label, entry])
    : Object.entries((labelMappings ?? {}) as Record<string, unknown>);
  const colours: LabelledColour[] = [];
  for (const [label, entry] of entries) {
    const colour = colourOf(entry);
    if (typeof label !== "string" || colour === null) return { ok: false, problem: t("without a label and a colour like #2ca02c in {{entry}}", { entry: JSON.stringify(entry) }) };
    colours.push({ label, colour });
  }
  return { ok: true, value: { src, colours } };
}

/** Sorts the pixels of a mask into regions, strip by strip. */
export class MaskReader {
  private readonly builders = new Map<number, RasterBuilder>();
  private readonly unknown = new Set<number>();

  constructor(
    private readonly size: Size,
    private readonly colours: readonly LabelledColour[],
  ) {
    for (const { colour } of colours) this.builders.set(Number.parseInt(colour.slice(1), 16), new RasterBuilder(size));
  }

  /** Rows of red, green, blue and alpha. White and transparent pixels are background. */
  readRows(data: Uint8ClampedArray, top: number): void {
    const { width } = this.size;
    const pixels = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let y = 0; y * width * 4 < data.length; y += 1) {
      for (let x = 0; x < width; ) {
        const pixel = pixels.getUint32((y * width + x) * 4);
        const from = x;
        while (x < width && pixels.getUint32((y * width + x) * 4) === pixel) x += 1;
        if ((pixel & 0xff) !== 0 && pixel >>> 8 !== 0xffffff) this.addRun(pixel >>> 8, top + y, from, x);
      }
    }
  }

  /** The regions whose labels the task has, and one sentence for each colour that cannot be shown. */
  finish(labels: readonly string[], perObject: boolean): { readonly shapes: MaskShape[]; readonly failures: string[] } {
    const shapes: MaskShape[] = [];
    const failures = [...this.unknown].map((colour) => `the mask has the colour #${colour.toString(16).padStart(6, "0")}, which means no label`);
    for (const { label, colour } of this.colours) {
      const raster = this.builders.get(Number.parseInt(colour.slice(1), 16))?.build();
      if (raster === undefined || raster.isEmpty) continue;
      if (!labels.includes(label)) failures.push(`the label ${JSON.stringify(label)} of the mask is not one of ${labels.join(", ")}`);
      else shapes.push(makeShape<MaskShape>(label, perObject ? { raster, colour } : { raster }));
    }
    return { shapes, failures };
  }

  private addRun(colour: number, y: number, from: number, to: number): void {
    const builder = this.builders.get(colour);
    if (builder !== undefined) builder.addRow(y, from, to);
    else if (this.unknown.size < MOST_UNKNOWN) this.unknown.add(colour);
  }
}

/** A mask with smoothed edges has thousands of colours: some say enough. */
const MOST_UNKNOWN = 5;
