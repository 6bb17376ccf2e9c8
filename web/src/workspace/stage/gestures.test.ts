import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Point } from "../../core/geometry.js";
import type { PointerModifiers, PointerTool } from "../../tools/tool.js";
import { Gestures, type GestureTarget, type StagePointer } from "./gestures.js";
import { Viewport } from "./viewport.js";

/** Records what the stage sends to a tool. */
class Recorder implements PointerTool {
  events: [string, number, number][] = [];

  cursor = (): string => "crosshair";
  showsGuides = (): boolean => true;
  down = (point: Point): void => this.record("down", point);
  move = (point: Point): void => this.record("move", point);
  up = (point: Point): void => this.record("up", point);
  hover = (point: Point, _modifiers: PointerModifiers): void => this.record("hover", point);
  hold = (point: Point): boolean => {
    this.record("hold", point);
    return true;
  };
  cancel(): boolean {
    this.events.push(["cancel", 0, 0]);
    return true;
  }

  private record(name: string, { x, y }: Point): void {
    this.events.push([name, x, y]);
  }
}

let tool: Recorder;
let viewport: Viewport;
let target: { -readonly [Key in keyof GestureTarget]: GestureTarget[Key] };
let gestures: Gestures;

beforeEach(() => {
  tool = new Recorder();
  viewport = new Viewport(() => {});
  viewport.setImage({ width: 400, height: 400 });
  viewport.resize({ width: 200, height: 200 });
  viewport.zoomTo(2);
  target = { tool, panning: false };
  gestures = new Gestures(viewport, target);
});

function at(x: number, y: number): { point: Point; shift: boolean } {
  const { view } = viewport;
  return { point: { x: x * view.scale + view.x, y: y * view.scale + view.y }, shift: false };
}

test("a drag goes to the tool in image pixels, a movement without a button as hovering", () => {
  gestures.move(at(10, 20));
  expect(gestures.down(at(10, 20), 1, 0)).toBe(true);
  gestures.move(at(30, 40));
  expect(gestures.up(at(50, 60), 1)).toBe(true);
  expect(tool.events).toEqual([["hover", 10, 20], ["down", 10, 20], ["move", 30, 40], ["up", 50, 60]]);
});

test("the middle button pans, whatever the tool", () => {
  const before = viewport.view;
  gestures.down({ point: { x: 100, y: 100 }, shift: false }, 1, 1);
  expect(gestures.look(at(0, 0))).toEqual({ cursor: "grabbing", guides: false });
  gestures.move({ point: { x: 90, y: 105 }, shift: false });
  gestures.up({ point: { x: 90, y: 105 }, shift: false }, 1);
  expect([viewport.view.x - before.x, viewport.view.y - before.y]).toEqual([-10, 5]);
  expect(tool.events).toEqual([]);
});

test("the panning stage pans with the main button and shows a hand", () => {
  target.panning = true;
  expect(gestures.look(at(0, 0)).cursor).toBe("grab");
  gestures.down(at(0, 0), 1, 0);
  expect(tool.events).toEqual([]);
});

test("the right button, a second pointer and a stage without an image do nothing", () => {
  expect(gestures.down(at(0, 0), 1, 2)).toBe(false);
  expect(gestures.down(at(0, 0), 1, 0)).toBe(true);
  expect(gestures.down(at(0, 0), 2, 0)).toBe(false);
  expect(gestures.up(at(0, 0), 2)).toBe(false);
  gestures.up(at(0, 0), 1);
  viewport.setImage(null);
  expect(gestures.down(at(0, 0), 3, 0)).toBe(false);
});

test("a pointer that the system takes away ends its own gesture only, and a pen takes over from a hand", () => {
  const hand = { ...at(10, 10), touch: true };
  gestures.down(hand, 1, 0);
  gestures.down({ ...at(20, 20), pen: true, pressure: 0.5 }, 2, 0);
  gestures.lose(1);
  gestures.move({ ...at(30, 30), pen: true, pressure: 0.7 }, 2);
  expect(tool.events.map(([name]) => name)).toEqual(["down", "cancel", "down", "move"]);
  gestures.lose(2);
  expect(tool.events.at(-1)?.[0]).toBe("cancel");
});

test("a cancelled pointer cancels the tool's drag", () => {
  gestures.down(at(0, 0), 1, 0);
  gestures.cancel();
  expect(tool.events.at(-1)?.[0]).toBe("cancel");
  expect(gestures.up(at(0, 0), 1)).toBe(false);
});

