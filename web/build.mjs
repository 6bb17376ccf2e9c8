/**
 * Builds what the server serves under /static: crowd-html-elements.js with the modules in crowd/, portal.js, portal.css.
 *
 * crowd-html-elements.js is a small classic script, because templates load it as one. It loads the modules: those of the
 * form at once, those of the other elements when a template names them. A module's name changes with its content, so that
 * browsers keep it for good. The files are built in a temporary folder and renamed into place, because a server may be
 * reading the target folder at that moment; modules go first, the scripts that name them last.
 *
 *     node build.mjs [OUTPUT_FOLDER]      (default: ../src/trigpoint/server/static)
 */
import { copyFile, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const web = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? join(web, "../src/trigpoint/server/static"));
const staging = join(web, "node_modules", `.output-${process.pid}`);
const MODULES = "crowd";

/** Collapses white space and drops comments in css`...` literals, which the minifier must leave as they are. */
const compactStyles = {
  name: "compact-styles",
  transform(code, id) {
    if (!id.endsWith(".ts")) return null;
    const compact = (styles) => styles.replace(/\/\*.*?\*\//gs, "").replace(/\s+/g, " ");
    return { code: code.replace(/\bcss`[^`]*`/g, compact), map: null };
  },
};

/** One script bundle: everything it imports inlined, as an immediately invoked function. */
function script(name, entry, globalName) {
  return {
    lib: { entry: join(web, entry), formats: ["iife"], name: globalName, fileName: () => `${name}.js`, cssFileName: name },
  };
}

/** One style sheet with its @imports inlined. */
function styleSheet(name, entry) {
  return { rollupOptions: { input: join(web, entry), output: { assetFileNames: `${name}[extname]` } } };
}

/** The elements as modules: shared parts and elements that are imported when they are needed have files of their own. */
const elements = {
  manifest: "manifest.json",
  modulePreload: { polyfill: false },
  rollupOptions: {
    input: join(web, "src/crowd/index.ts"),
    output: { entryFileNames: `${MODULES}/[name]-[hash].js`, chunkFileNames: (chunk) => `${MODULES}/${chunkName(chunk)}-[hash].js` },
  },
};

/** An element's component.ts is named after its folder. */
function chunkName({ name, facadeModuleId }) {
  return name === "component" && facadeModuleId !== null ? basename(dirname(facadeModuleId)) : name;
}

async function run(bundle, define = {}) {
  await build({
    root: web,
    base: "./",
    configFile: false,
    publicDir: false,
    plugins: [compactStyles],
    logLevel: "warn",
    // A classic script in a page has no `process`; this also removes the libraries' development branches.
    define: { "process.env.NODE_ENV": '"production"', ...define },
    build: { outDir: staging, emptyOutDir: false, target: "es2022", minify: true, reportCompressedSize: false, ...bundle },
  });
}

/** The files of the elements' entry: itself, then the modules that it imports at once, and those that they import. */
async function entryFiles() {
  const manifest = JSON.parse(await readFile(join(staging, "manifest.json"), "utf8"));
  await rm(join(staging, "manifest.json"));
  const files = new Set();
  const add = ({ file, imports = [] }) => {
    files.add(file);
    for (const name of imports) add(manifest[name]);
  };
  add(Object.values(manifest).find((module) => module.isEntry));
  return [...files];
}

/** Puts a file into the target folder in one step. */
async function publish(file) {
  const partial = join(target, `${file}.partial`);
  await copyFile(join(staging, file), partial);
  await rename(partial, join(target, file));
}

try {
  await run(elements);
  await run(script("crowd-html-elements", "src/crowd/loader.ts", "TrigpointCrowd"), {
    MODULES_OF_THE_ENTRY: JSON.stringify(await entryFiles()),
  });
  await run(script("portal", "src/portal/index.ts", "TrigpointPortal"));
  await run(styleSheet("portal", "src/portal/portal.css"));
  await mkdir(join(target, MODULES), { recursive: true });
  const modules = await readdir(join(staging, MODULES));
  for (const file of modules) await publish(join(MODULES, file));
  for (const file of (await readdir(staging)).filter((name) => name !== MODULES)) await publish(file);
  for (const file of await readdir(join(target, MODULES))) if (!modules.includes(file)) await rm(join(target, MODULES, file));
} finally {
  await rm(staging, { recursive: true, force: true });
}
