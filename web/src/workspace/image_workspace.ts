/** The image workspace: the editor of shapes over an image, put together from its panes, for one kind of shape. */
import { type CSSResultGroup, html, type LitElement, nothing, type ReactiveController, type TemplateResult } from "lit";
import { type Size, toImage, type View } from "../core/geometry.js";
import type { Rect, Shape } from "../core/shapes.js";
import type { Origin } from "../core/store.js";
import { t } from "../language/index.js";
import type { ToolKey, ToolOption } from "../tools/tool.js";
import { base, buttons, fields } from "../ui/controls.js";
import type { TrigpointDialog } from "../ui/dialog/component.js";
import { Announcements, toastStyles } from "./announcements.js";
import { Comparison, comparisonStyles } from "./comparison.js";
import { runCommand } from "./commands.js";
import { Drafts } from "./drafts.js";
import { type EditorScreen, ShapeEditor } from "./editor.js";
import { type ImageShortcuts, imageShortcuts } from "./image_shortcuts.js";
import { Instructions, instructionStyles } from "./instructions.js";
import { Keyboard, type KeyboardActions, takesText } from "./keyboard.js";
import type { Feature } from "./key_table.js";
import { type Command, type KeyChoices, type Keys, readKeyChoices } from "./keys.js";
import { labelListStyles } from "./label_list.js";
import { layoutStyles } from "./layout.js";
import { counted } from "./nouns.js";
import { numberFieldStyles } from "./number_fields.js";
import { drawOverlay } from "./overlay.js";
import { Preferences, type WorkspacePreferences } from "./preferences.js";
import { type CursorScreen, KeyboardCursor } from "./keyboard_cursor.js";
import type { ShapeKind } from "./shape_kind.js";
import { shapeListStyles } from "./shape_list.js";
import { renderScriptCanvas } from "./script_canvas.js";
import { Shortcuts, shortcutStyles } from "./shortcuts.js";
import { SidePane } from "./side_pane.js";
import { SmallWindow } from "./small_window.js";
import type { ImageStage, Overlay } from "./stage/component.js";
import { renderToolBar, toolBarStyles } from "./tool_bar.js";
import { ViewMenu, viewMenuStyles } from "./view_menu.js";

/** The element whose shadow root holds the workspace. */
export interface WorkspaceHost extends LitElement {
  /** The image's address. */
  readonly src: string;
  /** The task in one sentence. */
  readonly header: string;
  /** Why the task cannot be worked on at all; null for a task in order. */
  readonly setupProblem: string | null;
  /** The worker changed the answer. */
  answerChanged(): void;
  /** The worker chose something that is kept for the next tasks. */
  preferencesChanged(preferences: WorkspacePreferences): void;
  /** The worker chose keys, which are kept for all jobs. */
  keysChanged(keys: KeyChoices): void;
  submit(): void;
}

export const workspaceStyles: CSSResultGroup = [
  base,
  buttons,
  fields,
  layoutStyles,
  toolBarStyles,
  viewMenuStyles,
  instructionStyles,
  labelListStyles,
  numberFieldStyles,
  comparisonStyles,
  shapeListStyles,
  toastStyles,
  shortcutStyles,
];

export class ImageWorkspace<S extends Shape> implements ReactiveController {
  readonly editor: ShapeEditor<S>;
  readonly drafts: Drafts<S>;
  private readonly announcements: Announcements;
  private readonly smallWindow: SmallWindow;
  private readonly instructions: Instructions;
  private readonly keyboard: Keyboard;
  private readonly preferences: Preferences;
  private readonly viewMenu: ViewMenu;
  private readonly side: SidePane<S>;
  private readonly cursor: KeyboardCursor<S>;
  /** A draft has an unfinished shape. */
  private keptUnfinished = false;
  private readonly shortcuts: Shortcuts<Command, Keys>;
  private readonly comparison: Comparison<S>;
  /** The saved state of the image before; null without one. */
  private previous: unknown = null;
  private askedForShapes = false;
  private hasFocusedStage = false;
  private readonly overlay = (view: View, stage: Size): Overlay => this.draw(view, stage);

