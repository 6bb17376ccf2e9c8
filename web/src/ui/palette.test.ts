import { expect, test } from "vitest";
import { labelStyle, luminance } from "./palette.js";

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

test("fifty labels have fifty different looks", () => {
  const looks = Array.from({ length: 50 }, (_, index) => labelStyle(index)).map(({ colour, dash }) => `${colour} ${dash}`);
  expect(new Set(looks).size).toBe(50);
});

test("text on every label colour can be read", () => {
  for (let index = 0; index < 12; index += 1) {
    const { colour, text } = labelStyle(index);
    expect(contrast(colour, text), colour).toBeGreaterThan(4.4);
  }
});
