import { beforeEach, expect, test } from "vitest";
import type { Point } from "../../core/geometry.js";
import type { PointerModifiers, PointerTool } from "../../tools/tool.js";
import { Gestures, type GestureTarget } from "./gestures.js";
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

test("the right button, a second finger and a stage without an image do nothing", () => {
  expect(gestures.down(at(0, 0), 1, 2)).toBe(false);
  expect(gestures.down(at(0, 0), 1, 0)).toBe(true);
  expect(gestures.down(at(0, 0), 2, 0)).toBe(false);
  expect(gestures.up(at(0, 0), 2)).toBe(false);
  gestures.up(at(0, 0), 1);
  viewport.setImage(null);
  expect(gestures.down(at(0, 0), 3, 0)).toBe(false);
});

test("a cancelled pointer cancels the tool's drag", () => {
  gestures.down(at(0, 0), 1, 0);
  gestures.cancel();
  expect(tool.events.at(-1)?.[0]).toBe("cancel");
  expect(gestures.up(at(0, 0), 1)).toBe(false);
});
