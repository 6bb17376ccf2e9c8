import { expect, test } from "vitest";
import { magnifierPlace } from "./magnifier.js";

const STAGE = { width: 390, height: 500 };

test("the magnifier is above the finger, inside the stage", () => {
  expect(magnifierPlace({ x: 200, y: 400 }, STAGE)).toEqual({ x: 144, y: 248 });
  expect(magnifierPlace({ x: 5, y: 400 }, STAGE).x).toBe(0);
  expect(magnifierPlace({ x: 388, y: 400 }, STAGE).x).toBe(278);
});

test("at the top edge it is next to the finger", () => {
  expect(magnifierPlace({ x: 300, y: 60 }, STAGE)).toEqual({ x: 148, y: 4 });
  expect(magnifierPlace({ x: 100, y: 10 }, STAGE)).toEqual({ x: 140, y: 0 });
});