  constructor(
    private readonly host: WorkspaceHost,
    private readonly kind: ShapeKind<S>,
  ) {
    host.addController(this);
    this.announcements = new Announcements(host);
    this.preferences = new Preferences((chosen) => host.preferencesChanged(chosen));
    this.viewMenu = new ViewMenu(host, (view) => this.preferences.add({ view }));
    this.smallWindow = new SmallWindow(host);
    this.instructions = new Instructions(host, this.smallWindow, (shown) => this.preferences.add({ showsInstructions: shown }));
    this.keyboard = new Keyboard(host, this.keyboardActions());
    this.editor = new ShapeEditor(kind, this.editorScreen());
    this.cursor = new KeyboardCursor(this.editor.tool, this.cursorScreen());
    this.side = new SidePane(host, kind, this.editor, this.smallWindow, () => this.focus());
    this.drafts = new Drafts(kind.format, this.editor.store);
    this.comparison = new Comparison(this.editor, () => this.drafts.initialShapes, () => this.showChange());
    this.shortcuts = new Shortcuts(host, () => imageShortcuts(this.shortcutParts()), (keys) => host.keysChanged(keys));
    this.editor.store.subscribe(({ origin }) => this.handleStoreChange(origin));
  }

  hostConnected(): void {
    window.addEventListener("focus", this.takeFreeFocus);
  }

  hostDisconnected(): void {
    window.removeEventListener("focus", this.takeFreeFocus);
  }

  hostUpdated(): void {
    if (this.hasFocusedStage) return;
    this.hasFocusedStage = true;
    void this.stage?.updateComplete.then(this.takeFreeFocus);
  }

  /** The size of the image in stored pixels; null until it is shown. */
  get image(): Size | null {
    return this.stage?.phase === "ready" ? this.stage.image : null;
  }

  /** Why the answer cannot be submitted, in words for the worker; null when it can. */
  get problem(): string | null {
    const { store } = this.editor;
    if (this.stage?.phase === "error") return t("The image cannot be shown. Please try again, or decline this task.");
    if (this.image === null) return t("The image is still loading.");
    if (this.editor.tool.isUnfinished === true) {
      return t("You have begun a {{shape}}. Finish it, or press Esc to drop it.", { shape: this.kind.nouns.one });
    }
    if (store.shapes.length > 0 || store.nothingToLabel) return null;
    return t("Draw at least one {{shape}}, or tick “Nothing to label”.", { shape: this.kind.nouns.one });
  }

  /** Highlights what is missing for an answer, and moves the focus to the stage. */
  showProblem(): void {
    this.askedForShapes = this.image !== null && this.editor.store.shapes.length === 0;
    if (this.askedForShapes) this.smallWindow.open("shapes");
    this.host.requestUpdate();
    this.focus();
  }

  focus(): void {
    this.stage?.focus();
  }

  /** Applies what the worker chose in earlier tasks. */
  restorePreferences(saved: unknown): void {
    const { label, showsInstructions, toolOptions, opacity, showsTags, view } = this.preferences.restore(saved);
    if (view !== undefined) this.viewMenu.restore(view);
    for (const option of this.editor.tool.options ?? []) option.set(toolOptions?.[option.id] ?? option.on);
    if (opacity !== undefined) this.editor.visibility.opacity = opacity;
    if (showsTags !== undefined) this.editor.visibility.showsTags = showsTags;
    if (label !== undefined) this.editor.preferLabel(label);
    if (showsInstructions !== undefined) this.instructions.show(showsInstructions);
    this.side.showLabel();
  }

  /** Takes over the keys that the worker chose, in any job. */
  restoreKeys(saved: unknown): void {
    this.shortcuts.restore(readKeyChoices(saved));
  }

  /** Keeps the saved state of the image before, from which the worker may take the shapes. */
  restorePrevious(saved: unknown): void {
    this.previous = saved;
  }

