/**
 * Builds what the server serves under /static: crowd-html-elements.js, portal.js and portal.css.
 *
 * Each is one classic file with no imports and no external requests, so a page needs one tag. The files are built in a
 * temporary folder and renamed into place, because a server may be reading the target folder at that moment.
 *
 *     node build.mjs [OUTPUT_FOLDER]      (default: ../src/trigpoint/server/static)
 */
import { mkdir, readdir, copyFile, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const web = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? join(web, "../src/trigpoint/server/static"));
const staging = join(web, "node_modules", `.output-${process.pid}`);

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

const bundles = [
  script("crowd-html-elements", "src/crowd/index.ts", "TrigpointCrowd"),
  script("portal", "src/portal/index.ts", "TrigpointPortal"),
  styleSheet("portal", "src/portal/portal.css"),
];

try {
  for (const bundle of bundles) {
    await build({
      root: web,
      configFile: false,
      publicDir: false,
      plugins: [compactStyles],
      logLevel: "warn",
      // A classic script in a page has no `process`; this also removes the libraries' development branches.
      define: { "process.env.NODE_ENV": '"production"' },
      build: { outDir: staging, emptyOutDir: false, target: "es2022", minify: true, reportCompressedSize: false, ...bundle },
    });
  }
  await mkdir(target, { recursive: true });
  for (const file of await readdir(staging)) {
    const partial = join(target, `.${file}.partial`);
    await copyFile(join(staging, file), partial);
    await rename(partial, join(target, file));
  }
} finally {
  await rm(staging, { recursive: true, force: true });
}