describe("fingers", () => {
  /** A finger at a point of the stage. */
  const finger = (x: number, y: number): StagePointer => ({ point: { x, y }, shift: false, touch: true });
  const names = (): string[] => tool.events.map(([name]) => name);

  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  test("a second finger abandons what the first one draws", () => {
    gestures.down(finger(50, 50), 1, 0);
    gestures.move(finger(80, 80), 1);
    expect(gestures.down(finger(120, 120), 2, 0)).toBe(true);
    gestures.up(finger(120, 120), 2);
    gestures.up(finger(80, 80), 1);
    expect(names()).toEqual(["down", "move", "cancel"]);
  });

  test("two fingers zoom: the points of the image stay under them", () => {
    const before = [at(30, 40), at(60, 80)].map(({ point }) => point) as [Point, Point];
    gestures.down(finger(before[0].x, before[0].y), 1, 0);
    gestures.down(finger(before[1].x, before[1].y), 2, 0);
    gestures.move(finger(before[1].x + 60, before[1].y + 80), 2);
    const { scale } = viewport.view;
    expect(scale).toBeCloseTo(2 * (1 + 100 / Math.hypot(60, 80)));
    expect(at(30, 40).point.x).toBeCloseTo(before[0].x);
    expect(at(60, 80).point.y).toBeCloseTo(before[1].y + 80);
  });

  test("two fingers move the image together", () => {
    const { scale, x, y } = viewport.view;
    gestures.down(finger(50, 50), 1, 0);
    gestures.down(finger(150, 50), 2, 0);
    for (let step = 1; step <= 10; step += 1) {
      gestures.move(finger(50 + step, 50 - step), 1);
      gestures.move(finger(150 + step, 50 - step), 2);
    }
    expect(viewport.view.scale).toBeCloseTo(scale);
    expect(viewport.view.x).toBeCloseTo(x + 10);
    expect(viewport.view.y).toBeCloseTo(y - 10);
  });

  /** Turns the second finger about the first one, in steps as small as a hand's. */
  function twist(from: number, to: number): void {
    const step = Math.sign(to - from);
    for (let angle = from; angle !== to + step; angle += step) {
      const radians = (angle * Math.PI) / 180;
      gestures.move(finger(100 + 60 * Math.cos(radians), 100 + 60 * Math.sin(radians)), 2);
    }
  }

  test("two fingers that turn about each other turn the image once it is meant, and it rests at right angles", () => {
    gestures.down(finger(100, 100), 1, 0);
    gestures.down(finger(160, 100), 2, 0);
    twist(0, 15);
    expect(viewport.rotation).toBe(0);
    twist(15, 60);
    expect(viewport.rotation).toBeCloseTo(42);
    twist(60, 105);
    expect(viewport.rotation).toBe(90);
  });

  test("the finger that remains moves the image and draws nothing; then drawing works again", () => {
    gestures.down(finger(50, 50), 1, 0);
    gestures.down(finger(150, 50), 2, 0);
    gestures.up(finger(50, 50), 1);
    const before = viewport.view;
    gestures.move(finger(160, 55), 2);
    expect([viewport.view.x - before.x, viewport.view.y - before.y]).toEqual([10, 5]);
    expect(gestures.up(finger(160, 55), 2)).toBe(true);
    tool.events = [];
    gestures.down(finger(50, 50), 3, 0);
    gestures.up(finger(90, 90), 3);
    expect(names()).toEqual(["down", "up"]);
  });

  test("a third finger does nothing, and fingers at one point do not zoom", () => {
    gestures.down(finger(50, 50), 1, 0);
    gestures.down(finger(50, 50), 2, 0);
    expect(gestures.down(finger(90, 90), 3, 0)).toBe(false);
    const { scale } = viewport.view;
    gestures.move(finger(150, 50), 2);
    expect(viewport.view.scale).toBe(scale);
    gestures.move(finger(90, 90), 3);
    expect(gestures.up(finger(90, 90), 3)).toBe(false);
  });

  test("a finger does not disturb a drag with the mouse", () => {
    gestures.down(at(10, 10), 1, 0);
    expect(gestures.down(finger(50, 50), 2, 0)).toBe(false);
    gestures.move(finger(60, 60), 2);
    expect(names()).toEqual(["down"]);
  });

  test("a resting finger takes hold of a shape; one that moves, leaves or is joined does not", () => {
    gestures.down(finger(50, 50), 1, 0);
    gestures.move(finger(53, 53), 1);
    vi.advanceTimersByTime(600);
    expect(names()).toEqual(["down", "move", "hold"]);
    gestures.up(finger(53, 53), 1);
    tool.events = [];

    gestures.down(finger(50, 50), 1, 0);
    gestures.move(finger(70, 50), 1);
    vi.advanceTimersByTime(600);
    gestures.up(finger(70, 50), 1);
    gestures.down(finger(50, 50), 1, 0);
    gestures.up(finger(50, 50), 1);
    vi.advanceTimersByTime(600);
    gestures.down(finger(50, 50), 1, 0);
    gestures.down(finger(90, 90), 2, 0);
    vi.advanceTimersByTime(600);
    gestures.cancel();
    gestures.down(at(10, 10), 1, 0);
    vi.advanceTimersByTime(600);
    expect(names()).not.toContain("hold");
  });
});