  render(): TemplateResult {
    return html`${this.renderBar()}
      ${this.instructions.renderPane()}
      ${this.image === null ? nothing : (this.kind.controls?.(this.keepFocus) ?? nothing)}
      <tp-image-stage src=${this.host.src} label=${t("Image to label. {{header}}", { header: this.host.header })}
        style="--tp-shapes-opacity: ${this.editor.visibility.opacity}" .tool=${this.editor.tool}
        .settings=${this.viewMenu.settings} .overlay=${this.overlay} ?panning=${this.editor.mode === "pan" || this.keyboard.isPanning}
        @tp-stage-phase=${this.handleStagePhase} @tp-stage-view=${() => this.host.requestUpdate()}>
        ${renderScriptCanvas(this.image)}${this.announcements.renderToast()}
      </tp-image-stage>
      ${this.renderSide()}
      ${this.instructions.renderDialog()}
      <tp-dialog class="shortcuts-dialog" header=${t("Keyboard and mouse")}>${this.shortcuts.render()}</tp-dialog>
      ${this.announcements.renderLiveRegion()}`;
  }

  private renderSide(): TemplateResult {
    const { keys } = this.shortcuts;
    const notes = this.comparison.render(keys.first("compare"));
    return this.side.render({ ready: this.image !== null, asked: this.askedForShapes, keys, notes, keepFocus: this.keepFocus });
  }

  private renderBar(): TemplateResult {
    return renderToolBar({
      header: this.host.header,
      nouns: this.kind.nouns,
      editor: this.editor,
      stage: this.image === null ? null : this.stage,
      smallWindow: this.smallWindow,
      instructionsButton: this.instructions.renderButton(),
      keys: this.shortcuts.keys,
      viewMenu: this.viewMenu.render(this.image === null ? null : this.stage),
      switchOption: (option) => this.switchOption(option),
      showShortcuts: () => this.showShortcuts(),
      keepFocus: this.keepFocus,
    });
  }

  private draw(view: View, stage: Size): Overlay {
    const { editor } = this;
    const compares = this.comparison.isShown;
    return drawOverlay(
      this.kind,
      {
        shapes: compares ? this.comparison.shapes : editor.shownShapes,
        selectedIds: editor.selection.ids,
        selectedIsFresh: editor.selection.fresh && editor.mode === "draw",
        hoverId: editor.hoverId,
        preview: editor.tool.preview,
        marks: [...editor.tool.marks, ...this.cursor.marks],
        band: editor.tool.band,
        showsTags: compares || editor.visibility.showsTags,
        isInReach: (shape) => editor.visibility.isInReach(shape),
        newLabel: editor.chosenLabel,
        styleOf: (label, shape) => (compares ? this.comparison.styleOf(label) : editor.styleOf(label, shape)),
      },
      view,
      stage,
    );
  }

  get stage(): ImageStage | null {
    return this.host.shadowRoot?.querySelector("tp-image-stage") ?? null;
  }

  private editorScreen(): EditorScreen {
    const workspace = this;
    return {
      get image() {
        return workspace.image;
      },
      get pointer() {
        return workspace.cursor.position ?? workspace.stage?.pointer ?? null;
      },
      pan: (dx, dy) => this.stage?.pan(dx, dy),
      reveal: (rect: Rect) => this.stage?.reveal(rect),
      update: () => this.showChange(),
      selectionChanged: () => this.handleSelection(),
      unfinishedChanged: () => this.handleUnfinished(),
      refresh: () => this.stage?.refresh(),
      labelChosen: (label) => {
        this.preferences.add({ label });
        this.side.showLabel();
      },
      announce: (text) => this.announcements.speak(text),
      warn: (text) => this.warn(text),
      offerUndo: (text) => this.announcements.show(text, () => this.editor.undo()),
    };
  }

  private cursorScreen(): CursorScreen {
    const workspace = this;
    return {
      get image() {
        return workspace.image;
      },
      get view() {
        return workspace.stage?.view ?? { scale: 1, x: 0, y: 0 };
      },
      get middle() {
        const { stage } = workspace;
        return stage === null ? { x: 0, y: 0 } : toImage(stage.view, { x: stage.clientWidth / 2, y: stage.clientHeight / 2 });
      },
      reveal: (rect) => this.stage?.reveal(rect),
      announce: (text) => this.announcements.speak(text),
      refresh: () => this.stage?.refresh(),
    };
  }

