/** The drawings of the iron-icons sets. A set is loaded when a template names one of its icons. */

/** The package holds each set as SVG in the text of a module, which is read here and never run. */
const SETS: Readonly<Record<string, () => Promise<{ default: string }>>> = {
  icons: () => import("@polymer/iron-icons/iron-icons.js?raw"),
  av: () => import("@polymer/iron-icons/av-icons.js?raw"),
  communication: () => import("@polymer/iron-icons/communication-icons.js?raw"),
  device: () => import("@polymer/iron-icons/device-icons.js?raw"),
  editor: () => import("@polymer/iron-icons/editor-icons.js?raw"),
  hardware: () => import("@polymer/iron-icons/hardware-icons.js?raw"),
  image: () => import("@polymer/iron-icons/image-icons.js?raw"),
  maps: () => import("@polymer/iron-icons/maps-icons.js?raw"),
  notification: () => import("@polymer/iron-icons/notification-icons.js?raw"),
  places: () => import("@polymer/iron-icons/places-icons.js?raw"),
  social: () => import("@polymer/iron-icons/social-icons.js?raw"),
};

const loaded = new Map<string, Promise<ReadonlyMap<string, SVGGElement>>>();

/** The drawing of an icon such as `search` or `maps:directions`, 24 units wide; null when there is none of that name. */
export async function drawingOf(name: string): Promise<SVGGElement | null> {
  const [first = "", second] = name.trim().split(":", 2);
  const [setName, icon] = second === undefined ? ["icons", first] : [first, second];
  const found = (await drawingsOf(setName)).get(icon);
  return found === undefined ? null : (found.cloneNode(true) as SVGGElement);
}

function drawingsOf(setName: string): Promise<ReadonlyMap<string, SVGGElement>> {
  const running = loaded.get(setName) ?? load(setName);
  loaded.set(setName, running);
  return running;
}

async function load(setName: string): Promise<ReadonlyMap<string, SVGGElement>> {
  if (!Object.hasOwn(SETS, setName)) return new Map();
  const source = (await SETS[setName]?.())?.default ?? "";
  const svg = source.slice(source.indexOf("<svg>"), source.indexOf("</svg>") + "</svg>".length);
  const drawings = new DOMParser().parseFromString(svg, "text/html").querySelectorAll<SVGGElement>("g[id]");
  return new Map([...drawings].map((drawing) => [drawing.id, drawing]));
}
