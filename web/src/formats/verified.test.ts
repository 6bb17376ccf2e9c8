import { describe, expect, test } from "vitest";
import { parseOverlay } from "./verified.js";

describe("an overlay", () => {
  test("boxes have labels, also those that the list of labels lacks", () => {
    const parsed = parseOverlay("{boundingBox: {labels: ['cat'], value: [{label: 'dog', left: 1, top: 2, width: 3, height: 4},]}}");
    const shapes = [{ label: "dog", left: 1, top: 2, width: 3, height: 4 }];
    expect(parsed).toMatchObject({ ok: true, value: { kind: "boundingBox", labels: ["cat", "dog"], shapes } });
    expect(parseOverlay("{boundingBox: {labels: [], value: []}}")).toEqual({ ok: true, value: { kind: "boundingBox", labels: [], shapes: [] } });
  });

  test.each([
    ["polygon", "vertices: [{x: 1, y: 2}, {x: 3, y: 2}, {x: 3, y: 4}]", [{ x: 1, y: 2 }, { x: 3, y: 2 }, { x: 3, y: 4 }]],
    ["polyline", "vertices: [{x: 1, y: 2}, {x: 3, y: 2}]", [{ x: 1, y: 2 }, { x: 3, y: 2 }]],
    ["line", "vertices: [{x: 1, y: 2}, {x: 3, y: 2}]", [{ x: 1, y: 2 }, { x: 3, y: 2 }]],
    ["keypoint", "x: 1, y: 2", [{ x: 1, y: 2 }]],
  ])("a %s is read as in its element's initial value", (name, geometry, vertices) => {
    const parsed = parseOverlay(`{${name}: {labels: ['cat'], value: [{label: 'dog', ${geometry}}]}}`);
    expect(parsed).toMatchObject({ ok: true, value: { kind: name, labels: ["cat", "dog"], shapes: [{ label: "dog", vertices }] } });
  });

  test("masks have the colours of their labels or instances", () => {
    const semantic = "{semanticSegmentation: {labels: ['a'], labelMappings: {a: {color: '#2CA02C'}, b: {color: 'red;'}}, src: '/m'}}";
    expect(parseOverlay(semantic)).toEqual({ ok: true, value: { kind: "mask", src: "/m", colours: [{ label: "a", colour: "#2CA02C" }] } });
    const instances = "{instanceSegmentation: {labels: ['a'], instances: [{color: '#000001', label: 'a'}, {color: '#000002', label: 'a'}], src: '/m'}}";
    const colours = [{ label: "a", colour: "#000001" }, { label: "a", colour: "#000002" }];
    expect(parseOverlay(instances)).toEqual({ ok: true, value: { kind: "mask", src: "/m", colours } });
  });

  test.each([
    ["nonsense", "not readable"],
    ["{}", "without boundingBox"],
    ["{boundingBox: {labels: []}}", "without a list of shapes"],
    ["{boundingBox: {value: [{label: 'a', left: 1}]}}", "box 1: its top"],
    ["{boundingBox: {value: [{left: 1, top: 1, width: 1, height: 1}]}}", "box 1: its label"],
    ["{polygon: {value: [{label: 'a', vertices: [{x: 1, y: 'b'}]}]}}", "polygon 1: vertex 1: its y"],
    ["{line: {value: [{label: 'a', vertices: [{x: 1, y: 1}, {x: 2, y: 2}, {x: 3, y: 3}]}]}}", "line 1: it has 3 vertices"],
    ["{semanticSegmentation: {labelMappings: {}}}", "without the src"],
  ])("%s is refused", (text, problem) => {
    const parsed = parseOverlay(text);
    expect(parsed.ok ? "" : parsed.problem).toContain(problem);
  });
});
