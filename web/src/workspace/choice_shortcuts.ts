/** What the panel of keys lists where classes are chosen. */
import { t } from "../language/index.js";
import { labelKeys, viewGestures } from "./image_shortcuts.js";
import { type CommandEntry, COMMANDS } from "./key_table.js";
import { type Command, isFree, Keys } from "./keys.js";
import type { Shortcut, ShortcutSource } from "./shortcuts.js";

/** The ids of commands that every choice has. */
const OF_ALL = ["find-label", "nothing", "submit", "help"];
/** Of choices for an image. */
const OF_IMAGES = ["zoom-in", "zoom-out", "fit", "turn-right", "turn-left"];
/** Where labels of an earlier job are verified. */
const OF_REVIEWS = ["hide-all", "tags", "fainter", "stronger"];

export interface ChoiceKind {
  readonly multiple: boolean;
  readonly hasImage: boolean;
  /** Labels of an earlier job are over the image. */
  readonly isReview: boolean;
  /** The text of the category for what no label fits; null without one. */
  readonly exclusion: string | null;
}

export function choiceShortcuts({ multiple, hasImage, isReview, exclusion }: ChoiceKind): ShortcutSource<Command, Keys> {
  const ids = [...OF_ALL, ...(hasImage ? OF_IMAGES : []), ...(isReview ? OF_REVIEWS : [])];
  return {
    nouns: { one: t("label"), many: t("labels") },
    entries: COMMANDS.filter(({ id }) => ids.includes(id)).flatMap((entry) => (entry.id === "nothing" ? exclusionEntry(entry, exclusion) : [entry])),
    sections: (keys) => [
      { title: t("Labels"), group: "labels", more: [...labelKeys(keys, multiple ? t("Choose a label, or give it up") : t("Choose a label")), listKeys()] },
      { title: t("Task"), group: "task", more: [] },
      ...(hasImage ? [{ title: t("View"), group: "view" as const, more: [...viewGestures(), arrowKeys(), twoFingers()] }] : []),
    ],
    isFree,
    keysOf: (entries: readonly CommandEntry[], choices) => new Keys(entries, choices),
  };
}

/** In the words of the task. */
function exclusionEntry(entry: CommandEntry, exclusion: string | null): CommandEntry[] {
  return exclusion === null ? [] : [{ ...entry, does: () => exclusion }];
}

function listKeys(): Shortcut {
  return { keys: ["Tab", "↑ ↓", t("Space")], does: t("Go to the list, through it, and choose") };
}

function arrowKeys(): Shortcut {
  return { keys: ["← ↑ → ↓"], does: t("Move the image") };
}

function twoFingers(): Shortcut {
  return { keys: [t("Two fingers")], does: t("Zoom and move the image") };
}
