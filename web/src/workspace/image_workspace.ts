/** The image workspace: the editor of shapes over an image, put together from its panes, for one kind of shape. */
import { type CSSResultGroup, html, type LitElement, nothing, type ReactiveController, type TemplateResult } from "lit";
import type { Size, View } from "../core/geometry.js";
import type { Rect, Shape } from "../core/shapes.js";
import type { Origin } from "../core/store.js";
import { t } from "../language/index.js";
import type { ToolOption } from "../tools/tool.js";
import { base, buttons, fields } from "../ui/controls.js";
import type { TrigpointDialog } from "../ui/dialog/component.js";
import { Announcements, toastStyles } from "./announcements.js";
import { Comparison, comparisonStyles } from "./comparison.js";
import { runCommand } from "./commands.js";
import { cursorScreen } from "./cursor_screen.js";
import { Drafts } from "./drafts.js";
import { type EditorScreen, ShapeEditor } from "./editor.js";
import { Instructions, instructionStyles } from "./instructions.js";
import { Keyboard, type KeyboardActions, type PressedCommand, takesText } from "./keyboard.js";
import { type Command, type KeyChoices, type Keys, readKeyChoices } from "./keys.js";
import { labelListStyles } from "./label_list.js";
import { layoutStyles } from "./layout.js";
import { moreMenuStyles } from "./more_menu.js";
import { counted } from "./nouns.js";
import { numberFieldStyles } from "./number_fields.js";
import { drawOverlay } from "./overlay.js";
import { Preferences, type WorkspacePreferences } from "./preferences.js";
import { KeyboardCursor } from "./keyboard_cursor.js";
import { sceneOf } from "./scene.js";
import type { ShapeKind } from "./shape_kind.js";
import { shapeListStyles } from "./shape_list_styles.js";
import { renderScriptCanvas } from "./script_canvas.js";
import { Shortcuts, shortcutStyles } from "./shortcuts.js";
import { SidePane } from "./side_pane.js";
import { SmallWindow } from "./small_window.js";
import type { ImageStage, Overlay } from "./stage/component.js";
import { menuEntries, shortcutSource, toolActions } from "./tool_actions.js";
import { renderToolBar, toolBarStyles } from "./tool_bar.js";
import { turn } from "./turn.js";
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
  moreMenuStyles,
  instructionStyles,
  labelListStyles,
  numberFieldStyles,
  comparisonStyles,
  shapeListStyles,
  toastStyles,
  shortcutStyles,
];

