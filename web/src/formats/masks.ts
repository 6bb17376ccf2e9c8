/** The formats of crowd-semantic-segmentation and crowd-instance-segmentation: their answers and their saved states. */
import type { Size } from "../core/geometry.js";
import type { MaskShape } from "../core/raster/paint.js";
import { emptyRaster, type Raster, samePixels, union } from "../core/raster/raster.js";
import { Stack } from "../core/raster/runs.js";
import { makeShape } from "../core/shapes.js";
import { BACKGROUND, freeColours } from "./mask_colours.js";
import { base64, writePng } from "./png.js";
import { readRaster, writeRaster } from "./raster_code.js";
import { isColour, type LabelledColour } from "./labelled_colours.js";
import { isObject } from "./plain_object.js";
import type { ReadState, ShapeFormat } from "./shape_format.js";

/** What the format of labels must know of the task. */
export interface MaskTask {
  readonly labels: readonly string[];
  /** The colours of the mask that the worker was given: labels keep them. */
  readonly given: readonly LabelledColour[];
}

/** The part of the formats that both share. Initial values are pictures: they are loaded, and not read here. */
const COMMON: Omit<ShapeFormat<MaskShape>, "writeAnswer"> = {
  readShapes: () => ({ shapes: [], failures: [] }),
  clip: (shapes, image) => shapes.filter(({ raster }) => raster.size.width === image.width && raster.size.height === image.height),
  writeState,
  readState,
};

/** All pixels of a label have its colour. */
export function semanticFormat(task: MaskTask): ShapeFormat<MaskShape> {
  return {
    ...COMMON,
    writeAnswer(shapes, image, initial) {
      const colours = labelColours(task);
      const colourOf = ({ label }: MaskShape): string => colours[task.labels.indexOf(label)] ?? BACKGROUND;
      const used = task.labels.filter((label) => shapes.some((shape) => shape.label === label));
      return {
        ...(initial === null ? {} : { initialValueModified: !sameMasks(shapes, initial, image) }),
        inputImageProperties: { height: image.height, width: image.width },
        labelMappings: Object.fromEntries(used.map((label) => [label, { color: colours[task.labels.indexOf(label)] }])),
        labeledImage: { pngImageData: writeMask(shapes, image, colourOf) },
      };
    },
  };
}

/** Each region has a colour of its own. */
export const instanceFormat: ShapeFormat<MaskShape> = {
  ...COMMON,
  writeAnswer(shapes, image, initial) {
    return {
      ...(initial === null ? {} : { initialValueModified: !sameInstances(shapes, initial) }),
      inputImageProperties: { height: image.height, width: image.width },
      instances: shapes.map((shape) => ({ color: ownColour(shape), label: shape.label })),
      labeledImage: { pngImageData: writeMask(shapes, image, ownColour) },
    };
  },
};

/** The colour of each label in the answer, in the order of the labels. */
export function labelColours({ labels, given }: MaskTask): string[] {
  const kept = new Map(given.map(({ label, colour }) => [label, colour]));
  const used = new Set(kept.values());
  // A label has the same colour in all images of a job: its place decides, as in the masks that the server writes.
  const usual = freeColours(labels.length);
  const spare = freeColours(labels.length, new Set([...used, ...usual]));
  return labels.map((label, at) => kept.get(label) ?? [usual[at], spare[at]].find((colour) => colour !== undefined && !used.has(colour)) ?? BACKGROUND);
}

/** The first colour that no region has. */
export function colourOfNewInstance(shapes: readonly MaskShape[]): string {
  return freeColours(1, new Set(shapes.map(ownColour)))[0] ?? BACKGROUND;
}

function ownColour({ colour }: MaskShape): string {
  return colour ?? BACKGROUND;
}

function writeMask(shapes: readonly MaskShape[], size: Size, colourOf: (shape: MaskShape) => string): string {
  const stack = new Stack(size, shapes.map(({ raster }) => raster));
  const readRow = stack.readRow.bind(stack);
  return base64(writePng({ size, readRow }, [BACKGROUND, ...shapes.map(colourOf)]));
}

/** Whether the pixels have the same labels. */
function sameMasks(shapes: readonly MaskShape[], initial: readonly MaskShape[], image: Size): boolean {
  const labels = new Set([...shapes, ...initial].map(({ label }) => label));
  return [...labels].every((label) => samePixels(rasterOf(shapes, label, image), rasterOf(initial, label, image)));
}

function rasterOf(shapes: readonly MaskShape[], label: string, image: Size): Raster {
  const own = shapes.filter((shape) => shape.label === label).map(({ raster }) => raster);
  return own.reduce(union, emptyRaster(image));
}

function sameInstances(shapes: readonly MaskShape[], initial: readonly MaskShape[]): boolean {
  const isAmong = (shape: MaskShape, others: readonly MaskShape[]): boolean =>
    others.some((other) => other.label === shape.label && samePixels(other.raster, shape.raster));
  return shapes.length === initial.length && shapes.every((shape) => isAmong(shape, initial));
}

// --- saved state ------------------------------------------------------------------------------------------------------

function writeState(shapes: readonly MaskShape[], nothingToLabel: boolean): object {
  const size = shapes[0]?.raster.size;
  const regions = shapes.map(({ label, raster, colour }) => ({ label, ...(colour === undefined ? {} : { colour }), tiles: writeRaster(raster) }));
  return { ...(size === undefined ? {} : { width: size.width, height: size.height }), regions, nothingToLabel };
}

function readState(value: unknown, labels: readonly string[]): ReadState<MaskShape> {
  const state = isObject(value) ? value : {};
  const regions = Array.isArray(state["regions"]) ? (state["regions"] as unknown[]) : [];
  const size = { width: Number(state["width"]), height: Number(state["height"]) };
  const shapes: MaskShape[] = [];
  const failures: string[] = [];
  regions.forEach((region, at) => {
    const shape = readRegion(region, labels, size);
    if (shape === null) failures.push(`region ${at + 1} of the saved state cannot be read`);
    else shapes.push(shape);
  });
  return { shapes, failures, nothingToLabel: state["nothingToLabel"] === true && shapes.length === 0 };
}

function readRegion(region: unknown, labels: readonly string[], size: Size): MaskShape | null {
  if (!isObject(region)) return null;
  const { label, colour, tiles } = region;
  const raster = readRaster(tiles, size);
  if (typeof label !== "string" || !labels.includes(label) || raster === null || raster.isEmpty) return null;
  return makeShape<MaskShape>(label, isColour(colour) ? { raster, colour } : { raster });
}
