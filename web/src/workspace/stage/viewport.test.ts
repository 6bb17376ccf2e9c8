import { expect, test } from "vitest";
import { Viewport } from "./viewport.js";

const IMAGE = { width: 400, height: 200 };

function viewport(): { viewport: Viewport; changes: () => number } {
  let count = 0;
  const made = new Viewport(() => { count += 1; });
  made.setImage(IMAGE);
  made.resize({ width: 448, height: 448 });
  return { viewport: made, changes: () => count };
}

test("an image that nobody has zoomed fits the stage again after a resize", () => {
  const { viewport: shown } = viewport();
  expect(shown.view.scale).toBe(1);
  shown.resize({ width: 248, height: 448 });
  expect(shown.view.scale).toBe(0.5);
});

test("the space around an image that fits can be smaller", () => {
  const { viewport: shown } = viewport();
  shown.resize({ width: 220, height: 448 }, 10);
  expect(shown.view).toEqual({ scale: 0.5, x: 10, y: 174 });
});

test("a zoomed image keeps its scale after a resize", () => {
  const { viewport: shown } = viewport();
  shown.zoomTo(3);
  shown.resize({ width: 248, height: 448 });
  expect(shown.view.scale).toBe(3);
});

test("a rectangle out of view is moved to the centre, one in view is left alone", () => {
  const { viewport: shown } = viewport();
  shown.zoomTo(8);
  const before = shown.view;
  const inView = { left: 205, top: 100, width: 10, height: 10 };
  shown.reveal(inView);
  expect(shown.view).toEqual(before);
  shown.reveal({ left: 300, top: 150, width: 10, height: 10 });
  expect(305 * shown.view.scale + shown.view.x).toBe(224);
  expect(155 * shown.view.scale + shown.view.y).toBe(224);
});

test("without an image nothing changes", () => {
  const { viewport: shown, changes } = viewport();
  shown.setImage(null);
  const before = changes();
  shown.zoomIn();
  shown.fit();
  shown.pan(5, 5);
  expect(changes()).toBe(before);
});
