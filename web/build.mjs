/**
 * Builds what the server serves under /static: crowd-html-elements.js with the modules in crowd/, pages.css,
 * portal.js, portal.css, console.js, console.css, and what only some pages of the console load: console-charts.js, console-setup.js, console-editor.js and
 * console-upload.js.
 *
 * crowd-html-elements.js is a classic script, because templates load it as one and use the form in the next line. It holds
 * the form, the small elements and what these share with the others. The other elements are modules, which it imports when
 * a template names them. A module takes what it shares with the script from the script (build_elements.mjs). A module's name
 * changes with its content, so that browsers keep it for good.
 *
 * The files are built in a temporary folder and renamed into place, because a server may be reading the target folder at
 * that moment; modules go first, the script that names them last.
 *
 * For each language other than English both scripts are built once more, with its texts in front: crowd-html-elements-ko.js.
 * So the texts are there before anything is shown.
 *
 *     node build.mjs [OUTPUT_FOLDER]      (default: ../src/trigpoint/server/static)
 */
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { buildElements } from "./build_elements.mjs";

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

async function run(bundle, plugins = []) {
  return build({
    root: web,
    base: "./",
    configFile: false,
    publicDir: false,
    plugins: [compactStyles, ...plugins],
    logLevel: "warn",
    // A classic script in a page has no `process`; this also removes the libraries' development branches.
    define: { "process.env.NODE_ENV": '"production"' },
    build: { outDir: staging, emptyOutDir: false, target: "es2022", minify: true, reportCompressedSize: false, ...bundle },
  });
}

/** Writes a script of each language: the texts of `src/language/<language>.json`, then the script itself. */
async function translate(name) {
  const folder = join(web, "src/language");
  const script = await readFile(join(staging, `${name}.js`), "utf8");
  for (const file of await readdir(folder)) {
    const language = /^([a-z]{2,3})\.json$/.exec(file)?.[1];
    if (language === undefined || language === "en") continue;
    const texts = JSON.stringify(JSON.parse(await readFile(join(folder, file), "utf8")));
    const prelude = `globalThis.TrigpointTexts={language:"${language}",texts:${texts}};`;
    await writeFile(join(staging, `${name}-${language}.js`), `${prelude}\n${script}`);
  }
}

/** Writes the names of the elements that templates can use, with which the server finds misspelled ones. */
async function listElements() {
  const sources = ["common_elements.ts", "elements_on_demand.ts"].map((name) => readFile(join(web, "src/crowd", name), "utf8"));
  const names = (await Promise.all(sources)).flatMap((code) => [...code.matchAll(/^  "([a-z-]+)":/gm)].map(([, name]) => name));
  const usable = names.filter((name) => !name.startsWith("tp-")).sort();
  await writeFile(join(staging, "elements.json"), `${JSON.stringify(usable)}\n`);
}

/** Puts a file into the target folder in one step. */
async function publish(file) {
  const partial = join(target, `${file}.partial`);
  await copyFile(join(staging, file), partial);
  await rename(partial, join(target, file));
}

try {
  await buildElements(run, web, staging, MODULES);
  await run(script("portal", "src/portal/index.ts", "TrigpointPortal"));
  await run(script("console", "src/console/index.ts", "TrigpointConsole"));
  await run(script("console-charts", "src/console/chart_library.ts", "TrigpointChartLibrary"));
  await run(script("console-setup", "src/console/setup/index.ts", "TrigpointConsoleSetup"));
  await run(script("console-editor", "src/console/editor_library.ts", "TrigpointEditorLibrary"));
  await run(script("console-upload", "src/console/upload/index.ts", "TrigpointUpload"));
  for (const name of ["crowd-html-elements", "portal", "console", "console-setup", "console-upload"]) await translate(name);
  await listElements();
  await run(styleSheet("pages", "src/ui/page/pages.css"));
  await run(styleSheet("portal", "src/portal/portal.css"));
  await run(styleSheet("console", "src/console/console.css"));
  await mkdir(join(target, MODULES), { recursive: true });
  const modules = await readdir(join(staging, MODULES));
  for (const file of modules) await publish(join(MODULES, file));
  for (const file of (await readdir(staging)).filter((name) => name !== MODULES)) await publish(file);
  for (const file of await readdir(join(target, MODULES))) if (!modules.includes(file)) await rm(join(target, MODULES, file));
} finally {
  await rm(staging, { recursive: true, force: true });
}
