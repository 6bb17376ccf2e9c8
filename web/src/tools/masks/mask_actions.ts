/** What keys do while masks are painted: they choose the way to paint, its size, and what it spares. */
import { t } from "../../language/index.js";
import type { ToolAction } from "../tool.js";
import type { PaintSettings, PaintToolName } from "./settings.js";

/** The part of the mask tool that keys use. */
export interface KeyedMaskTool {
  readonly settings: PaintSettings;
  /** Changes the size of the brush, or the tolerance of the fill. Returns false for tools that have neither. */
  step(step: 1 | -1): boolean;
  set(settings: Partial<PaintSettings>): void;
  beginObject(): void;
  fillHoles(): void;
}

/** `perObject`: each object is a region of its own. */
export function maskActions(tool: KeyedMaskTool, perObject: boolean): readonly ToolAction[] {
  const done = (act: () => void) => (): boolean => {
    act();
    return true;
  };
  const choose = (name: PaintToolName, key: string, does: string): ToolAction => ({ id: `paint-${name}`, keys: [key], does, run: done(() => tool.set({ tool: name })) });
  const next: ToolAction = { id: "next-object", keys: ["I"], does: t("Begin the next instance"), run: done(() => tool.beginObject()) };
  return [
    ...(perObject ? [next] : []),
    choose("brush", "B", t("Brush")),
    choose("eraser", "E", t("Eraser")),
    choose("outline", "P", t("Outline: click corners or draw by hand; Enter fills it")),
    choose("box", "R", t("Box")),
    choose("fill", "F", t("Fill like colours")),
    choose("assistant", "A", t("Assistant: a box, or the four outermost points")),
    { id: "smaller-brush", keys: ["["], does: t("Smaller brush or tolerance (also Shift + wheel)"), run: () => tool.step(-1) },
    { id: "larger-brush", keys: ["]"], does: t("Larger brush or tolerance (also Shift + wheel)"), run: () => tool.step(1) },
    { id: "pen-pressure", keys: [], does: t("The pressure of the pen sets the size of the brush"), run: done(() => tool.set({ pressure: !tool.settings.pressure })) },
    { id: "only-empty", keys: ["X"], does: t("Paint only pixels that have no label"), run: done(() => tool.set({ onlyEmpty: !tool.settings.onlyEmpty })) },
    { id: "fill-holes", keys: ["J"], does: t("Fill holes"), run: done(() => tool.fillHoles()) },
    { id: "outlines", keys: ["O"], does: t("Outlines on or off"), run: done(() => tool.set({ outlines: !tool.settings.outlines })) },
  ];
}