/** Of the reasons why shapes of the initial value cannot be shown: the console lists these. */
const MOST_REPORTED = 50;

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
  private stopTaking = (): void => {};
  /** The zoom and the rotation that the panes show. */
  private shownView = "";
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
    this.cursor = new KeyboardCursor(this.editor.tool, cursorScreen(this, (text) => this.announcements.speak(text)));
    this.side = new SidePane(host, kind, this.editor, this.smallWindow, () => this.focus());
    this.drafts = new Drafts(kind.format, this.editor.store);
    this.comparison = new Comparison(this.editor, () => this.drafts.initialShapes, () => this.showChange());
    this.shortcuts = new Shortcuts(host, () => shortcutSource(this.editor, this.comparison, this.switchOption), (keys) => host.keysChanged(keys));
    this.editor.store.subscribe(({ origin }) => this.handleStoreChange(origin));
  }

  hostConnected(): void {
    this.stopTaking = turn.onFocus(this.takeFreeFocus);
  }

  hostDisconnected(): void {
    this.stopTaking();
  }

  hostUpdated(): void {
    if (this.hasFocusedStage) return;
    this.hasFocusedStage = true;
    void this.stage?.updateComplete.then(() => turn.once(this.takeFreeFocus));
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
    const { tool } = this.editor;
    // Also what is drawn or moved at this moment, with the button still pressed: the answer would lack it.
    if (tool.isUnfinished === true || tool.preview !== null) {
      return t("You have begun a {{shape}}. Finish it, or press Esc to drop it.", { shape: this.kind.nouns.one });
    }
    const { unlisted } = this.editor;
    if (unlisted.length > 0) {
      const labels = [...new Set(unlisted.map(({ label }) => label))].slice(0, 3).join(", ");
      return t("This task has no label “{{labels}}” ({{shapes}}). Choose another label for what has it, or delete it.", { shapes: this.editor.counted(unlisted), labels });
    }
    if (store.shapes.length > 0 || store.nothingToLabel) return null;
    return t("Draw at least one {{shape}}, or tick “Nothing to label”.", { shape: this.kind.nouns.one });
  }

  /** Highlights what is missing for an answer, and moves the focus to the stage. */
  showProblem(): void {
    this.askedForShapes = this.image !== null && this.editor.store.shapes.length === 0;
    const [unlisted] = this.image === null ? [] : this.editor.unlisted;
    if (unlisted !== undefined) this.editor.pick(unlisted);
    if (this.askedForShapes || unlisted !== undefined) this.smallWindow.open("shapes");
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
    const { keys } = this.shortcuts;
    return html`${this.renderBar(keys)}
      ${this.instructions.renderPane()}
      ${this.image === null ? nothing : (this.kind.controls?.({ keepFocus: this.keepFocus, keyOf: (id) => keys.first(id) }) ?? nothing)}
      <tp-image-stage src=${this.host.src} label=${t("Image to label. {{header}}", { header: this.host.header })}
        style="--tp-shapes-opacity: ${this.editor.visibility.opacity}" .tool=${this.editor.tool}
        .settings=${this.viewMenu.settings} .overlay=${this.overlay} ?panning=${this.editor.mode === "pan" || this.keyboard.isPanning}
        @tp-stage-phase=${this.handleStagePhase} @tp-stage-view=${this.handleStageView}>
        ${renderScriptCanvas(this.image)}${this.announcements.renderToast()}
      </tp-image-stage>
      ${this.renderSide(keys)}
      ${this.instructions.renderDialog()}
      <tp-dialog class="shortcuts-dialog" header=${t("Keyboard and mouse")}>${this.shortcutsDialog?.open === true ? this.shortcuts.render() : nothing}</tp-dialog>
      ${this.announcements.renderLiveRegion()}`;
  }

  private renderSide(keys: Keys): TemplateResult {
    const notes = this.comparison.render(keys.first("compare"));
    return this.side.render({ ready: this.image !== null, asked: this.askedForShapes, keys, notes, keepFocus: this.keepFocus });
  }

  private renderBar(keys: Keys): TemplateResult {
    return renderToolBar({
      header: this.host.header,
      nouns: this.kind.nouns,
      editor: this.editor,
      stage: this.image === null ? null : this.stage,
      smallWindow: this.smallWindow,
      instructionsButton: this.instructions.renderButton(),
      keys,
      viewMenu: this.viewMenu.render(this.image === null ? null : this.stage, keys),
      menu: menuEntries(this.editor, this.shortcuts.entries, this.switchOption, (command) => this.run(command)),
      switchOption: this.switchOption,
      showShortcuts: () => this.showShortcuts(),
      keepFocus: this.keepFocus,
    });
  }

  private draw(view: View, stage: Size): Overlay {
    return drawOverlay(this.kind, sceneOf(this.editor, this.comparison, this.cursor.marks), view, stage);
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

  private keyboardActions(): KeyboardActions {
    const workspace = this;
    return {
      get isActive() {
        return workspace.host.setupProblem === null;
      },
      get keys() {
        return workspace.shortcuts.keys;
      },
      handleToolKey: (key) => this.cursor.handleKey(key) || this.editor.tool.handleKey(key),
      run: (command) => this.run(command),
      hold: (_, down) => this.comparison.show(down),
    };
  }

  /** Returns false for a command that does nothing now. */
  private run(command: PressedCommand): boolean {
    return runCommand(command, {
      editor: this.editor,
      stage: this.stage,
      submit: () => this.host.submit(),
      showShortcuts: () => this.showShortcuts(),
      findLabel: () => this.side.findLabel(),
      pastePrevious: () => this.pastePrevious(),
      toggleCursor: () => this.cursor.toggle(),
      runAction: (id) => toolActions(this.editor, this.switchOption).find((action) => action.id === id)?.run() ?? false,
      viewChanged: (said) => this.changeView(said),
    });
  }

  private readonly switchOption = (option: ToolOption): void => {
    const on = !option.on;
    option.set(on);
    const toolOptions = Object.fromEntries((this.editor.tool.options ?? []).map(({ id, on }) => [id, on]));
    this.preferences.add({ toolOptions });
    this.announcements.speak(on ? t("{{option}}: on", { option: option.label }) : t("{{option}}: off", { option: option.label }));
    this.showChange();
  };

  warn(text: string): void {
    this.announcements.show(text);
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

  private get shortcutsDialog(): TrigpointDialog | null {
    return this.host.shadowRoot?.querySelector<TrigpointDialog>(".shortcuts-dialog") ?? null;
  }

  private showShortcuts(): void {
    this.shortcutsDialog?.show();
    // Its content is made only while it is open: most frames of a drag would make it in vain.
    this.host.requestUpdate();
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

  /** The panes show the zoom and the rotation. Moving the image changes neither, and must stay fluid. */
  private readonly handleStageView = (): void => {
    const { scale, rotation } = this.stage?.view ?? { scale: 1 };
    const shown = `${scale} ${rotation}`;
    if (shown === this.shownView) return;
    this.shownView = shown;
    this.host.requestUpdate();
  };

  private readonly handleStagePhase = (): void => {
    this.host.requestUpdate();
    if (this.image === null) return;
    this.drafts.clipTo(this.image);
    this.reportFailures();
  };

  /** Takes the shapes of an `initial-value` attribute, which a script may also set after the image is shown. */
  loadInitialValue(text: string, labels: readonly string[]): void {
    this.drafts.loadInitialValue(text, labels);
    if (this.image === null) return;
    this.drafts.clipTo(this.image);
    this.reportFailures();
  }

  /** Tells the worker that a part of the initial value cannot be shown. */
  reportFailures(): void {
    const { failures } = this.drafts;
    if (failures.length === 0) return;
    console.warn(`${this.host.localName}: initial-value:`, ...failures.slice(0, MOST_REPORTED));
    this.announcements.show(t("{{shapes}} of the initial value cannot be shown", { shapes: counted(failures.length, this.kind.nouns) }));
  }

  /** When the page around the frame shows it or gives it the focus, no element has it. The stage takes it: the work is there. */
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
