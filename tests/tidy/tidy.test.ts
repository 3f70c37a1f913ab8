/**
 * The house rules that a compiler cannot hold, as tests: layers and cycles, clocks and randomness, file and function
 * sizes, leftovers, and documents that must name every folder. Each message says what to do instead.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const layers = JSON.parse(readFileSync(join(root, 'layers.json'), 'utf8')) as {
  layers: Record<string, string[]>;
  nodeModulesAllowedIn: string[];
};

/** Files may have this many lines; what is listed is a debt that can only shrink. */
const FILE_LINES_MAX = 500;
const FUNCTION_LINES_MAX = 70;

interface Source {
  /** Path from the repository's root, with forward slashes. */
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly isTest: boolean;
}

function sourcesBelow(folder: string): Source[] {
  const found: Source[] = [];
  if (!existsSync(join(root, folder))) return found;
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      found.push(...sourcesBelow(path));
    } else if (/\.tsx?$/.test(entry.name)) {
      found.push({
        path,
        folder: path.split('/')[1]!,
        text: readFileSync(join(root, path), 'utf8'),
        isTest: /\.(test|fuzz|bench|conformance)\.ts$/.test(entry.name),
      });
    }
  }
  return found;
}

const sources = sourcesBelow('src');
const everything = [
  ...sources,
  ...sourcesBelow('tests'),
  ...sourcesBelow('bench'),
  ...sourcesBelow('scripts'),
  ...sourcesBelow('web'),
];

/** The module specifiers a file imports or re-exports. */
function importsOf(text: string): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(/^\s*(?:import|export)\s[^;'"]*?from\s+['"]([^'"]+)['"]/gm))
    found.push(match[1]!);
  for (const match of text.matchAll(/^\s*import\s+['"]([^'"]+)['"]/gm)) found.push(match[1]!);
  for (const match of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) found.push(match[1]!);
  return found;
}

function resolveImport(from: string, specifier: string): string {
  return relative(root, join(root, dirname(from), specifier))
    .replace(/\\/g, '/')
    .replace(/\.js$/, '.ts');
}

/** Source without comments and string contents, so that words in them do not count. */
function codeOf(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[^:'"`])\/\/[^\n]*/g, '$1');
}

test('every folder under src has a row in layers.json, and no other', () => {
  const folders = readdirSync(join(root, 'src')).filter((name) =>
    sources.some((source) => source.folder === name),
  );
  const rows = Object.keys(layers.layers).filter((row) => sources.some((source) => source.folder === row));
  assert.deepEqual(rows.sort(), folders.sort());
});

test('arrows point down: a folder imports only what its row allows, through the index', () => {
  const problems: string[] = [];
  for (const source of sources) {
    if (source.isTest) continue;
    const allowed = layers.layers[source.folder] ?? [];
    for (const specifier of importsOf(source.text)) {
      if (!specifier.startsWith('.')) {
        if (!layers.nodeModulesAllowedIn.includes(source.folder)) {
          problems.push(
            `${source.path} imports ${specifier}: only ${layers.nodeModulesAllowedIn.join(', ')} may use modules`,
          );
        }
        continue;
      }
      const target = resolveImport(source.path, specifier);
      const folder = target.split('/')[1]!;
      if (!target.startsWith('src/')) {
        problems.push(`${source.path} imports ${target}, which is not part of the product`);
      } else if (folder === source.folder) {
        if (target === `src/${folder}/index.ts` && source.path !== `src/${folder}/index.ts`) {
          problems.push(`${source.path} imports its own index: import the file itself`);
        }
      } else if (!allowed.includes('*') && !allowed.includes(folder)) {
        problems.push(
          `${source.path} imports ${folder}: src/${source.folder} may import ${allowed.join(', ') || 'nothing'}`,
        );
      } else if (source.folder !== 'cmd' && target !== `src/${folder}/index.ts`) {
        problems.push(`${source.path} imports ${target}: another folder is imported through its index.ts`);
      }
    }
  }
  assert.deepEqual(problems, []);
});

test("the Lab's page knows the engine by its index alone, and no other part of the product", () => {
  const problems: string[] = [];
  for (const source of sourcesBelow('web')) {
    for (const specifier of importsOf(source.text)) {
      if (!specifier.startsWith('.')) continue;
      const target = resolveImport(source.path, specifier);
      const isPage = target.startsWith('web/');
      if (!source.isTest && !isPage && target !== 'src/lab/index.ts') {
        problems.push(`${source.path} imports ${target}: import from src/lab/index.ts`);
      }
    }
  }
  assert.deepEqual(problems, []);
});

test('no import cycles, type imports included', () => {
  const graph = new Map<string, string[]>();
  for (const source of sources) {
    graph.set(
      source.path,
      importsOf(source.text)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolveImport(source.path, specifier)),
    );
  }
  const state = new Map<string, 'open' | 'done'>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      assert.fail(`import cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`);
    }
    state.set(path, 'open');
    trail.push(path);
    for (const next of graph.get(path) ?? []) visit(next);
    trail.pop();
    state.set(path, 'done');
  };
  for (const path of graph.keys()) visit(path);
});

