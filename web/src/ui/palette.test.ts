import { describe, expect, test } from "vitest";
import { contrast, labelStyle, linearRgb } from "./palette.js";

type Vector = readonly [number, number, number];
type Matrix = readonly [Vector, Vector, Vector];

const FIFTY = Array.from({ length: 50 }, (_, index) => labelStyle(index).colour);
const FIRST_TEN = FIFTY.slice(0, 10);

const NORMAL: Matrix = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
/** Machado, Oliveira and Fernandes 2009, full severity, for linear RGB. */
const COLOUR_BLINDNESS: Record<string, Matrix> = {
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

/** Ottosson 2020. */
const CONES: Matrix = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]];
const LAB: Matrix = [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]];

function times(matrix: Matrix, [a, b, c]: Vector): Vector {
  return matrix.map((row) => row[0] * a + row[1] * b + row[2] * c) as unknown as Vector;
}

function oklab(colour: string, eye: Matrix): Vector {
  const seen = times(eye, linearRgb(colour)).map((part) => Math.min(Math.max(part, 0), 1)) as unknown as Vector;
  return times(LAB, times(CONES, seen).map(Math.cbrt) as unknown as Vector);
}

/** The distance in OKLab of the two colours that look most alike, and these colours. */
function closest(colours: readonly string[], eye: Matrix): [distance: number, pair: string] {
  const pairs = colours.flatMap((one, at) => colours.slice(at + 1).map((other) => [one, other] as const));
  const found = pairs.map(([one, other]): [number, string] => {
    const [a, b] = [oklab(one, eye), oklab(other, eye)];
    return [Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]), `${one} ${other}`];
  });
  return found.reduce((best, next) => (next[0] < best[0] ? next : best));
}

// A difference that people just notice is about 0.02 in OKLab.
test("fifty labels have fifty colours that nobody confuses", () => {
  const [distance, pair] = closest(FIFTY, NORMAL);
  expect(distance, pair).toBeGreaterThan(0.095);
});

describe.each(Object.entries(COLOUR_BLINDNESS))("with %s", (_name, eye) => {
  test("the colours of the first ten labels differ", () => {
    const [distance, pair] = closest(FIRST_TEN, eye);
    expect(distance, pair).toBeGreaterThan(0.11);
  });
});

test("text on every label colour can be read", () => {
  for (let index = 0; index < 50; index += 1) {
    const { colour, text } = labelStyle(index);
    expect(contrast(colour, text), colour).toBeGreaterThan(4.5);
  }
});

test("a dark line has a light rim, a light line a dark one", () => {
  for (let index = 0; index < 50; index += 1) {
    const { text, rim } = labelStyle(index);
    expect(rim.startsWith("rgb(255 255 255"), `label ${index}`).toBe(text === "#ffffff");
  }
});

test("the first fifty outlines are solid, and two hundred and fifty labels have as many looks", () => {
  const looks = Array.from({ length: 250 }, (_, index) => labelStyle(index));
  expect(new Set(looks.slice(0, 50).map(({ dash }) => dash))).toEqual(new Set([""]));
  expect(new Set(looks.map(({ colour, dash }) => `${colour} ${dash}`)).size).toBe(250);
});

test("a label that is not in the list has a colour too", () => {
  expect(labelStyle(-1).colour).toBe(FIFTY[0]);
});
