/** console-editor.js: the rich text editor (ProseMirror), which only pages with instructions load. */
import { baseKeymap, setBlockType, toggleMark } from "prosemirror-commands";
import { history, redo, undo } from "prosemirror-history";
import { keymap } from "prosemirror-keymap";
import { DOMParser, DOMSerializer, Schema, type Node } from "prosemirror-model";
import { nodes, marks } from "prosemirror-schema-basic";
import { addListNodes, liftListItem, sinkListItem, splitListItem, wrapInList } from "prosemirror-schema-list";
import { EditorState, type Command } from "prosemirror-state";
import { EditorView } from "prosemirror-view";

// The nodes of prosemirror-schema-basic are an object; `addListNodes` needs the ordered map that a schema makes of it.
const basic = new Schema({ nodes, marks });
const schema = new Schema({ nodes: addListNodes(basic.spec.nodes, "paragraph block*", "block"), marks });
const { heading, paragraph, bullet_list, ordered_list, list_item, image, hard_break } = schema.nodes;
const { strong, em } = schema.marks;
if (!heading || !paragraph || !bullet_list || !ordered_list || !list_item || !image || !hard_break || !strong || !em) {
  throw new Error("the schema lacks a node");
}

const toggleHeading: Command = (state, dispatch) =>
  (isIn(state, "heading") ? setBlockType(paragraph) : setBlockType(heading, { level: 3 }))(state, dispatch);

const lineBreak: Command = (state, dispatch) => {
  dispatch?.(state.tr.replaceSelectionWith(hard_break.create()).scrollIntoView());
  return true;
};

const COMMANDS: Readonly<Record<string, Command>> = {
  bold: toggleMark(strong),
  italic: toggleMark(em),
  heading: toggleHeading,
  bulletList: (state, dispatch) => (isIn(state, "bullet_list") ? liftListItem(list_item) : wrapInList(bullet_list))(state, dispatch),
  orderedList: (state, dispatch) => (isIn(state, "ordered_list") ? liftListItem(list_item) : wrapInList(ordered_list))(state, dispatch),
  undo,
  redo,
};

const KEYS: Readonly<Record<string, Command>> = {
  "Mod-b": toggleMark(strong),
  "Mod-i": toggleMark(em),
  "Mod-z": undo,
  "Mod-y": redo,
  "Shift-Mod-z": redo,
  "Shift-Enter": lineBreak,
  Enter: splitListItem(list_item),
  "Mod-[": liftListItem(list_item),
  "Mod-]": sinkListItem(list_item),
};

/** Whether the cursor is in a node of this name. */
function isIn(state: EditorState, name: string): boolean {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth--) if ($from.node(depth).type.name === name) return true;
  return false;
}

function isActive(state: EditorState, name: string): boolean {
  const mark = { bold: strong, italic: em }[name];
  if (mark !== undefined) {
    const { from, $from, to, empty } = state.selection;
    return empty ? mark.isInSet(state.storedMarks ?? $from.marks()) !== undefined : state.doc.rangeHasMark(from, to, mark);
  }
  return isIn(state, { bulletList: "bullet_list", orderedList: "ordered_list" }[name] ?? name);
}

function parsed(content: string): Node {
  const page = new window.DOMParser().parseFromString(content, "text/html");
  return DOMParser.fromSchema(schema).parse(page.body);
}

function written(doc: Node): string {
  if (doc.textContent.trim() === "" && doc.childCount <= 1 && (doc.firstChild?.childCount ?? 0) === 0) return "";
  const box = document.createElement("div");
  box.append(DOMSerializer.fromSchema(schema).serializeFragment(doc.content));
  return box.innerHTML;
}

function create(place: HTMLElement, content: string, label: string, changed: (html: string) => void, moved: () => void) {
  const view = new EditorView(place, {
    state: EditorState.create({ doc: parsed(content), plugins: [history(), keymap(KEYS), keymap(baseKeymap)] }),
    attributes: { "aria-label": label, role: "textbox", "aria-multiline": "true" },
    dispatchTransaction(transaction) {
      view.updateState(view.state.apply(transaction));
      if (transaction.docChanged) changed(written(view.state.doc));
      moved();
    },
  });
  return {
    run(name: string): void {
      COMMANDS[name]?.(view.state, (transaction) => view.dispatch(transaction), view);
      view.focus();
    },
    isActive: (name: string): boolean => isActive(view.state, name),
    addPicture(address: string): void {
      view.dispatch(view.state.tr.replaceSelectionWith(image!.create({ src: address })).scrollIntoView());
      view.focus();
    },
  };
}

globalThis.TrigpointEditor = { create };