// The rest of the platform (timers, process, buffers) is not even a name where tsconfig.pure.json compiles.
test('time and chance enter through ports only', () => {
  const problems: string[] = [];
  for (const source of sources) {
    if (source.isTest || layers.nodeModulesAllowedIn.includes(source.folder)) continue;
    const code = codeOf(source.text);
    for (const banned of ['Date.now', 'Math.random', 'new Date(']) {
      if (code.includes(banned))
        problems.push(`${source.path} uses ${banned}: take platform/Clock or platform/Random`);
    }
  }
  assert.deepEqual(problems, []);
});

test('an index lists its names by hand', () => {
  const problems = sources
    .filter((source) => /export\s+\*/.test(codeOf(source.text)))
    .map((source) => source.path);
  assert.deepEqual(problems, []);
});

test('files keep one purpose: at most 500 lines', () => {
  const problems = everything
    .filter((source) => source.text.split('\n').length - 1 > FILE_LINES_MAX)
    .map((source) => `${source.path} has ${source.text.split('\n').length - 1} lines: split it by purpose`);
  assert.deepEqual(problems, []);
});

test('functions are at most 70 lines', () => {
  const problems: string[] = [];
  for (const source of [...sources, ...sourcesBelow('web')]) {
    if (source.isTest) continue;
    const lines = source.text.split('\n');
    for (let i = 0; i < lines.length; i++) {
      const opening =
        /^( *)(?:export )?(?:async )?(?:function\b|(?:static |override |private |async |get |set )*[#\w]+\([^;]*\)?(?:: [^=;]+)? ?\{$)/.exec(
          lines[i]!,
        );
      // A call that is given a function is no function.
      if (opening === null || lines[i]!.endsWith('=> {')) continue;
      if (/^ *(?:if|for|while|switch|catch|return|else)\b/.test(lines[i]!)) continue;
      const close = `${opening[1]}}`;
      let end = i + 1;
      while (end < lines.length && lines[end] !== close && lines[end] !== `${close},`) end++;
      if (end < lines.length && end - i - 1 > FUNCTION_LINES_MAX) {
        problems.push(`${source.path}:${i + 1} has ${end - i - 1} lines: ${lines[i]!.trim()}`);
      }
    }
  }
  assert.deepEqual(problems, []);
});

test('no leftovers, no machine paths', () => {
  const marks = [/\b(?:TO)DO\b/, /\bFIX(?:ME)\b/, /\bX{3}\b/, new RegExp('/wor' + 'k/')];
  const problems: string[] = [];
  for (const source of everything) {
    for (const mark of marks) if (mark.test(source.text)) problems.push(`${source.path} matches ${mark}`);
  }
  assert.deepEqual(problems, []);
});

test('ARCHITECTURE.md names every folder under src', () => {
  const map = readFileSync(join(root, 'docs/ARCHITECTURE.md'), 'utf8');
  const missing = [...new Set(sources.map((source) => source.folder))].filter(
    (folder) => !map.includes(`\`src/${folder}\``),
  );
  assert.deepEqual(missing, []);
});

test('every dependency is argued for in DEPENDENCIES.md', () => {
  const pack = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  const text = readFileSync(join(root, 'docs/DEPENDENCIES.md'), 'utf8');
  const names = [...Object.keys(pack['dependencies'] ?? {}), ...Object.keys(pack['devDependencies'] ?? {})];
  assert.deepEqual(
    names.filter((name) => !text.includes(`\`${name}\``)),
    [],
  );
});
