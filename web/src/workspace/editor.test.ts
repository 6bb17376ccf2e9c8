import { svg } from "lit";
import { beforeEach, describe, expect, test } from "vitest";
import type { Point, Size } from "../core/geometry.js";
import type { Shape } from "../core/shapes.js";
import type { ShapeFormat } from "../formats/shape_format.js";
import type { DrawingTool, ToolHost } from "../tools/tool.js";
import { type EditorScreen, ShapeEditor } from "./editor.js";
import type { ShapeKind } from "./shape_kind.js";
import { toolHost } from "./tool_hosts.js";

/** The simplest kind of shape: it shows that the editor needs nothing but the contract. */
interface Dot extends Shape {
  readonly x: number;
  readonly y: number;
}

class DotTool implements DrawingTool<Dot> {
  readonly preview = null;
  isDrawing = false;

  constructor(private readonly host: ToolHost<Dot>) {}

  cursor = (): string => "crosshair";
  showsGuides = (): boolean => false;
  down(): void {
    this.isDrawing = true;
  }
  move(): void {}
  up({ x, y }: { x: number; y: number }): void {
    this.isDrawing = false;
    this.host.create({ x, y });
  }
  cancel(): boolean {
    const busy = this.isDrawing;
    this.isDrawing = false;
    return busy;
  }
}

class Screen implements EditorScreen {
  image: Size | null = { width: 100, height: 80 };
  pointer: Point | null = null;
  said: string[] = [];
  chosen: string[] = [];
  warnings: string[] = [];
  offers: string[] = [];
  panned: [number, number][] = [];
  revealed: number[] = [];

  pan(dx: number, dy: number): void {
    this.panned.push([dx, dy]);
  }
  reveal({ left }: { left: number }): void {
    this.revealed.push(left);
  }
  update(): void {}
  selectionChanged(): void {}
  unfinishedChanged(): void {}
  refresh(): void {}
  labelChosen(label: string): void {
    this.chosen.push(label);
  }
  announce(text: string): void {
    this.said.push(text);
  }
  warn(text: string): void {
    this.warnings.push(text);
  }
  offerUndo(text: string): void {
    this.offers.push(text);
  }
}

const DOTS: ShapeKind<Dot> = {
  name: "dot",
  nouns: { one: "dot", many: "dots" },
  hint: "Click to draw a dot.",
  gestures: [],
  format: {} as ShapeFormat<Dot>,
  row: { size: () => "1", spokenSize: () => "one pixel", spokenPlace: ({ x, y }) => `at ${x}, ${y}` },
  createTool: (host) => new DotTool(host),
  drawing: { shape: () => svg``, handles: () => svg`` },
  bounds: ({ x, y }) => ({ left: x, top: y, width: 1, height: 1 }),
  moved: (dot, dx, dy) => ({ ...dot, x: Math.round(dot.x + dx), y: Math.round(dot.y + dy) }),
};

let screen: Screen;
let editor: ShapeEditor<Dot>;

beforeEach(() => {
  screen = new Screen();
  editor = new ShapeEditor(DOTS, screen);
  editor.labels = ["Car", "Van"];
});

function draw(x: number, y: number): Dot {
  editor.tool.down({ x, y }, { pixelSize: 1, shift: false });
  editor.tool.up({ x, y }, { pixelSize: 1, shift: false });
  return editor.store.shapes.at(-1) as Dot;
}

function places(): string[] {
  return editor.store.shapes.map(({ label, x, y }) => `${label} ${x} ${y}`);
}

