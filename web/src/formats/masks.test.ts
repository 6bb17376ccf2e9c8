import { describe, expect, test } from "vitest";
import { RasterBuilder } from "../core/raster/builder.js";
import type { MaskShape } from "../core/raster/paint.js";
import { minus, samePixels } from "../core/raster/raster.js";
import { MaskReader, parseInitialMask } from "./initial_mask.js";
import { colourOfNewInstance, instanceFormat, labelColours, semanticFormat } from "./masks.js";

const SIZE = { width: 300, height: 200 };
const LABELS = ["Car", "Road", "Stop sign"];
const FORMAT = semanticFormat({ labels: LABELS, given: [] });

function region(id: string, label: string, left: number, colour?: string): MaskShape {
  const builder = new RasterBuilder(SIZE);
  builder.addRect({ left, top: 10, width: 40, height: 30 });
  return { id, label, raster: builder.build(), ...(colour === undefined ? {} : { colour }) };
}

function answerOf(shapes: readonly MaskShape[], initial: readonly MaskShape[] | null): Record<string, unknown> {
  return FORMAT.writeAnswer(shapes, SIZE, initial) as Record<string, unknown>;
}

describe("semantic segmentation", () => {
  test("the answer lists the labels that are painted, in the colours of their places", () => {
    const answer = answerOf([region("a", "Stop sign", 0), region("b", "Car", 50)], null);
    expect(answer).toEqual({
      inputImageProperties: { height: 200, width: 300 },
      labelMappings: { Car: { color: "#2ca02c" }, "Stop sign": { color: "#ff7f0e" } },
      labeledImage: { pngImageData: expect.stringMatching(/^iVBORw0KGgo/) as string },
    });
  });

  test("an answer is changed when a pixel has another label, not when regions are split or put together", () => {
    const initial = [region("a", "Car", 0), region("b", "Road", 50)];
    expect(answerOf([region("c", "Road", 50), region("d", "Car", 0)], initial)["initialValueModified"]).toBe(false);
    const half = { ...region("d", "Car", 0), raster: minus(region("d", "Car", 0).raster, region("x", "Car", 20).raster) };
    const rest = { ...region("e", "Car", 0), raster: minus(region("e", "Car", 0).raster, half.raster) };
    expect(answerOf([half, rest, region("b", "Road", 50)], initial)["initialValueModified"]).toBe(false);
    expect(answerOf([half, region("b", "Road", 50)], initial)["initialValueModified"]).toBe(true);
    expect(answerOf([region("a", "Road", 0), region("b", "Road", 50)], initial)["initialValueModified"]).toBe(true);
  });

  test("labels keep the colours of the mask to correct, and no other label gets one of these", () => {
    expect(labelColours({ labels: LABELS, given: [] })).toEqual(["#2ca02c", "#1f77b4", "#ff7f0e"]);
    expect(labelColours({ labels: LABELS, given: [{ label: "Road", colour: "#2ca02c" }] })).toEqual(["#d62728", "#2ca02c", "#ff7f0e"]);
  });
});

describe("instance segmentation", () => {
  test("each region has its colour and its label", () => {
    const answer = instanceFormat.writeAnswer([region("a", "Car", 0, "#2ca02c"), region("b", "Car", 50, "#1f77b4")], SIZE, null);
    expect(answer).toMatchObject({ instances: [{ color: "#2ca02c", label: "Car" }, { color: "#1f77b4", label: "Car" }] });
    expect(colourOfNewInstance([region("a", "Car", 0, "#2ca02c"), region("b", "Car", 50, "#ff7f0e")])).toBe("#1f77b4");
  });

  test("an answer is changed when regions are put together, although the labels of the pixels are the same", () => {
    const initial = [region("a", "Car", 0, "#2ca02c"), region("b", "Car", 50, "#1f77b4")];
    const modified = (shapes: readonly MaskShape[]): unknown => (instanceFormat.writeAnswer(shapes, SIZE, initial) as Record<string, unknown>)["initialValueModified"];
    expect(modified([initial[1] as MaskShape, initial[0] as MaskShape])).toBe(false);
    expect(modified([initial[0] as MaskShape])).toBe(true);
  });
});

describe("the saved state", () => {
  test("brings back every pixel, label and colour", () => {
    const shapes = [region("a", "Car", 0, "#2ca02c"), region("b", "Road", 230)];
    const state = JSON.parse(JSON.stringify(FORMAT.writeState(shapes, false))) as unknown;
    const read = FORMAT.readState(state, LABELS);
    expect(read.failures).toEqual([]);
    expect(read.shapes.map(({ label, colour }) => [label, colour])).toEqual([["Car", "#2ca02c"], ["Road", undefined]]);
    expect(read.shapes.every((shape, at) => samePixels(shape.raster, (shapes[at] as MaskShape).raster))).toBe(true);
    expect(FORMAT.clip(read.shapes, SIZE)).toEqual(read.shapes);
  });

  test("regions of another image, of unknown labels and of broken pixels are left out", () => {
    const state = FORMAT.writeState([region("a", "Car", 0)], false) as Record<string, unknown>;
    expect(FORMAT.clip(FORMAT.readState(state, LABELS).shapes, { width: 301, height: 200 })).toEqual([]);
    expect(FORMAT.readState(state, ["Van"])).toMatchObject({ shapes: [], failures: ["region 1 of the saved state cannot be read"] });
    expect(FORMAT.readState({ ...state, width: "x" }, LABELS).shapes).toEqual([]);
    expect(FORMAT.readState(null, LABELS)).toEqual({ shapes: [], failures: [], nothingToLabel: false });
    expect(FORMAT.readState({ regions: [], nothingToLabel: true }, LABELS).nothingToLabel).toBe(true);
  });
});

describe("a mask to begin with", () => {
  test("is read in all documented forms, also with bare label names with blanks", () => {
    const expected = { src: "/m.png", colours: [{ label: "Stop sign", colour: "#2ca02c" }] };
    for (const text of [
      `{"src": "/m.png", "labelMappings": {"Stop sign": {"color": "#2CA02C"}}}`,
      `{src: '/m.png', instances: [{color: '#2ca02c', label: 'Stop sign'},]}`,
      `{ src: "/m.png", labelMappings: { Stop sign: {color: "#2ca02c"}, } }`,
    ]) {
      expect(parseInitialMask(text)).toEqual({ ok: true, value: expected });
    }
    expect(parseInitialMask(`{labelMappings: {}}`)).toEqual({ ok: false, problem: "without the src of the mask" });
    expect(parseInitialMask(`{src: "/m", labelMappings: {Car: {color: "red"}}}`).ok).toBe(false);
  });

  test("its colours become regions, white and transparent pixels none, and others are reported", () => {
    const colours = [{ label: "Car", colour: "#2ca02c" }, { label: "Cow", colour: "#1f77b4" }];
    const reader = new MaskReader({ width: 3, height: 2 }, colours);
    reader.readRows(Uint8ClampedArray.of(44, 160, 44, 255, 255, 255, 255, 255, 44, 160, 44, 255), 0);
    reader.readRows(Uint8ClampedArray.of(31, 119, 180, 255, 44, 160, 44, 0, 45, 160, 44, 255), 1);
    const { shapes, failures } = reader.finish(["Car"], true);
    expect(shapes.map(({ label, colour, raster }) => [label, colour, raster.area])).toEqual([["Car", "#2ca02c", 2]]);
    expect(failures).toEqual(["the mask has the colour #2da02c, which means no label", 'the label "Cow" of the mask is not one of Car']);
  });
});
