/** What the panel of keys lists for shapes on an image. */
import { t } from "../language/index.js";
import { type CommandEntry, COMMANDS, type Feature } from "./key_table.js";
import { type Command, isFree, Keys } from "./keys.js";
import { capital, type Nouns } from "./nouns.js";
import type { Shortcut, ShortcutSection, ShortcutSource } from "./shortcuts.js";

/** What differs between the kinds of shapes. */
export interface ImageShortcuts {
  readonly nouns: Nouns;
  /** Mouse gestures and fixed keys of the drawing tool. */
  readonly gestures: readonly Shortcut[];
  /** What keys do in the drawing tool. They come before the commands of the workspace. */
  readonly actions: readonly CommandEntry[];
  readonly features: ReadonlySet<Feature>;
}

export function imageShortcuts(image: ImageShortcuts): ShortcutSource<Command, Keys> {
  const { nouns, actions, features } = image;
  return {
    nouns,
    entries: [...actions, ...COMMANDS.filter(({ needs }) => needs === undefined || features.has(needs))],
    sections: (keys) => [
      { title: capital(nouns.many), group: "shapes", more: shapeGestures(image) },
      { title: t("Labels"), group: "labels", more: labelKeys(keys, t("Choose a label; relabel the selection")) },
      { title: t("Task"), group: "task", more: [] },
      { title: t("View"), group: "view", more: viewGestures() },
      touchGestures(nouns),
    ],
    isFree,
    keysOf: (entries: readonly CommandEntry[], choices) => new Keys(entries, choices),
  };
}

/** The keys of labels. `does` is what the digits do. */
export function labelKeys(keys: { ofLabel(index: number): string | null }, does: string): readonly Shortcut[] {
  const letters = [9, 10, 11].map((index) => keys.ofLabel(index)).filter((key): key is string => key !== null);
  return [{ keys: ["1", "–", "9"], does }, ...(letters.length > 0 ? [{ keys: [...letters, "…"], does: t("The tenth label and further ones") }] : [])];
}

export function viewGestures(): readonly Shortcut[] {
  return [
    { keys: [t("Wheel")], does: t("Zoom at the pointer") },
    { keys: [t("Middle button")], does: t("Move the image") },
  ];
}

function shapeGestures({ nouns, gestures, features }: ImageShortcuts): readonly Shortcut[] {
  const shape = { shape: nouns.one, shapes: nouns.many };
  const arrows: Shortcut[] = [
    { keys: ["← ↑ → ↓"], does: t("Move the selection by 1 px (Shift: 10 px), without one the image") },
    ...(features.has("resizing") ? [{ keys: [t("Alt + arrows")], does: t("Resize the selection by 1 px (Shift: 10 px)") }] : []),
  ];
  const several: Shortcut[] = features.has("several")
    ? [
        { keys: [t("Shift + click")], does: t("Add a {{shape}} to the selection, or take it out", shape) },
        { keys: [t("Drag in select mode")], does: t("Select all {{shapes}} in a rectangle", shape) },
      ]
    : [];
  return [...gestures, ...several, ...arrows];
}

function touchGestures(nouns: Nouns): ShortcutSection {
  const shape = { shape: nouns.one };
  return {
    title: t("Touch"),
    group: null,
    isTouch: true,
    more: [
      { keys: [t("One finger")], does: t("Draw a {{shape}}; tap to select one", shape) },
      { keys: [t("Two fingers")], does: t("Zoom and move the image") },
      { keys: [t("Hold")], does: t("Move the {{shape}} under the finger", shape) },
    ],
  };
}
