/** The custom elements whose modules are loaded when a template names them. */

export interface LazyElement {
  readonly load: () => Promise<CustomElementConstructor>;
  /** Elements in its shadow root, which are defined before it. */
  readonly needs?: readonly string[];
}

export const ELEMENTS_ON_DEMAND: Readonly<Record<string, LazyElement>> = {
  "tp-image-stage": { load: async () => (await import("../workspace/stage/component.js")).ImageStage },
  "tp-entity-field": { load: async () => (await import("./crowd-entity-annotation/entity_field.js")).EntityField },
  "crowd-alert": { load: async () => (await import("./crowd-alert/component.js")).CrowdAlert },
  "iron-icon": { load: async () => (await import("./iron-icon/component.js")).IronIcon },
  "crowd-badge": { load: async () => (await import("./crowd-badge/component.js")).CrowdBadge, needs: ["iron-icon"] },
  "crowd-card": { load: async () => (await import("./crowd-card/component.js")).CrowdCard },
  "crowd-fab": { load: async () => (await import("./crowd-fab/component.js")).CrowdFab, needs: ["iron-icon"] },
  "crowd-icon-button": { load: async () => (await import("./crowd-icon-button/component.js")).CrowdIconButton, needs: ["iron-icon"] },
  "crowd-instructions": { load: async () => (await import("./crowd-instructions/component.js")).CrowdInstructions },
  "crowd-modal": { load: async () => (await import("./crowd-modal/component.js")).CrowdModal },
  "crowd-slider": { load: async () => (await import("./crowd-slider/component.js")).CrowdSlider },
  "crowd-slider-label": { load: async () => (await import("./crowd-slider-label/component.js")).CrowdSliderLabel },
  "crowd-tab": { load: async () => (await import("./crowd-tab/component.js")).CrowdTab },
  "crowd-tabs": { load: async () => (await import("./crowd-tabs/component.js")).CrowdTabs },
  "crowd-toast": { load: async () => (await import("./crowd-toast/component.js")).CrowdToast },
  "crowd-toggle-button": { load: async () => (await import("./crowd-toggle-button/component.js")).CrowdToggleButton },
  "crowd-rekognition-detect-moderation-labels": {
    load: async () => (await import("./crowd-rekognition-detect-moderation-labels/component.js")).CrowdRekognitionDetectModerationLabels,
    needs: ["tp-image-stage"],
  },
  "crowd-textract-analyze-document": {
    load: async () => (await import("./crowd-textract-analyze-document/component.js")).CrowdTextractAnalyzeDocument,
    needs: ["tp-image-stage"],
  },
  "crowd-bounding-box": {
    load: async () => (await import("./crowd-bounding-box/component.js")).CrowdBoundingBox,
    needs: ["tp-image-stage"],
  },
  "crowd-classifier": { load: async () => (await import("./crowd-classifier/component.js")).CrowdClassifier },
  "crowd-classifier-multi-select": {
    load: async () => (await import("./crowd-classifier-multi-select/component.js")).CrowdClassifierMultiSelect,
  },
  "crowd-entity-annotation": {
    load: async () => (await import("./crowd-entity-annotation/component.js")).CrowdEntityAnnotation,
    needs: ["tp-entity-field"],
  },
  "crowd-image-classifier": {
    load: async () => (await import("./crowd-image-classifier/component.js")).CrowdImageClassifier,
    needs: ["tp-image-stage"],
  },
  "crowd-image-classifier-multi-select": {
    load: async () => (await import("./crowd-image-classifier-multi-select/component.js")).CrowdImageClassifierMultiSelect,
    needs: ["tp-image-stage"],
  },
  "crowd-instance-segmentation": {
    load: async () => (await import("./crowd-instance-segmentation/component.js")).CrowdInstanceSegmentation,
    needs: ["tp-image-stage"],
  },
  "crowd-polygon": {
    load: async () => (await import("./crowd-polygon/component.js")).CrowdPolygon,
    needs: ["tp-image-stage"],
  },
  "crowd-polyline": {
    load: async () => (await import("./crowd-polyline/component.js")).CrowdPolyline,
    needs: ["tp-image-stage"],
  },
  "crowd-line": {
    load: async () => (await import("./crowd-line/component.js")).CrowdLine,
    needs: ["tp-image-stage"],
  },
  "crowd-keypoint": {
    load: async () => (await import("./crowd-keypoint/component.js")).CrowdKeypoint,
    needs: ["tp-image-stage"],
  },
  "crowd-text-ranking": { load: async () => (await import("./crowd-text-ranking/component.js")).CrowdTextRanking },
  "crowd-semantic-segmentation": {
    load: async () => (await import("./crowd-semantic-segmentation/component.js")).CrowdSemanticSegmentation,
    needs: ["tp-image-stage"],
  },
  "crowd-question-answer-generation": {
    load: async () => (await import("./crowd-question-answer-generation/component.js")).CrowdQuestionAnswerGeneration,
  },
};
