import { expect, test } from "vitest";
import { Wheel, type WheelTurn } from "./wheel.js";

function turn(changes: Partial<WheelTurn>): WheelTurn {
  return { deltaX: 0, deltaY: 0, deltaMode: 0, ctrlKey: false, shiftKey: false, timeStamp: 1000, ...changes };
}

test("the wheel of a mouse zooms, whether the browser counts pixels or lines", () => {
  expect(new Wheel().effect(turn({ deltaY: -300 }), "auto")).toEqual({ kind: "zoom", factor: 2 });
  expect(new Wheel().effect(turn({ deltaY: 3, deltaMode: 1 }), "auto").kind).toBe("zoom");
});

test("two fingers on a trackpad move the image, also when they become quick", () => {
  const wheel = new Wheel();
  expect(wheel.effect(turn({ deltaX: 2, deltaY: 5 }), "auto")).toEqual({ kind: "pan", dx: -2, dy: -5 });
  expect(wheel.effect(turn({ deltaY: 120, timeStamp: 1016 }), "auto").kind).toBe("pan");
  expect(wheel.effect(turn({ deltaY: 120, timeStamp: 3000 }), "auto").kind).toBe("zoom");
});

test("a pinch on a trackpad zooms", () => {
  expect(new Wheel().effect(turn({ deltaY: -12, ctrlKey: true }), "pan")).toEqual({ kind: "zoom", factor: 2 ** 0.1 });
});

test("the worker's choice counts more than what the wheel looks like", () => {
  expect(new Wheel().effect(turn({ deltaY: 5 }), "zoom").kind).toBe("zoom");
  expect(new Wheel().effect(turn({ deltaY: 120 }), "pan")).toEqual({ kind: "pan", dx: -0, dy: -120 });
});
