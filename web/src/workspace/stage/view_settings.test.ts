import { expect, test } from "vitest";
import { filterOf, isAdjusted, PLAIN_VIEW, readViewSettings } from "./view_settings.js";

test("a plain view has no filter, an adjusted one only what differs", () => {
  expect(filterOf(PLAIN_VIEW, "#gamma")).toBe("none");
  expect(filterOf({ ...PLAIN_VIEW, contrast: 150, gamma: 2 }, "#gamma")).toBe("url(#gamma) contrast(150%)");
  expect([isAdjusted(PLAIN_VIEW), isAdjusted({ ...PLAIN_VIEW, crosshair: "off" }), isAdjusted({ ...PLAIN_VIEW, gamma: 2 })]).toEqual([
    false, false, true,
  ]);
});

test("settings that were kept are read, and what cannot be read is as usual", () => {
  const kept = { ...PLAIN_VIEW, brightness: 140, crosshair: "cross", showsMap: false, grid: 50, isSmooth: true };
  expect(readViewSettings(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
  expect(readViewSettings({ brightness: 9000, contrast: "red", gamma: Number.NaN, crosshair: 3, wheel: "fast", showsMap: 1, grid: 7, isSmooth: "no" })).toEqual(PLAIN_VIEW);
  expect(readViewSettings(null)).toEqual(PLAIN_VIEW);
});