describe("labels", () => {
  test("a new shape gets the chosen label, first the first one", () => {
    draw(1, 1);
    expect(editor.chooseLabelAt(1)).toBe(true);
    draw(2, 2);
    expect(places()).toEqual(["Car 1 1", "Van 2 2"]);
    expect(screen.said.at(-1)).toBe("Van drawn, one pixel");
  });

  test("a label is given to the shape that the worker picked, not to the one just drawn", () => {
    const first = draw(1, 1);
    editor.chooseLabel("Van");
    expect(places()).toEqual(["Car 1 1"]);
    editor.pick(first);
    editor.chooseLabel("Van");
    expect(places()).toEqual(["Van 1 1"]);
    expect(screen.said.at(-1)).toBe("Dot relabelled to Van");
  });

  test("a chosen label that is no longer in the list is replaced by the first one", () => {
    editor.chooseLabel("Van");
    editor.labels = ["Tree", "Van"];
    expect(editor.chosenLabel).toBe("Van");
    editor.labels = ["Tree"];
    expect(editor.chosenLabel).toBe("Tree");
    expect(editor.chooseLabelAt(1)).toBe(false);
  });
});

describe("the label of an earlier task", () => {
  test("it is the label of the next shape and relabels nothing", () => {
    const dot = draw(1, 1);
    editor.pick(dot);
    editor.preferLabel("Van");
    draw(2, 2);
    expect(places()).toEqual(["Car 1 1", "Van 2 2"]);
    expect(screen.chosen).toEqual([]);
    editor.chooseLabelAt(0);
    expect(screen.chosen).toEqual(["Car"]);
  });

  test("it waits for labels that a script sets later, and is ignored where it is not among them", () => {
    editor.preferLabel("Ship");
    expect(editor.chosenLabel).toBe("Car");
    editor.labels = ["Tree", "Ship"];
    expect(editor.chosenLabel).toBe("Ship");
  });
});

describe("keys", () => {
  test("the arrows move the selected shape, without one the image", () => {
    draw(5, 5);
    editor.arrow(1, 0, false);
    expect(places()).toEqual(["Car 6 5"]);
    editor.cancel();
    editor.arrow(1, 0, false);
    editor.arrow(0, 10, false);
    expect(screen.panned).toEqual([[-40, -0], [-0, -160]]);
  });

  test("the worker learns how to draw a shape that is too small on the screen", () => {
    toolHost(editor).tooSmall();
    expect(screen.warnings).toEqual(["This dot is too small on the screen. Zoom in to draw it."]);
  });

  test("a kind without keyboard resizing ignores the keys for it", () => {
    draw(5, 5);
    expect(editor.arrow(1, 0, true)).toBe(true);
    expect(places()).toEqual(["Car 5 5"]);
  });

  test("cycling reveals each shape and ends without a selection", () => {
    draw(1, 1);
    draw(2, 2);
    editor.cancel();
    expect([editor.cycle(1), editor.cycle(1), editor.cycle(1)]).toEqual([true, true, false]);
    expect(screen.revealed).toEqual([1, 2]);
    expect(screen.said.slice(-2)).toEqual(["Car, dot 1 of 2", "Car, dot 2 of 2"]);
    expect(editor.selection.id).toBeNull();
  });

  test("cancel ends one thing at a time: the drawing, the selection, the mode", () => {
    draw(1, 1);
    editor.setMode("pan");
    editor.tool.down({ x: 3, y: 3 }, { pixelSize: 1, shift: false });
    expect(editor.cancel()).toBe(true);
    expect(editor.selection.id).not.toBeNull();
    expect(editor.cancel()).toBe(true);
    expect([editor.selection.id, editor.mode]).toEqual([null, "pan"]);
    expect(editor.cancel()).toBe(true);
    expect(editor.mode).toBe("draw");
    expect(editor.cancel()).toBe(false);
  });

  test("delete needs a selected shape", () => {
    draw(1, 1);
    expect(editor.removeSelected()).toBe(true);
    expect(editor.removeSelected()).toBe(false);
    expect(places()).toEqual([]);
  });
});

describe("nothing to label", () => {
  test("the mark removes all shapes, offers to undo that, and undo restores them", () => {
    draw(1, 1);
    draw(2, 2);
    editor.markNothingToLabel(true);
    expect(places()).toEqual([]);
    expect(screen.offers).toEqual(["2 dots removed"]);
    editor.undo();
    expect(places()).toEqual(["Car 1 1", "Car 2 2"]);
    expect(screen.said.at(-1)).toBe("Undone: 2 dots back");
    editor.redo();
    expect(screen.said.at(-1)).toBe("Redone: 2 dots gone");
    expect(editor.canRedo).toBe(false);
  });

  test("before the image is shown the mark cannot be set", () => {
    screen.image = null;
    editor.markNothingToLabel(true);
    expect(editor.store.nothingToLabel).toBe(false);
    expect(editor.arrow(1, 0, false)).toBe(false);
  });
});

