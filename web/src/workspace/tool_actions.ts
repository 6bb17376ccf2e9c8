/** What keys and menus do with the drawing tool, and which commands are of use for a task. */
import type { Shape } from "../core/shapes.js";
import type { ToolAction, ToolOption } from "../tools/tool.js";
import type { Comparison } from "./comparison.js";
import type { ShapeEditor } from "./editor.js";
import { imageShortcuts } from "./image_shortcuts.js";
import { type CommandEntry, type Feature, toolEntries } from "./key_table.js";
import type { PressedCommand } from "./keyboard.js";
import type { Command, Keys } from "./keys.js";
import { MENU_COMMANDS, type MenuEntry } from "./more_menu.js";
import type { ShortcutSource } from "./shortcuts.js";

export type SwitchOption = (option: ToolOption) => void;

/** The tool's actions, and its switches. */
export function toolActions<S extends Shape>({ tool }: ShapeEditor<S>, switchOption: SwitchOption): readonly ToolAction[] {
  const flip = (option: ToolOption) => (): boolean => {
    switchOption(option);
    return true;
  };
  return [...tool.options.map((option) => ({ id: option.id, keys: [option.key], does: option.label, run: flip(option) })), ...tool.actions];
}

/** The entries of the menu of small windows. `commands` are those that the task has a use for. */
export function menuEntries<S extends Shape>(
  { tool, kind }: ShapeEditor<S>,
  commands: readonly CommandEntry[],
  switchOption: SwitchOption,
  run: (command: PressedCommand) => void,
): readonly MenuEntry[] {
  const switches = tool.options.map((option) => ({ label: option.label, icon: option.icon, pressed: option.on, run: () => switchOption(option) }));
  const chosen = MENU_COMMANDS.flatMap((id) => commands.find((entry) => entry.id === id) ?? []);
  const named = chosen.map(({ command, does }) => ({ label: does(kind.nouns), run: () => run(command as PressedCommand) }));
  return [...switches, ...(kind.switches?.() ?? []), ...named];
}

export function shortcutSource<S extends Shape>(editor: ShapeEditor<S>, comparison: Comparison<S>, switchOption: SwitchOption): ShortcutSource<Command, Keys> {
  const { kind } = editor;
  return imageShortcuts({
    nouns: kind.nouns,
    get gestures() {
      return kind.gestures;
    },
    actions: toolEntries(toolActions(editor, switchOption)),
    features: featuresOf(editor, comparison),
  });
}

function featuresOf<S extends Shape>({ tool, kind }: ShapeEditor<S>, comparison: Comparison<S>): ReadonlySet<Feature> {
  const features = new Set<Feature>();
  if (tool.selectsSeveral) features.add("several");
  if (kind.canCopy !== false) features.add("copies");
  if (kind.resized !== undefined) features.add("resizing");
  if (comparison.isPossible) features.add("review");
  if (comparison.initialShapes.some(({ confidence }) => confidence !== undefined)) features.add("suggestions");
  return features;
}
