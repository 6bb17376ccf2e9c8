/**
 * Builds crowd-html-elements.js, and the elements on demand as modules that share code with it.
 *
 * A source file that the script contains must not be in a module too: two copies of a class are two classes. So the script
 * puts its source files' exports into `globalThis.TrigpointCrowd.shared`, and in the modules each of these files is
 * replaced by one that takes its exports from there.
 */
import { readFile, rm } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";

const ENTRY = "src/crowd/index.ts";
const ON_DEMAND = "src/crowd/elements_on_demand.ts";
const IMPORT = /import\("(\.{1,2}\/[^"]+)\.js"\)/g;

/** `run(bundle, plugins)` runs one build into `staging`; modules go into its folder `folder`. */
export async function buildElements(run, web, staging, folder) {
  const onDemand = join(web, ON_DEMAND);
  const components = [...(await readFile(onDemand, "utf8")).matchAll(IMPORT)].map(([, path]) => `${join(dirname(onDemand), path)}.ts`);
  const shared = await sharedFiles(run, web, onDemand);
  const files = await buildModules(run, staging, folder, components, shared);
  const loads = Object.fromEntries(components.map((component) => [component, files(relative(web, component))]));
  await buildScript(run, web, onDemand, shared, loads);
}

/** The source files in the script with the names that they export. */
async function sharedFiles(run, web, onDemand) {
  const inScript = new Set();
  const collect = { name: "collect", moduleParsed: ({ id }) => void (id.startsWith("\0") || inScript.add(id)) };
  await run({ write: false, lib: { entry: join(web, ENTRY), formats: ["es"] } }, [withoutImports(onDemand), collect]);
  const input = [...inScript].filter((id) => !id.includes("?") && id !== join(web, ENTRY));
  const { output } = await run(
    { write: false, rollupOptions: { input, preserveEntrySignatures: "strict" } },
    [withoutImports(onDemand)],
  );
  const entries = output.filter((chunk) => chunk.type === "chunk" && chunk.isEntry);
  return new Map(entries.map(({ facadeModuleId, exports }) => [facadeModuleId, exports]));
}

/** Returns a function: the files to load for a source file, itself first. */
async function buildModules(run, staging, folder, components, shared) {
  const names = {
    entryFileNames: (chunk) => `${folder}/${chunkName(chunk)}-[hash].js`,
    chunkFileNames: (chunk) => `${folder}/${chunkName(chunk)}-[hash].js`,
    assetFileNames: `${folder}/[name]-[hash][extname]`,
  };
  const ids = [...shared.keys()];
  const fromScript = {
    name: "from-script",
    enforce: "pre",
    load(id) {
      if (!shared.has(id)) return null;
      const own = `globalThis.TrigpointCrowd.shared[${ids.indexOf(id)}]`;
      return { code: shared.get(id).map((name) => `export const ${name} = ${own}.${name};`).join("\n"), moduleType: "js" };
    },
  };
  await run(
    {
      manifest: "manifest.json",
      modulePreload: { polyfill: false },
      rollupOptions: { input: components, output: names, preserveEntrySignatures: "strict" },
    },
    [fromScript],
  );
  const manifest = JSON.parse(await readFile(join(staging, "manifest.json"), "utf8"));
  await rm(join(staging, "manifest.json"));
  const withImports = (name) => [manifest[name].file, ...(manifest[name].imports ?? []).flatMap(withImports)];
  return (name) => [...new Set(withImports(name))];
}

async function buildScript(run, web, onDemand, shared, loads) {
  const ids = [...shared.keys()];
  const index = join(web, ENTRY);
  const share = {
    name: "share",
    enforce: "pre",
    transform(code, id) {
      if (id !== index) return null;
      const imports = ids.map((file, place) => `import * as m${place} from ${JSON.stringify(file)};`);
      const shared = `globalThis.TrigpointCrowd.shared = [${ids.map((_, place) => `m${place}`)}];`;
      return { code: [...imports, shared, code].join("\n"), map: null };
    },
  };
  const importFiles = {
    name: "import-files",
    enforce: "pre",
    transform(code, id) {
      if (id !== onDemand) return null;
      const loading = code.replace(IMPORT, (_, path) => `importAll(${JSON.stringify(loads[`${join(dirname(onDemand), path)}.ts`])})`);
      return { code: `import { importAll } from "./modules.js";\n${loading}`, map: null };
    },
  };
  await run(
    { lib: { entry: index, formats: ["iife"], name: "TrigpointCrowdScript", fileName: () => "crowd-html-elements.js" } },
    [share, importFiles],
  );
}

/** In the script, the elements on demand are not imported. */
function withoutImports(onDemand) {
  return {
    name: "without-imports",
    enforce: "pre",
    transform: (code, id) => (id === onDemand ? { code: `import "./modules.js";\n${code.replace(IMPORT, "null")}`, map: null } : null),
  };
}

/** An element's component.ts is named after its folder. */
function chunkName({ name, facadeModuleId }) {
  return name === "component" && facadeModuleId !== null ? basename(dirname(facadeModuleId)) : name;
}