describe("several shapes", () => {
  function three(): readonly Dot[] {
    return [draw(1, 1), draw(20, 20), draw(90, 70)];
  }

  test("they are moved as far as the image allows it for all, relabelled and deleted in one step of undo each", () => {
    three();
    expect(editor.selectAll()).toBe(true);
    expect(screen.said.at(-1)).toBe("3 dots selected");
    editor.arrow(10, 10, false);
    expect(places()).toEqual(["Car 10 10", "Car 29 29", "Car 99 79"]);
    editor.chooseLabel("Van");
    expect(places()).toEqual(["Van 10 10", "Van 29 29", "Van 99 79"]);
    editor.removeSelected();
    expect(places()).toEqual([]);
    expect(screen.offers).toEqual(["3 dots removed"]);
    editor.undo();
    editor.undo();
    expect(places()).toEqual(["Car 10 10", "Car 29 29", "Car 99 79"]);
    editor.undo();
    expect(places()).toEqual(["Car 1 1", "Car 20 20", "Car 90 70"]);
  });

  test("a tool has a selected shape only while it is the only one", () => {
    const [first, second] = three();
    editor.pick(first as Dot);
    expect(toolHost(editor).selected).toBe(first);
    editor.toggle((second as Dot).id);
    expect(toolHost(editor).selected).toBeUndefined();
    editor.toggle((first as Dot).id);
    expect(toolHost(editor).selected).toBe(second);
  });

  test("their order changes and comes back", () => {
    const [first] = three();
    editor.pick(first as Dot);
    editor.order("top");
    expect(places()).toEqual(["Car 20 20", "Car 90 70", "Car 1 1"]);
    editor.order("bottom");
    expect(places()[0]).toBe("Car 1 1");
    editor.undo();
    editor.undo();
    expect(places()).toEqual(["Car 1 1", "Car 20 20", "Car 90 70"]);
    expect(screen.said.at(-1)).toBe("Undone: the order changed");
  });

  test("a tool changes several in one step", () => {
    const [first, second, third] = three() as [Dot, Dot, Dot];
    toolHost(editor).edit({ updated: [{ ...first, x: 5 }, second], removed: [third.id], added: [{ id: "n", label: "Van", x: 2, y: 2 }] });
    expect(places()).toEqual(["Car 5 1", "Car 20 20", "Van 2 2"]);
    editor.undo();
    expect(places()).toEqual(["Car 1 1", "Car 20 20", "Car 90 70"]);
  });
});