  private keyboardActions(): KeyboardActions {
    const workspace = this;
    return {
      get isActive() {
        return workspace.host.setupProblem === null;
      },
      get keys() {
        return workspace.shortcuts.keys;
      },
      handleToolKey: (key) => this.cursor.handleKey(key) || this.editor.tool.handleKey(key) || this.handleOptionKey(key),
      run: (command) =>
        runCommand(command, {
          editor: this.editor,
          stage: this.stage,
          submit: () => this.host.submit(),
          showShortcuts: () => this.showShortcuts(),
          findLabel: () => this.side.findLabel(),
          pastePrevious: () => this.pastePrevious(),
          toggleCursor: () => this.cursor.toggle(),
          viewChanged: (said) => this.changeView(said),
        }),
      hold: (_, down) => this.comparison.show(down),
    };
  }

  private handleOptionKey({ key, control, alt }: ToolKey): boolean {
    const option = control || alt ? undefined : this.editor.tool.options?.find((one) => one.key === key.toUpperCase());
    if (option !== undefined) this.switchOption(option);
    return option !== undefined;
  }

  private switchOption(option: ToolOption): void {
    const on = !option.on;
    option.set(on);
    const toolOptions = Object.fromEntries((this.editor.tool.options ?? []).map(({ id, on }) => [id, on]));
    this.preferences.add({ toolOptions });
    this.announcements.speak(on ? t("{{option}}: on", { option: option.label }) : t("{{option}}: off", { option: option.label }));
    this.showChange();
  }

  warn(text: string): void {
    this.announcements.show(text);
    this.announcements.speak(text);
  }

  private shortcutParts(): ImageShortcuts {
    const { kind, editor } = this;
    const features = new Set<Feature>();
    if (editor.tool.selectsSeveral) features.add("several");
    if (kind.canCopy !== false) features.add("copies");
    if (kind.resized !== undefined) features.add("resizing");
    if (this.comparison.isPossible) features.add("review");
    if (this.comparison.initialShapes.some(({ confidence }) => confidence !== undefined)) features.add("suggestions");
    const switches = editor.tool.options.map(({ key, label }) => ({ keys: [key], does: label }));
    return { nouns: kind.nouns, gestures: kind.gestures, switches, features };
  }

  private pastePrevious(): boolean {
    const { image } = this;
    if (image !== null) this.editor.copies.take(this.drafts.readOther(this.previous, this.editor.labels, image));
    return true;
  }

  private changeView(said: string): void {
    const { opacity, showsTags } = this.editor.visibility;
    this.preferences.add({ opacity, showsTags });
    this.announcements.speak(said);
    this.showChange();
  }

  private showShortcuts(): void {
    this.host.shadowRoot?.querySelector<TrigpointDialog>(".shortcuts-dialog")?.show();
  }

  private showChange(): void {
    this.host.requestUpdate();
    this.stage?.refresh();
    this.stage?.refreshPointer();
  }

  private handleUnfinished(): void {
    const keeps = this.editor.tool.saveUnfinished() !== null;
    if (keeps || this.keptUnfinished) this.host.answerChanged();
    this.keptUnfinished = keeps;
  }

  private handleSelection(): void {
    this.showChange();
    this.side.showSelection();
  }

  private handleStoreChange(origin: Origin): void {
    if (this.askedForShapes) this.smallWindow.open(null);
    this.askedForShapes = false;
    if (origin !== "pre-annotation") this.announcements.dismiss();
    this.host.requestUpdate();
    this.stage?.refresh();
    if (origin !== "pre-annotation") this.host.answerChanged();
  }

  private readonly handleStagePhase = (): void => {
    this.host.requestUpdate();
    if (this.image === null) return;
    this.drafts.clipTo(this.image);
    this.reportFailures();
  };

  /** Tells the worker that a part of the initial value cannot be shown. */
  reportFailures(): void {
    const { failures } = this.drafts;
    if (failures.length === 0) return;
    console.warn(`${this.host.localName}: initial-value:`, ...failures);
    this.announcements.show(t("{{shapes}} of the initial value cannot be shown", { shapes: counted(failures.length, this.kind.nouns) }));
  }

  /** When the page around the frame gives it the focus, no element has it. The stage takes it: the work is there. */
  private readonly takeFreeFocus = (): void => {
    if (document.activeElement === null || document.activeElement === document.body) this.focus();
  };

  /** A click on a pane must not take the keyboard focus away from the stage. */
  private readonly keepFocus = (event: MouseEvent): void => {
    if (takesText(event.composedPath()[0])) return;
    event.preventDefault();
    this.focus();
  };
}