describe("locked and hidden shapes", () => {
  test("a locked shape is not changed, by whatever way, and the worker reads why", () => {
    const dot = draw(5, 5);
    editor.pick(dot);
    expect(editor.marking.lock("selection")).toBe(true);
    editor.arrow(1, 0, false);
    editor.chooseLabel("Van");
    editor.removeSelected();
    editor.remove(dot);
    editor.markNothingToLabel(true);
    expect(places()).toEqual(["Car 5 5"]);
    expect(screen.warnings.length).toBe(5);
    expect(toolHost(editor).shapes).toEqual([]);
    expect(toolHost(editor).seen).toEqual([dot]);
    editor.marking.lock("selection");
    editor.arrow(1, 0, false);
    expect(places()).toEqual(["Car 6 5"]);
  });

  test("deleting all spares them, and is one step of undo", () => {
    const [, locked, hidden] = [draw(1, 1), draw(2, 2), draw(3, 3), draw(4, 4)];
    editor.marking.lockShape(locked);
    editor.marking.hideShape(hidden);
    expect(editor.removeReachable()).toBe(true);
    expect([places(), screen.offers]).toEqual([["Car 2 2", "Car 3 3"], ["2 dots removed"]]);
    expect(editor.removeReachable()).toBe(false);
    editor.undo();
    expect(places()).toHaveLength(4);
  });

  test("all, a label or the selection can be hidden; what the worker draws is seen", () => {
    const first = draw(1, 1);
    editor.marking.hide("label");
    expect(editor.shownShapes).toEqual([]);
    expect(editor.cycle(1)).toBe(false);
    const second = draw(2, 2);
    expect(editor.shownShapes).toContain(second);
    editor.marking.hide("all");
    expect(editor.shownShapes).toEqual([]);
    editor.marking.hide("all");
    expect(editor.shownShapes).toEqual([first, second]);
    editor.pick(first);
    editor.marking.hide("selection");
    expect(editor.shownShapes).toEqual([second]);
    expect(editor.selectAll()).toBe(true);
    expect(editor.selection.shapes).toEqual([second]);
    expect(editor.canUndo && places()).toEqual(["Car 1 1", "Car 2 2"]);
  });

  test("only the label of the selection is shown, with what is drawn meanwhile, until all are again", () => {
    const car = draw(1, 1);
    editor.chooseLabel("Van");
    const van = draw(2, 2);
    editor.pick(car);
    editor.marking.solo();
    expect(editor.shownShapes).toEqual([car]);
    editor.selection.select(null);
    const another = draw(3, 3);
    expect(editor.shownShapes).toEqual([car, another]);
    editor.marking.hideLabel("Van");
    expect(editor.shownShapes).toEqual([car, van, another]);
    editor.marking.solo();
    expect(editor.shownShapes).toHaveLength(3);
  });
});

describe("copies", () => {
  test("they come to the pointer, or next to the originals, and are selected", () => {
    editor.pick(draw(10, 10));
    expect(editor.copies.copy()).toBe(true);
    editor.copies.paste();
    expect(places()).toEqual(["Car 10 10", "Car 12 12"]);
    editor.copies.paste();
    expect(places()[2]).toBe("Car 14 14");
    screen.pointer = { x: 60.5, y: 40.5 };
    editor.copies.paste();
    expect(places()[3]).toBe("Car 60 40");
    expect(editor.selection.shape).toBe(editor.store.shapes[3]);
    editor.undo();
    expect(places().length).toBe(3);
  });

  test("a duplicate of several keeps their places to each other; at the corner it goes the other way", () => {
    draw(99, 79);
    draw(89, 69);
    editor.selectAll();
    editor.copies.duplicate();
    expect(places().slice(2)).toEqual(["Car 97 77", "Car 87 67"]);
  });

  test("without a selection, or without copied shapes, the browser gets the keys", () => {
    expect([editor.copies.copy(), editor.copies.cut(), editor.copies.paste(), editor.copies.duplicate()]).toEqual([false, false, false, false]);
  });

  test("of another image only shapes with known labels are taken over", () => {
    editor.copies.take([{ id: "a", label: "Van", x: 3, y: 4 }, { id: "b", label: "Ship", x: 3, y: 4 }]);
    expect(places()).toEqual(["Van 3 4"]);
    editor.copies.take([]);
    expect(screen.warnings.length).toBe(1);
  });
});

test("suggestions are gone through and accepted one by one; a changed one is no suggestion any more", () => {
  const dots = [1, 2, 3].map((x) => ({ id: `d${x}`, label: "Car", x, y: 1, ...(x === 2 ? {} : { confidence: 0.9 }) }));
  editor.store.load(dots);
  expect(editor.suggestions.accept()).toBe(true);
  expect(editor.selection.id).toBe("d1");
  editor.suggestions.accept();
  expect([editor.selection.id, editor.suggestions.open.map(({ id }) => id)]).toEqual(["d3", ["d3"]]);
  editor.arrow(1, 0, false);
  expect([editor.suggestions.open, editor.suggestions.next()]).toEqual([[], false]);
  editor.undo();
  editor.undo();
  expect(editor.suggestions.open.map(({ id }) => id)).toEqual(["d1", "d3"]);
});
